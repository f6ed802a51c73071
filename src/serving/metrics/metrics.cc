#include "serving/metrics/metrics.h"

#include <fmt/format.h>
#include <prometheus/histogram.h>

#include <array>
#include <cmath>
#include <utility>

#include "core/mutex.h"
#include "serving/metrics/exposition.h"

namespace almanac::serving {
namespace {

using prometheus::Histogram;

constexpr std::array kConditions = {ports::NotificationKind::degraded,       ports::NotificationKind::event_not_applied,
                                    ports::NotificationKind::calendar_stale, ports::NotificationKind::at_maximum,
                                    ports::NotificationKind::write_refused,  ports::NotificationKind::reverted};
constexpr std::array kDegraded = {Health::fallback, Health::reactive, Health::hold};

// One group: what its last decision left, and what it counted since the process began.
struct Group {
  std::optional<GroupTick> last;
  std::optional<std::pair<ByHand, Timestamp>> by_hand;  // of the last change, which no tick has seen yet, and its time
  double ticks = 0, refused = 0, trained = 0, not_trained = 0;
  std::map<ErrorCode, double> errors;
  std::map<Health, double> degraded;
};

// Numbers that are not finite are as good as none.
template <typename T>
void gauge(Exposition& to, const char* name, const char* help, const Labels& labels, const std::optional<T>& value) {
  if (value && std::isfinite(static_cast<double>(*value))) to.gauge(name, help, labels, static_cast<double>(*value));
}

void add_quantiles(Exposition& to, const char* name, const char* help, const std::string& group,
                   const std::map<double, double>& values) {
  for (const auto& [quantile, value] : values) {
    gauge(to, name, help, {{"group", group}, {"quantile", fmt::format("{}", quantile)}}, std::optional(value));
  }
}

void add_demand(Exposition& to, const GroupTick& tick) {
  const Labels group = {{"group", tick.group}};
  gauge(to, "almanac_demand_busy_instances", "Demand of the newest known interval, in instances at 100 % CPU.", group,
        tick.demand);
  add_quantiles(to, "almanac_forecast_peak_busy_instances",
                "Quantiles of the peak demand until a launch made now could serve.", tick.group, tick.forecast_peak);
  gauge(to, "almanac_desired_instances", "The last decision: in mode floor the minimum to keep.", group, tick.desired);
  gauge(to, "almanac_desired_without_calendar_instances", "What it would have been without the calendar's events.",
        group, tick.desired_without_calendar);
  gauge(to, "almanac_in_service_instances", "Instances that serve.", group, tick.in_service);
  gauge(to, "almanac_min_instances", "The least that the group may have.", group, tick.min);
  gauge(to, "almanac_max_instances", "The most that the group may have.", group, tick.max);
  gauge(to, "almanac_manual_floor_instances", "The floor that an operator set, while it is in force.", group,
        tick.by_hand.manual_floor);
}

void add_quality(Exposition& to, const GroupTick& tick) {
  const Labels group = {{"group", tick.group}};
  constexpr const char* kViolating = "almanac_violating_requests_ratio";
  constexpr const char* kViolatingHelp = "Share of requests served above the objective's utilisation.";
  gauge(to, kViolating, kViolatingHelp, {{"group", tick.group}, {"window", "1h"}}, tick.violating_ratio_hour);
  gauge(to, kViolating, kViolatingHelp, {{"group", tick.group}, {"window", "7d"}}, tick.violating_ratio_week);
  gauge(to, "almanac_objective_ratio", "The share of violating requests that the objective allows.", group,
        tick.objective_ratio);
  add_quantiles(to, "almanac_forecast_coverage_ratio",
                "Share of past peaks at or below that quantile of their forecasts; good is the quantile itself.",
                tick.group, tick.coverage);
  gauge(to, "almanac_forecast_pinball_ratio", "Pinball loss relative to the seasonal naive's; below 1 is better.",
        group, tick.pinball_ratio);
  gauge(to, "almanac_lead_time_seconds", "From a launch to in service, as configured or measured.", group,
        tick.lead_time ? std::optional(tick.lead_time->count()) : std::nullopt);
}

void add_ages(Exposition& to, const GroupTick& tick, Timestamp now) {
  const Labels group = {{"group", tick.group}};
  const auto age = [&](const std::optional<Timestamp>& time) -> std::optional<double> {
    if (!time) return std::nullopt;
    return static_cast<double>((now - *time).count());
  };
  gauge(to, "almanac_data_age_seconds", "Since the end of the last interval whose demand is known.", group,
        age(tick.data_until));
  gauge(to, "almanac_model_age_seconds", "Since the model was trained.", group, age(tick.model_trained));
  gauge(to, "almanac_calendar_age_seconds", "Since the group's calendars were last read without a fault.", group,
        age(tick.calendar_read));
  gauge(to, "almanac_decision_age_seconds", "Since the last decision.", group, age(tick.time));
  gauge(to, "almanac_interval_seconds", "Between two ticks.", group, std::optional(tick.interval.count()));
}

void add_state(Exposition& to, const GroupTick& tick) {
  const Labels group = {{"group", tick.group}};
  to.gauge("almanac_degraded", "1 while the last decision was not taken by the full method.", group,
           tick.health == Health::full ? 0 : 1);
  to.gauge("almanac_paused", "1 while an operator keeps decisions from being sent.", group,
           tick.by_hand.paused ? 1 : 0);
  if (!tick.by_hand.mode.empty()) {
    to.gauge("almanac_mode_info", "Always 1; the label says how decisions are carried out.",
             {{"group", tick.group}, {"mode", tick.by_hand.mode}}, 1);
  }
  for (const auto condition : kConditions) {
    to.gauge("almanac_condition", "1 while it is so: what Almanac notifies people of.",
             {{"group", tick.group}, {"condition", std::string(to_string(condition))}},
             tick.conditions.contains(condition) ? 1 : 0);
  }
}

void add_counters(Exposition& to, const std::string& name, const Group& group) {
  const Labels label = {{"group", name}};
  to.counter("almanac_ticks_total", "Ticks that took a decision.", label, group.ticks);
  for (const auto& [kind, count] : group.errors) {
    to.counter("almanac_tick_errors_total", "Ticks that took no decision, by the kind of error.",
               {{"group", name}, {"kind", std::string(to_string(kind))}}, count);
  }
  for (const Health health : kDegraded) {
    const auto count = group.degraded.find(health);
    to.counter("almanac_degraded_ticks_total", "Decisions by less than the full method, by the rung of the ladder.",
               {{"group", name}, {"health", std::string(to_string(health))}},
               count == group.degraded.end() ? 0 : count->second);
  }
  to.counter("almanac_writes_refused_total", "Decisions that the group did not take.", label, group.refused);
  to.counter("almanac_trainings_total", "Trainings, by how they ended.", {{"group", name}, {"result", "done"}},
             group.trained);
  to.counter("almanac_trainings_total", "Trainings, by how they ended.", {{"group", name}, {"result", "failed"}},
             group.not_trained);
}

}  // namespace

struct Metrics::State {
  State(Build b, std::function<Timestamp()> clock) : build(std::move(b)), now(std::move(clock)) {}

  struct Http {
    Histogram duration{{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10}};
    std::map<int, double> by_status;
  };

  const Build build;
  const std::function<Timestamp()> now;
  mutable Mutex mutex;
  bool active ALMANAC_GUARDED_BY(mutex) = false;
  std::size_t viewers ALMANAC_GUARDED_BY(mutex) = 0;
  std::map<std::string, Group> groups ALMANAC_GUARDED_BY(mutex);
  // Not by group: with a thousand of them the buckets alone would be more than all else.
  Histogram tick_duration ALMANAC_GUARDED_BY(mutex){{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}};
  Histogram training_duration ALMANAC_GUARDED_BY(mutex){{1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600}};
  std::map<std::pair<std::string, std::string>, Http> http ALMANAC_GUARDED_BY(mutex);  // by route and method

  Group* find(const std::string& name) ALMANAC_REQUIRES(mutex) {
    const auto found = groups.find(name);
    return found == groups.end() ? nullptr : &found->second;
  }
};

Metrics::Metrics(Build build, std::function<Timestamp()> now)
    : state_(std::make_unique<State>(std::move(build), std::move(now))) {}

Metrics::~Metrics() = default;

void Metrics::set_groups(const std::vector<std::string>& groups) {
  const MutexLock lock(state_->mutex);
  std::map<std::string, Group> kept;
  for (const std::string& name : groups) kept[name] = std::move(state_->groups[name]);
  state_->groups = std::move(kept);
}

void Metrics::set_active(bool active) {
  const MutexLock lock(state_->mutex);
  state_->active = active;
  if (!active) {
    for (auto& [name, group] : state_->groups) group.last.reset();
  }
}

void Metrics::tick_done(const GroupTick& tick) {
  const MutexLock lock(state_->mutex);
  Group* group = state_->find(tick.group);
  if (group == nullptr) return;
  state_->tick_duration.Observe(tick.duration_seconds);
  ++group->ticks;
  if (tick.health != Health::full) ++group->degraded[tick.health];
  if (tick.write_refused) ++group->refused;
  group->last = tick;
  if (group->by_hand && group->by_hand->second > tick.time)
    group->last->by_hand = group->by_hand->first;
  else
    group->by_hand.reset();
}

void Metrics::set_by_hand(const std::string& name, const ByHand& in_force, Timestamp since) {
  const MutexLock lock(state_->mutex);
  Group* group = state_->find(name);
  if (group == nullptr) return;
  group->by_hand = {in_force, since};
  if (group->last) group->last->by_hand = in_force;
}

void Metrics::tick_failed(const std::string& name, ErrorCode kind, double duration_seconds) {
  const MutexLock lock(state_->mutex);
  Group* group = state_->find(name);
  if (group == nullptr) return;
  state_->tick_duration.Observe(duration_seconds);
  ++group->errors[kind];
}

void Metrics::training_done(const std::string& name, double duration_seconds, bool failed) {
  const MutexLock lock(state_->mutex);
  Group* group = state_->find(name);
  if (group == nullptr) return;
  state_->training_duration.Observe(duration_seconds);
  ++(failed ? group->not_trained : group->trained);
}

void Metrics::http_answered(const HttpAnswer& answer) {
  const MutexLock lock(state_->mutex);
  auto& http =
      state_->http[{answer.route.empty() ? "other" : answer.route, answer.route.empty() ? "other" : answer.method}];
  http.duration.Observe(answer.duration_seconds);
  ++http.by_status[answer.status];
}

void Metrics::set_viewers(std::size_t viewers) {
  const MutexLock lock(state_->mutex);
  state_->viewers = viewers;
}

std::string Metrics::text() const {
  const Timestamp now = state_->now();
  Exposition to;
  {
    const MutexLock lock(state_->mutex);
    to.gauge("almanac_build_info", "Always 1; the label names the version.", {{"version", state_->build.version}}, 1);
    to.gauge("almanac_lease_active", "1 in the process that decides, 0 in one that stands by.", {},
             state_->active ? 1 : 0);
    to.gauge("almanac_groups", "Groups in the configuration.", {}, static_cast<double>(state_->groups.size()));
    for (const auto& [name, group] : state_->groups) {
      add_counters(to, name, group);
      if (!group.last) continue;
      add_demand(to, *group.last);
      add_quality(to, *group.last);
      add_ages(to, *group.last, now);
      add_state(to, *group.last);
    }
    to.histogram("almanac_tick_duration_seconds", "A tick of one group, from its begin to its record.", {},
                 state_->tick_duration.Collect());
    to.histogram("almanac_training_duration_seconds", "A training of one group.", {},
                 state_->training_duration.Collect());
    to.gauge("almanac_viewers", "Open event streams.", {}, static_cast<double>(state_->viewers));
    for (const auto& [key, http] : state_->http) {
      const Labels labels = {{"route", key.first}, {"method", key.second}};
      to.histogram("almanac_http_request_duration_seconds", "Answers of the API and the dashboard.", labels,
                   http.duration.Collect());
      for (const auto& [status, count] : http.by_status) {
        to.counter("almanac_http_requests_total", "Answers of the API and the dashboard, by status.",
                   {{"route", key.first}, {"method", key.second}, {"status", std::to_string(status)}}, count);
      }
    }
  }
  add_process(to);
  return to.text();
}

}  // namespace almanac::serving

#include "control/scaler.h"

#include <fmt/format.h>

#include <algorithm>

#include "calendar/floor.h"
#include "control/alerts.h"
#include "control/horizon.h"
#include "control/steering.h"
#include "core/series.h"
#include "planning/planner.h"

namespace almanac::control {
namespace {

// Metrics are stale when the last so many intervals hold no demand: what forecasts are relative to.
constexpr int kStaleIntervals = 3;
constexpr Duration kLaunchesSince{14 * kDay};
constexpr Duration kCoverageOver{3 * kDay};
constexpr Duration kLatestCoverageOver{kDay / 2};

double maximum(const std::vector<double>& values, std::size_t last) {
  double best = kMissing;
  for (std::size_t i = values.size() - std::min(last, values.size()); i < values.size(); ++i) {
    if (!is_missing(values[i]) && (is_missing(best) || values[i] > best)) best = values[i];
  }
  return best;
}

std::optional<double> known_value(double value) {
  return is_missing(value) ? std::nullopt : std::optional(value);
}

bool metrics_are_stale(const Knowledge& known, Timestamp now) {
  return !known.last_demand || now - *known.last_demand >= known.history.interval * kStaleIntervals;
}

bool was_real(const Record& record) {
  return !record.decision.dry_run;
}

// The rules that stand beside the model, from the board that travels with it.
planning::ExpertAdvice expert_advice(const forecast::GroupModel& model, const Knowledge& known, double utilisation) {
  return planning::board_of(model).advise(known.history.peak, known.history.interval, utilisation);
}

}  // namespace

planning::Forecasts make_forecasts(const Knowledge& known, const LoadedModel& model, const calendar::Calendar& calendar,
                                   Duration cover_window, Timestamp now, forecast::RecentPredictions* recent) {
  planning::Forecasts forecasts;
  if (metrics_are_stale(known, now)) {
    forecasts.health = Health::hold;
    forecasts.reason = known.last_demand
                           ? fmt::format("the last known demand is {} old", format_duration(now - *known.last_demand))
                           : std::string("no demand is known");
    return forecasts;
  }
  std::string why = model.problem;
  if (model.model) {
    auto forecast = model.model->forecast(known.history, calendar, now, recent);
    if (forecast) {
      forecasts.peak = std::move(*forecast);
      forecasts.reason = model.problem;
      return forecasts;
    }
    why = forecast.error().message;
  }
  auto naive = forecast::seasonal_naive_forecast(known.history, calendar, now, cover_window);
  if (naive) {
    forecasts.health = Health::fallback;
    forecasts.peak = std::move(*naive);
    forecasts.reason = why;
    return forecasts;
  }
  forecasts.health = Health::reactive;
  forecasts.reason = fmt::format("{}; {}", why, naive.error().message);
  return forecasts;
}

// All that one decision is made of.
struct Scaler::Situation {
  Timestamp tick;
  planning::Policy policy;
  ports::GroupState group;
  planning::Observation seen;
  planning::Forecasts forecasts;
  planning::PlannerState state;
  const Knowledge* known = nullptr;                   // the scaler's memory
  std::vector<std::shared_ptr<const Record>> recent;  // real decisions of the last days
  std::vector<std::string> notices;
  Overrides overrides;
  LoadedModel model;

  const Record* previous() const { return recent.empty() ? nullptr : recent.back().get(); }
};

LeadTime Scaler::lead_time(Timestamp now) {
  if (settings_.lead_time) return {*settings_.lead_time, 0};
  const auto launches = group_.launches(now - kLaunchesSince);
  if (!launches) return {settings_.usual_lead_time, 0};
  return measure_lead_time(*launches, settings_.usual_lead_time);
}

// Launches that cannot be read now have not become faster than they were.
LeadTime Scaler::lead_time_or_last(Situation& situation) {
  if (settings_.lead_time) return {*settings_.lead_time, 0};
  const auto launches = group_.launches(situation.tick - kLaunchesSince);
  if (launches) return measure_lead_time(*launches, settings_.usual_lead_time);
  const Record* previous = situation.previous();
  const LeadTime assumed{previous ? previous->decision.lead_time : settings_.usual_lead_time, 0};
  situation.notices.push_back(fmt::format("launches cannot be read, a lead time of {} is assumed: {}",
                                          format_duration(assumed.value), launches.error().message));
  return assumed;
}

Result<void> Scaler::check_clock(Timestamp tick) {
  constexpr Duration kFarAhead{36500 * kDay};
  const auto last = ledger_.latest(tick + kFarAhead, was_real);
  if (!last) return tl::unexpected(last.error());
  if (*last && (*last)->decision.now > tick) {
    return fail(ErrorCode::unavailable,
                fmt::format("the clock went back: the last decision is of {}, but now is {}; nothing was decided",
                            format_timestamp((*last)->decision.now), format_timestamp(tick)));
  }
  return {};
}

Result<ScaleReport> Scaler::scale(Timestamp now, const LoadedCalendar& calendar, const ScaleOptions& options) {
  const Timestamp tick = floor_to(now, settings_.interval);
  auto earlier = ledger_.find(tick, options.dry_run);
  if (!earlier) return tl::unexpected(earlier.error());
  ScaleOptions noted = options;
  const auto overrides = overrides_at(now, noted.notices);
  if (!overrides) return tl::unexpected(overrides.error());
  ScaleReport report;
  report.repeated = earlier->has_value();
  std::shared_ptr<const Record> previous;
  if (*earlier) {
    report.record = std::move(**earlier);
  } else {
    if (auto clock = check_clock(tick); !clock) return tl::unexpected(clock.error());
    auto decided = decide(tick, calendar, noted, *overrides);
    if (!decided) return tl::unexpected(decided.error());
    previous = std::move(decided->previous);
    report.facts = std::move(decided->facts);
    auto added = ledger_.add(decided->record);
    if (!added) {
      return tl::unexpected(with_context(added.error(), "the decision could not be recorded, so nothing was sent"));
    }
    report.repeated = !added->is_new;
    report.record = std::move(added->record);
    if (!report.repeated) ++counts_[report.record.decision.health];
  }
  Record& record = report.record;
  // A run that died before its answer was recorded had told nobody.
  const bool told_before = report.repeated && record.outcome.kind != Outcome::Kind::open;
  if (!told_before && !previous) previous = decided_before(record);
  const auto stored = std::pair(record.notices, record.conditions);
  const auto done = carry_out(record, *overrides, now);
  tell(record, previous.get(), options.notifiers, told_before);
  if (stored != std::pair(record.notices, record.conditions)) {
    const auto kept = ledger_.annotate(tick, record.decision.dry_run, record.notices, record.conditions);
    if (!kept) record.notices.push_back("what was told could not be recorded: " + kept.error().message);
  }
  if (!done) return tl::unexpected(done.error());
  return report;
}

// What people have set. Stored text that makes no sense must not stop the ticks: it counts as nothing, visibly.
Result<Overrides> Scaler::overrides_at(Timestamp now, std::vector<std::string>& notices) const {
  const auto stored = overrides_.load();
  if (stored) return stored->at(now);
  if (stored.error().code != ErrorCode::corrupt) return tl::unexpected(stored.error());
  notices.push_back("pause, floor and mode set by people are NOT applied: " + stored.error().message);
  return Overrides{};
}

Result<Scaler::Decided> Scaler::decide(Timestamp tick, const LoadedCalendar& calendar, const ScaleOptions& options,
                                       const Overrides& overrides) {
  const auto state = group_.describe();
  if (!state) return tl::unexpected(with_context(state.error(), "group " + settings_.name));
  Situation situation;
  situation.tick = tick;
  situation.notices = options.notices;
  situation.overrides = overrides;
  auto recent = ledger_.between({tick - kCoverageOver, tick});
  if (!recent) return tl::unexpected(recent.error());
  std::erase_if(*recent, [](const auto& record) { return !was_real(*record); });
  situation.recent = std::move(*recent);

  look_at_group(situation, *state);
  observe(situation, calendar);
  update_budget(situation);
  forecast(situation, calendar);
  Record record;
  record.decision = planning::decide(situation.seen, situation.forecasts, situation.policy, situation.state, tick);
  record.decision.dry_run = options.dry_run;
  record.state = planning::advance(situation.state, record.decision, situation.policy);
  record.mode = situation.policy.mode;
  record.group = situation.group;
  record.overrides = situation.overrides;
  if (record.mode == planning::Mode::floor) {
    record.floor_until = tick + cover_window(situation.seen.lead_time, settings_.interval);
  }
  record.outcome = intended(record);
  const Record* previous = situation.previous();
  const auto reverted = previous ? find_revert(*previous, record) : std::nullopt;
  if (reverted) situation.notices.push_back(*reverted);
  record.conditions = inherit_told(conditions_of(record, calendar.conditions, reverted), previous);
  if (!situation.forecasts.reason.empty()) situation.notices.push_back(situation.forecasts.reason);
  // The same thing may be amiss for the collector and for the scaler; once is enough.
  for (std::string& notice : situation.notices) {
    if (std::find(record.notices.begin(), record.notices.end(), notice) == record.notices.end()) {
      record.notices.push_back(std::move(notice));
    }
  }
  return Decided{std::move(record), situation.recent.empty() ? nullptr : situation.recent.back(), facts_of(situation)};
}

Facts Scaler::facts_of(const Situation& situation) {
  const Knowledge& known = *situation.known;
  const forecast::History& history = known.history;
  Facts facts;
  if (history.size() > 0) facts.demand = known_value(history.mean.back());
  facts.data_until = known.last_demand;
  const auto violating = [&](Duration back) -> std::optional<double> {
    double all = 0, above = 0;
    for (const auto& spent :
         consumption(known, known.in_service, situation.policy.utilisation, situation.tick - back)) {
      all += spent.demand;
      above += spent.violating;
    }
    return all > 0 ? std::optional(above / all) : std::nullopt;
  };
  facts.violating_hour = violating(kHour);
  facts.violating_week = violating(kWeek);
  facts.coverage = measure_coverage(history, situation.recent);
  if (const auto& model = situation.model.model) {
    facts.model_trained = model->trained_until();
    std::optional<double> winner, naive;
    for (const auto& score : model->scores()) {
      if (score.forecaster == model->winner()) winner = score.pinball;
      if (score.forecaster == "seasonal_naive") naive = score.pinball;
    }
    if (winner && naive && *naive > 0) facts.pinball_ratio = *winner / *naive;
  }
  return facts;
}

// The group as it stands: its limits, how long a launch takes, and what keeps it from doing as it is told.
void Scaler::look_at_group(Situation& situation, const ports::GroupState& state) {
  const Timestamp tick = situation.tick;
  planning::Policy& policy = situation.policy;
  policy = settings_.policy;
  if (situation.overrides.mode) policy.mode = situation.overrides.mode->mode;
  // The group's own limits hold as well; where they leave nothing in common, the group's count.
  policy.min = std::clamp(settings_.policy.min, state.min, std::max(state.min, state.max));
  policy.max = std::clamp(settings_.policy.max, policy.min, std::max(state.max, policy.min));
  planning::Observation& seen = situation.seen;
  seen.group = settings_.name;
  seen.in_service = state.in_service;
  seen.desired = state.desired;
  // What mode floor steers is the minimum; the capacity above it is others' to take back. Held at the capacity, a
  // minimum would keep them from it whenever metrics are missing. The threshold rule judges the capacity itself.
  if (policy.mode == planning::Mode::floor && policy.kind == planning::PolicyKind::almanac) {
    seen.desired = std::max(state.min, state.raised_minimum.value_or(state.min));
  }
  seen.lead_time = lead_time_or_last(situation).value;
  if (const auto& floor = situation.overrides.floor) seen.manual_floor = {floor->capacity, describe(*floor)};

  const Record* previous = situation.previous();
  const Timestamp since = previous ? std::max(previous->decision.now, tick - kHour) : tick - kHour;
  const auto failures = group_.launch_failures(since);
  if (!failures) situation.notices.push_back("failed launches cannot be read: " + failures.error().message);
  auto notices = group_notices(state, policy.mode, failures ? *failures : std::vector<ports::LaunchFailure>());
  situation.notices.insert(situation.notices.end(), notices.begin(), notices.end());
  situation.group = state;
  situation.group.notices.clear();
}

// What is known of the load; rows that cannot be read are no rows.
void Scaler::observe(Situation& situation, const LoadedCalendar& calendar) {
  const Timestamp tick = situation.tick;
  const auto [known, changed, problem] = memory_.recall(dataset_, tick);
  if (problem) situation.notices.push_back("rows cannot be read: " + problem->message);
  situation.known = &known;
  recent_.forget_after(changed);
  recent_without_calendar_.forget_after(changed);
  dataset_.take_warnings();
  situation.notices.insert(situation.notices.end(), calendar.notices.begin(), calendar.notices.end());

  const forecast::History& history = situation.known->history;
  const auto per_day = static_cast<std::size_t>(kDay / settings_.interval);
  planning::Observation& seen = situation.seen;
  seen.rows_used = situation.known->rows;
  seen.recent_demand = history.mean.empty() ? std::nullopt : known_value(history.mean.back());
  seen.recent_peak = known_value(maximum(history.peak, kStaleIntervals));
  seen.max_28_days = known_value(maximum(history.peak, 28 * per_day));
  seen.metrics_age = situation.known->last_demand ? tick - *situation.known->last_demand : kHistoryKept;
  seen.events = calendar.calendar.between({tick, tick + cover_window(seen.lead_time, settings_.interval)});
  for (std::string& word : calendar::floors_above(seen.events, situation.policy.max)) {
    situation.notices.push_back(std::move(word));
  }
}

// The error budget moves by what was really in service, or, where we only watch, by what our decisions would have had.
void Scaler::update_budget(Situation& situation) {
  if (!situation.recent.empty()) {
    situation.state = situation.recent.back()->state;
  } else if (const auto before = ledger_.latest(situation.tick, was_real); before && *before) {
    situation.state = (*before)->state;
  } else {
    situation.state.budget = models_.load_budget().value_or(planning::initial_budget(situation.policy.objective));
    // What the group did before our first decision is not ours to answer for.
    situation.state.budget.counted_until = floor_to(situation.tick, kHour);
  }
  planning::ErrorBudget& budget = situation.state.budget;
  if (!budget.counted_until) budget.counted_until = floor_to(situation.tick, kHour);
  if (floor_to(situation.tick, kHour) <= *budget.counted_until) return;
  const Knowledge& known = *situation.known;
  const std::vector<double> capacity =
      situation.policy.mode == planning::Mode::own
          ? known.in_service
          : capacity_of_decisions(known.history, situation.recent, *budget.counted_until);
  const auto spent = consumption(known, capacity, situation.policy.utilisation, *budget.counted_until);
  budget = planning::count_hours(budget, spent, situation.policy.objective, hourly_mean(known.history));
}

void Scaler::forecast(Situation& situation, const LoadedCalendar& calendar) {
  const Duration window = cover_window(situation.seen.lead_time, settings_.interval);
  const LoadedModel& model = situation.model = models_.load();
  situation.forecasts = make_forecasts(*situation.known, model, calendar.calendar, window, situation.tick, &recent_);
  planning::Forecasts& forecasts = situation.forecasts;
  if (forecasts.health == Health::full) {
    forecasts.experts = expert_advice(*model.model, *situation.known, situation.policy.utilisation);
    const Duration trained_for = model.model->settings().cover_window;
    if (trained_for != window) {
      situation.notices.push_back(fmt::format("the model forecasts {} ahead, a launch needs {}; train again",
                                              format_duration(trained_for), format_duration(window)));
    }
    if (!situation.seen.events.empty()) {
      auto without = model.model->forecast(situation.known->history, calendar::Calendar(), situation.tick,
                                           &recent_without_calendar_);
      if (without) forecasts.without_calendar = std::move(*without);
    }
    const auto latest = std::find_if(situation.recent.begin(), situation.recent.end(), [&](const auto& record) {
      return record->decision.now >= situation.tick - kLatestCoverageOver;
    });
    const Coverage coverage = measure_coverage(situation.known->history, situation.recent);
    if (calibration_broken(coverage, measure_coverage(situation.known->history, {latest, situation.recent.end()}))) {
      forecasts.health = Health::reactive;
      forecasts.reason = fmt::format(
          "{:.0f} % of the last {} peaks were within the 99 % quantile: the calibration is "
          "broken until it recovers",
          100 * coverage.at99, coverage.windows);
      forecasts.without_calendar.reset();
    }
  }
  if (forecasts.health == Health::hold) return;
  const auto cpu = predict_cpu(*situation.known, model, forecasts.peak, situation.group.desired, situation.tick);
  if (cpu) {
    forecasts.next_interval_cpu = *cpu;
  } else if (situation.policy.kind == planning::PolicyKind::threshold) {
    situation.notices.push_back("no CPU predicted: " + cpu.error().message);
  }
}

// Sends what is open, also on behalf of a run that died or was refused earlier in this tick.
Result<void> Scaler::carry_out(Record& record, const Overrides& overrides, Timestamp now) {
  const bool unsettled = record.outcome.kind == Outcome::Kind::open || record.outcome.kind == Outcome::Kind::refused;
  if (!unsettled) return {};
  // A pause may have come after the decision that an earlier run could not send.
  Sent sent;
  if (overrides.pause) {
    sent.outcome = {Outcome::Kind::not_sent, describe(*overrides.pause)};
  } else {
    sent = send(group_, record, now);
  }
  record.outcome = std::move(sent.outcome);
  record.notices.insert(record.notices.end(), sent.notices.begin(), sent.notices.end());
  const auto completed = ledger_.complete(record.decision.now, record.decision.dry_run, record.outcome);
  if (sent.error) {
    return tl::unexpected(with_context(
        *sent.error, fmt::format("group {} did not take {} instances", settings_.name, record.decision.desired)));
  }
  // The line stays open: the next run of this tick asks again for the same capacity, which is the same as once.
  if (!completed) record.notices.push_back("the answer could not be recorded: " + completed.error().message);
  return {};
}

std::shared_ptr<const Record> Scaler::decided_before(const Record& record) const {
  auto before = ledger_.latest(record.decision.now - Duration{1}, was_real);
  return before && *before ? std::make_shared<const Record>(std::move(**before)) : nullptr;
}

// Messages about what began at this tick. Told at least once: a run that dies between a message and its mark in the
// ledger is followed by one that sends it again.
void Scaler::tell(Record& record, const Record* previous, const std::vector<ports::Notifier*>& notifiers,
                  bool told_before) {
  note_refusal(record, previous);
  if (record.decision.dry_run || notifiers.empty()) return;
  auto messages = alerts(previous, record);
  if (told_before) std::erase_if(messages, [](const auto& m) { return m.kind == ports::NotificationKind::recovered; });
  const Delivery delivery = deliver(notifiers, messages);
  for (Condition& condition : record.conditions) {
    const bool told = std::find(delivery.told.begin(), delivery.told.end(), condition.kind) != delivery.told.end();
    condition.told = condition.told || told;
  }
  for (const std::string& notice : delivery.notices) {
    if (std::find(record.notices.begin(), record.notices.end(), notice) == record.notices.end()) {
      record.notices.push_back(notice);
    }
  }
}

}  // namespace almanac::control

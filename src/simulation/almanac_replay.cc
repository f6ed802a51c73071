#include "simulation/almanac_replay.h"

#include <algorithm>
#include <cmath>

#include "control/lead_time.h"
#include "planning/accountant.h"

namespace almanac::simulation {
namespace {

// The limits and the utilisation of the plant; the objective or the price is the run's.
planning::Policy policy_for(const Plant& plant) {
  planning::Policy policy;
  policy.utilisation = plant.objective;
  policy.min = plant.min;
  policy.max = plant.max;
  return policy;
}

// Production on the plant: what it saw is in the replay, what the group has is in the view.
class LoopPolicy final : public Policy {
 public:
  LoopPolicy(const Replay& replay, planning::Policy policy, DecisionSink sink)
      : replay_(replay), load_(planning::load_of(replay.history)), policy_(std::move(policy)), sink_(std::move(sink)) {}

  double decide(const View& view) override {
    if (!started_) start(view);
    started_ = true;
    note_in_service(view);
    double desired = view.desired();
    for (; next_ < replay_.ticks.size() && replay_.ticks[next_].minute <= view.minute(); ++next_)
      desired = step(replay_.ticks[next_], static_cast<int>(desired));
    return desired;
  }

 private:
  // The ticks before the first minute warm the controller up. What the group had in service then is not its doing.
  void start(const View& view) {
    in_service_.assign(load_.size(), kMissing);
    counted_ = load_.index_from(view.now());
    control::Rehearsal rehearsal(policy_, load_, replay_.lead_time,
                                 replay_.ticks.empty() ? view.now() : replay_.ticks.front().tick.now);
    for (; next_ < replay_.ticks.size() && replay_.ticks[next_].minute < view.minute(); ++next_) {
      if (!policy_.fixed_lambda) rehearsal.play(replay_.ticks[next_].tick);
    }
    state_.budget = rehearsal.budget();
    state_.budget.counted_until = floor_to(view.now(), kHour);
  }

  // What a row says of the intervals that are published: the mean of the minutes that are known, if half of them are.
  void note_in_service(const View& view) {
    const auto minutes = static_cast<std::size_t>(load_.interval / kMinute);
    for (; counted_ < load_.size(); ++counted_) {
      const auto ago = (view.now() - load_.time_at(counted_)) / kMinute;
      const std::size_t first = view.minute() - static_cast<std::size_t>(std::max<long long>(0, ago));
      if (ago < 0 || first + minutes > view.published()) return;
      double sum = 0;
      std::size_t known = 0;
      for (std::size_t minute = first; minute < first + minutes; ++minute) {
        if (is_missing(view.busy(minute))) continue;
        sum += view.ready(minute);
        ++known;
      }
      if (2 * known >= minutes && known > 0) in_service_[counted_] = sum / static_cast<double>(known);
    }
  }

  int step(const ReplayTick& tick, int desired) {
    const planning::KnownLoad known = load_.until(load_.time_at(tick.tick.known));
    state_.budget = planning::account(state_.budget, known, in_service_, policy_, tick.tick.now);
    const Decision decision = decide_at(tick, desired, policy_, state_);
    state_ = planning::advance(state_, decision, policy_);
    if (sink_) sink_(decision);
    return decision.desired;
  }

  const Replay& replay_;
  planning::KnownLoad load_;
  planning::Policy policy_;
  DecisionSink sink_;
  planning::PlannerState state_;
  std::vector<double> in_service_;  // by interval of the history; kMissing where not known
  std::size_t counted_ = 0;         // the first interval of which it is not noted yet
  bool started_ = false;
  std::size_t next_ = 0;
};

ReplayTick tick_of(const control::ReplayedTick& tick, const forecast::Features& features, const Trace& trace,
                   const planning::Policy& policy) {
  ReplayTick one;
  one.minute = trace.minute_at(tick.decided_at);
  one.tick = tick;
  one.curves = planning::curves_of(tick.seen, tick.forecasts, policy);
  if (const auto& forecast = tick.forecasts.peak) {
    one.median = forecast->peak.quantile(0.5);
    one.q90 = forecast->peak.quantile(0.9);
    one.q99 = forecast->peak.quantile(0.99);
    const double actual = features.target_peak({features.index_of(forecast->now), 0});
    one.cdf_of_actual = is_missing(actual) ? kMissing : forecast->peak.cdf(actual);
    one.near_event = forecast->near_event;
  }
  return one;
}

}  // namespace

std::size_t replay_start(const Trace& trace, std::size_t window_from, std::size_t warm_up) {
  constexpr std::size_t kDayMinutes = 24 * 60, kControllerDays = 14, kBehindDays = 7;
  const std::size_t latest = window_from - std::min(window_from, warm_up);
  const std::size_t wanted = latest - std::min(latest, kControllerDays * kDayMinutes);
  return std::min({latest, std::max(wanted, kBehindDays * kDayMinutes), trace.minutes()});
}

Result<Replay> replay_almanac(const Trace& trace, const calendar::Calendar& calendar, const Plant& plant,
                              const ReplaySettings& settings, const ProgressSink& progress) {
  CollectOptions collect;
  collect.interval = settings.interval;
  collect.unit_capacity = plant.unit_capacity;
  const auto rows = settings.rows ? *settings.rows : collected_rows(trace, trace.range(), collect);
  const bool counted = trace.unit == Trace::Unit::requests_per_second;
  Replay replay;
  replay.lead_time = Duration{60 * plant.boot};
  replay.history =
      forecast::build_history(rows, settings.interval, counted ? std::optional(plant.unit_capacity) : std::nullopt);
  forecast::ModelSettings model_settings;
  model_settings.interval = settings.interval;
  model_settings.cover_window = control::cover_window(replay.lead_time, settings.interval, settings.metrics_delay);
  model_settings.seed = settings.seed;
  model_settings.use_lstm = settings.use_lstm;
  model_settings.method = settings.method;
  forecast::GroupModel model(model_settings);
  const auto features = model.features(replay.history, calendar);
  const planning::Policy policy = policy_for(plant);
  const control::ReplayOptions options{
      .range = {ceil_to(trace.time_of(settings.from), settings.interval), trace.time_of(settings.to)},
      .lead_time = replay.lead_time,
      .utilisation = plant.objective,
      .metrics_delay = settings.metrics_delay,
      .experts = settings.experts,
      .cancelled = settings.cancelled};
  const auto made = control::replay(
      model, features, calendar, rows, options,
      [&](const control::ReplayedTick& tick) { replay.ticks.push_back(tick_of(tick, features, trace, policy)); },
      progress);
  if (!made) return tl::unexpected(made.error());
  if (made->too_early) return tl::unexpected(*made->too_early);
  replay.train_seconds = made->train_seconds;
  replay.decide_seconds = made->decide_seconds;
  replay.winner = model.winner();
  replay.winner_near_events = model.winner_near_events();
  replay.scores = model.scores();
  return replay;
}

Decision decide_at(const ReplayTick& tick, int desired, const planning::Policy& policy,
                   const planning::PlannerState& state) {
  planning::Observation seen = tick.tick.seen;
  seen.desired = desired;
  return planning::decide(seen, tick.tick.forecasts, tick.curves, policy, state, tick.tick.now);
}

PolicyFamily objective_family(const Replay& replay, DecisionSink sink) {
  PolicyFamily family;
  family.name = "almanac_objective";
  family.knob = "share of requests that may violate";
  family.knobs = {0.001, 0.01};
  family.usual = 0.001;
  family.make = [&replay, sink = std::move(sink)](double knob, const Scene& scene) {
    planning::Policy policy = policy_for(*scene.plant);
    policy.objective = knob;
    return std::make_unique<LoopPolicy>(replay, policy, sink);
  };
  return family;
}

PolicyFamily almanac_family(const Replay& replay) {
  const auto grid = planning::lambda_grid();
  PolicyFamily family;
  family.name = "almanac";
  family.knob = "price of violating demand";
  family.knobs.assign(grid.rbegin(), grid.rend());
  family.usual = grid[12];
  family.make = [&replay](double knob, const Scene& scene) {
    planning::Policy policy = policy_for(*scene.plant);
    policy.fixed_lambda = knob;
    return std::make_unique<LoopPolicy>(replay, policy, DecisionSink());
  };
  return family;
}

}  // namespace almanac::simulation

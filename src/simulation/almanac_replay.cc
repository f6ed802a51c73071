#include "simulation/almanac_replay.h"

#include <algorithm>
#include <chrono>

#include "core/check.h"
#include "planning/error_budget.h"
#include "planning/planner.h"

namespace almanac::simulation {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<int> decide_curve(const forecast::Forecast& forecast, const forecast::Features& features,
                              const calendar::Calendar& calendar, std::size_t anchor, const Plant& plant) {
  planning::Observation seen;
  seen.lead_time = Duration{60 * plant.boot};
  seen.desired = plant.min;
  seen.recent_demand = features.base(anchor);
  seen.recent_peak = features.recent_peak(anchor, 3);
  seen.max_28_days = features.recent_peak(anchor, static_cast<std::size_t>(28 * features.per_day()));
  seen.events = calendar.between(forecast.window);
  planning::Policy policy;
  policy.utilisation = plant.objective;
  policy.min = plant.min;
  policy.max = plant.max;
  planning::Forecasts forecasts;
  forecasts.peak = forecast;
  std::vector<int> curve;
  for (const double lambda : planning::lambda_grid()) {
    policy.fixed_lambda = lambda;
    curve.push_back(planning::decide(seen, forecasts, policy, {}, forecast.now).desired);
  }
  return curve;
}

// Plays the curve of the newest tick at one lambda.
class ReplayPolicy final : public Policy {
 public:
  ReplayPolicy(const Replay& replay, double lambda) : replay_(replay) {
    const auto grid = planning::lambda_grid();
    index_ = static_cast<std::size_t>(
        std::min_element(grid.begin(), grid.end(),
                         [&](double a, double b) { return std::abs(a - lambda) < std::abs(b - lambda); }) -
        grid.begin());
  }
  double decide(const View& view) override {
    while (next_ < replay_.ticks.size() && replay_.ticks[next_].minute <= view.minute()) ++next_;
    return next_ == 0 ? view.desired() : replay_.ticks[next_ - 1].curve[index_];
  }

 private:
  const Replay& replay_;
  std::size_t index_;
  std::size_t next_ = 0;
};

}  // namespace

Result<Replay> replay_almanac(const Trace& trace, const calendar::Calendar& calendar, const Plant& plant,
                              const ReplaySettings& settings, const ProgressSink& progress) {
  CollectOptions collect;
  collect.interval = settings.interval;
  collect.unit_capacity = plant.unit_capacity;
  const auto rows = collected_rows(trace, trace.range(), collect);
  const bool counted = trace.unit == Trace::Unit::requests_per_second;
  const auto history =
      forecast::build_history(rows, settings.interval, counted ? std::optional(plant.unit_capacity) : std::nullopt);
  forecast::ModelSettings model_settings;
  model_settings.interval = settings.interval;
  model_settings.cover_window = Duration{60 * plant.boot} + settings.interval;
  model_settings.seed = settings.seed;
  model_settings.use_lstm = settings.use_lstm;
  forecast::GroupModel model(model_settings);
  const auto features = model.features(history, calendar);

  Replay replay;
  const Timestamp end = trace.time_of(settings.to);
  Timestamp day = ceil_to(trace.time_of(settings.from), settings.interval);
  const double days = static_cast<double>((end - day).count()) / 86400.0;
  for (double done = 0; day < end; day += kDay, done += 1) {
    report(progress, {"Replaying almanac", done, days, format_timestamp(day).substr(0, 10)});
    auto start = std::chrono::steady_clock::now();
    if (auto advanced = model.advance(features, day); !advanced) return tl::unexpected(advanced.error());
    replay.train_seconds += seconds_since(start);
    start = std::chrono::steady_clock::now();
    const Timestamp until = std::min(day + kDay, end);
    for (auto& [anchor, forecast] :
         model.forecast_range(features, features.index_of(day), features.index_of(until) - 1)) {
      ReplayTick tick;
      tick.minute = trace.minute_at(forecast.now);
      tick.median = forecast.peak.quantile(0.5);
      tick.q90 = forecast.peak.quantile(0.9);
      tick.q99 = forecast.peak.quantile(0.99);
      const double actual = features.target_peak({anchor, 0});
      tick.cdf_of_actual = is_missing(actual) ? kMissing : forecast.peak.cdf(actual);
      tick.near_event = forecast.near_event;
      tick.curve = decide_curve(forecast, features, calendar, anchor, plant);
      replay.ticks.push_back(std::move(tick));
    }
    replay.decide_seconds += seconds_since(start);
  }
  report(progress, {"Replaying almanac", days, days, ""});
  replay.winner = model.winner();
  replay.scores = model.scores();
  return replay;
}

PolicyFamily almanac_family(const Replay& replay) {
  const auto grid = planning::lambda_grid();
  PolicyFamily family;
  family.name = "almanac";
  family.knob = "price of violating demand";
  family.knobs.assign(grid.rbegin(), grid.rend());
  family.usual = grid[12];
  family.make = [&replay](double knob, const Scene&) { return std::make_unique<ReplayPolicy>(replay, knob); };
  return family;
}

}  // namespace almanac::simulation

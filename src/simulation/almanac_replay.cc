#include "simulation/almanac_replay.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>

#include "core/check.h"
#include "core/series.h"
#include "forecast/growth.h"
#include "planning/error_budget.h"
#include "planning/newsvendor.h"
#include "planning/planner.h"

namespace almanac::simulation {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<int> decide_curve(const forecast::Forecast& forecast, const forecast::Features& features,
                              const calendar::Calendar& calendar, const planning::ExpertBoard& board,
                              std::size_t anchor, const Plant& plant, Duration metrics_delay) {
  planning::Observation seen;
  // What a tick then knows of the last interval or two is that they are not known.
  const auto unknown = static_cast<std::size_t>(metrics_delay / features.interval());
  if (unknown > 0) {
    seen.metrics_age = features.interval() * static_cast<long long>(unknown);
    seen.recent_growth = forecast::growth_over(features.means().first(anchor), features.interval(), unknown);
  }
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
  forecasts.experts = board.advise(features.peaks().first(anchor), features.interval(), plant.objective);
  return planning::decide_curve(seen, forecasts, policy, {}, forecast.now);
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

// Demand of the minutes [from, to) in the terms of a collected row, and what of it violated with `ready` instances.
planning::Consumption consumption_of(const View& view, std::size_t from, std::size_t to,
                                     const std::function<double(std::size_t)>& ready) {
  double sum = 0, peak = 0, least = std::numeric_limits<double>::infinity();
  int known = 0;
  for (std::size_t minute = from; minute < to; ++minute) {
    least = std::min(least, ready(minute));
    const double busy = view.busy(minute);
    if (is_missing(busy)) continue;
    sum += busy;
    peak = std::max(peak, busy);
    ++known;
  }
  planning::Consumption spent{view.now() - kMinute * static_cast<long long>(view.minute() - from), 0, 0};
  if (known == 0) return spent;
  spent.demand = sum / known;
  spent.violating =
      planning::violating_demand(spent.demand, peak, static_cast<double>(to - from), view.plant().objective * least);
  return spent;
}

// Plays the curves at the price that the error-budget controller moves.
class ObjectivePolicy final : public Policy {
 public:
  ObjectivePolicy(const Replay& replay, double objective)
      : replay_(replay), objective_(objective), budget_(planning::initial_budget(objective)) {}

  double decide(const View& view) override {
    if (!started_) warm_up(view);
    started_ = true;
    const Timestamp known = view.now() - kMinute * static_cast<long long>(view.minute() - view.published());
    if (known == floor_to(known, kHour))
      count(view, view.published() - std::min<std::size_t>(view.published(), 60), view.published(),
            [&](std::size_t minute) { return static_cast<double>(view.ready(minute)); });
    for (; next_ < replay_.ticks.size() && replay_.ticks[next_].minute <= view.minute(); ++next_)
      desired_ = planning::capacity_at(replay_.ticks[next_].curve, budget_.position);
    return next_ == 0 ? view.desired() : desired_;
  }

 private:
  // The ticks before the first minute, on a plant reduced to "decided a launch delay ago".
  void warm_up(const View& view) {
    const auto& ticks = replay_.ticks;
    if (ticks.empty() || ticks.front().minute >= view.minute()) return;
    const std::size_t first = ticks.front().minute, now = view.minute();
    std::vector<double> desired(now - first);
    const auto ready = [&](std::size_t minute) {
      double least = desired[minute - first];
      for (std::size_t back = 1; back <= static_cast<std::size_t>(view.plant().boot) && back <= minute - first; ++back)
        least = std::min(least, desired[minute - first - back]);
      return least;
    };
    for (std::size_t minute = first; minute < now; ++minute) {
      const Timestamp time = view.now() - kMinute * static_cast<long long>(now - minute);
      const bool is_known = minute < view.published();
      if (is_known && minute >= first + 60 && time == floor_to(time, kHour)) count(view, minute - 60, minute, ready);
      for (; next_ < ticks.size() && ticks[next_].minute <= minute; ++next_)
        desired_ = planning::capacity_at(ticks[next_].curve, budget_.position);
      desired[minute - first] = desired_;
    }
  }

  // The hour [from, to).
  void count(const View& view, std::size_t from, std::size_t to, const std::function<double(std::size_t)>& ready) {
    constexpr std::size_t kStep = 5, kWeekMinutes = 7 * 24 * 60;
    std::vector<planning::Consumption> spent;
    for (std::size_t minute = from; minute < to; minute += kStep)
      spent.push_back(consumption_of(view, minute, std::min(to, minute + kStep), ready));
    double sum = 0;
    std::size_t known = 0;
    for (std::size_t minute = to - std::min(to, kWeekMinutes); minute < to; ++minute)
      if (!is_missing(view.busy(minute))) sum += view.busy(minute), ++known;
    if (known == 0) return;
    // An hour counts once the next one has begun.
    for (std::size_t i = 0; i < spent.size(); ++i)
      spent[i].start = Timestamp{} + kHour * hours_ + Duration{60 * static_cast<long long>(kStep * i)};
    spent.push_back({Timestamp{} + kHour * ++hours_, 0, 0});
    budget_ = planning::count_hours(budget_, spent, objective_,
                                    sum / static_cast<double>(known) * 60.0 / static_cast<double>(kStep));
  }

  const Replay& replay_;
  double objective_;
  planning::ErrorBudget budget_;
  bool started_ = false;
  double desired_ = 1;
  long long hours_ = 0;
  std::size_t next_ = 0;
};

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
  const auto history =
      forecast::build_history(rows, settings.interval, counted ? std::optional(plant.unit_capacity) : std::nullopt);
  forecast::ModelSettings model_settings;
  model_settings.interval = settings.interval;
  model_settings.cover_window = Duration{60 * plant.boot} + settings.interval + settings.metrics_delay;
  model_settings.seed = settings.seed;
  model_settings.use_lstm = settings.use_lstm;
  model_settings.method = settings.method;
  forecast::GroupModel model(model_settings);
  const auto features = model.features(history, calendar);

  Replay replay;
  const auto late = static_cast<std::size_t>(settings.metrics_delay / kMinute);
  const Timestamp end = trace.time_of(settings.to);
  Timestamp day = ceil_to(trace.time_of(settings.from), settings.interval);
  const double days = static_cast<double>((end - day).count()) / 86400.0;
  for (double done = 0; day < end; day += kDay, done += 1) {
    report(progress, {"Replaying almanac", done, days, format_timestamp(day).substr(0, 10)});
    if (settings.cancelled != nullptr && *settings.cancelled) return fail(ErrorCode::conflict, "cancelled");
    auto start = std::chrono::steady_clock::now();
    // The first walk is the long one.
    const ProgressSink walking = done == 0 ? progress : ProgressSink();
    if (auto advanced =
            planning::advance_with_experts(model, features, day, plant.objective, walking, settings.cancelled);
        !advanced)
      return tl::unexpected(advanced.error());
    replay.train_seconds += seconds_since(start);
    start = std::chrono::steady_clock::now();
    const auto board = settings.experts ? planning::board_of(model) : planning::ExpertBoard();
    const Timestamp until = std::min(day + kDay, end);
    for (auto& [anchor, forecast] :
         model.forecast_range(features, features.index_of(day), features.index_of(until) - 1)) {
      ReplayTick tick;
      tick.minute = trace.minute_at(forecast.now) + late;
      tick.median = forecast.peak.quantile(0.5);
      tick.q90 = forecast.peak.quantile(0.9);
      tick.q99 = forecast.peak.quantile(0.99);
      const double actual = features.target_peak({anchor, 0});
      tick.cdf_of_actual = is_missing(actual) ? kMissing : forecast.peak.cdf(actual);
      tick.near_event = forecast.near_event;
      tick.curve = decide_curve(forecast, features, calendar, board, anchor, plant, settings.metrics_delay);
      replay.ticks.push_back(std::move(tick));
    }
    replay.decide_seconds += seconds_since(start);
  }
  report(progress, {"Replaying almanac", days, days, ""});
  replay.winner = model.winner();
  replay.winner_near_events = model.winner_near_events();
  replay.scores = model.scores();
  return replay;
}

PolicyFamily objective_family(const Replay& replay) {
  PolicyFamily family;
  family.name = "almanac_objective";
  family.knob = "share of requests that may violate";
  family.knobs = {0.001, 0.01};
  family.usual = 0.001;
  family.make = [&replay](double knob, const Scene&) { return std::make_unique<ObjectivePolicy>(replay, knob); };
  return family;
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

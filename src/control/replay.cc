#include "control/replay.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "control/knowledge.h"
#include "control/ladder.h"
#include "control/lead_time.h"

namespace almanac::control {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

forecast::History known_part(const forecast::History& whole, std::size_t known, Timestamp end) {
  forecast::History part;
  part.start = whole.start;
  part.interval = whole.interval;
  const auto size = static_cast<std::size_t>((end - whole.start) / whole.interval);
  for (const auto values :
       {&forecast::History::mean, &forecast::History::peak, &forecast::History::network, &forecast::History::active}) {
    const auto& from = whole.*values;
    (part.*values).assign(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(std::min(known, from.size())));
    (part.*values).resize(size, kMissing);
  }
  return part;
}

// One day's ticks. Forecasts of all usable anchors are made at once; what the newest metrics are too old for, or too
// new to have been, is asked for singly.
class Day {
 public:
  Day(const forecast::GroupModel& model, const forecast::Features& features, const calendar::Calendar& calendar,
      std::span<const Row> rows, const ReplayOptions& options, TimeRange day)
      : model_(model), features_(features), calendar_(calendar), rows_(rows), options_(options) {
    const Duration interval = features.interval();
    behind_ = interval * (options.metrics_delay / interval);
    cover_ = cover_window(options.lead_time, interval, options.metrics_delay % interval);
    board_ = options.experts ? planning::board_of(model) : planning::ExpertBoard();
    const std::size_t first = features.index_of(day.start), last = features.index_of(day.end);
    if (last <= first) return;
    for (auto& [anchor, forecast] : model.forecast_range(features, first, last - 1))
      forecasts_.emplace(anchor, std::move(forecast));
  }

  // The tick at which the intervals before `known_until` are known.
  ReplayedTick tick(Timestamp known_until, std::span<const Foretold> foretold) {
    ReplayedTick tick;
    const Timestamp now = tick.now = known_until + behind_;
    tick.decided_at = known_until + options_.metrics_delay;
    const planning::KnownLoad load = planning::load_of(features_.history()).until(known_until);
    tick.known = load.size();
    tick.seen.lead_time = options_.lead_time;
    tick.seen.rows_used = static_cast<int>(rows_before(known_until));
    tick.seen = planning::observe(std::move(tick.seen), load, now, calendar_, cover_);
    tick.forecasts = climb(rungs(tick, load), load.newest(), load.interval, now);
    if (tick.forecasts.health == Health::full) tick.forecasts.experts = experts_at(load, board_, options_.utilisation);
    demote_if_broken(tick.forecasts, load, foretold, now);
    return tick;
  }

 private:
  Rungs rungs(const ReplayedTick& tick, const planning::KnownLoad& load) {
    const Timestamp until = tick.now + cover_;
    Rungs rungs;
    rungs.model = [this, &tick, load, until]() -> Result<forecast::Forecast> {
      const Timestamp newest = *load.newest();
      const auto made = forecasts_.find(features_.index_of(newest));
      if (made != forecasts_.end() && made->second.window.end >= until) return made->second;
      return forecast_until(until, known_part(features_.history(), tick.known, tick.now), newest, model_, calendar_);
    };
    rungs.naive = [this, &tick, load, until] {
      return forecast::seasonal_naive_forecast(known_part(features_.history(), tick.known, tick.now), calendar_,
                                               *load.newest(), until - *load.newest());
    };
    rungs.silence = [this, &tick] {
      Knowledge known;
      known.history.interval = features_.interval();
      known.rows = tick.seen.rows_used;
      const std::size_t recent = rows_before(tick.now - 28 * kDay);
      const auto rows = rows_.subspan(recent, static_cast<std::size_t>(known.rows) - recent);
      known.recent_rows.assign(rows.begin(), rows.end());
      known.unit_capacity = 1;  // a replay is told how demand is made of rows
      return why_no_demand(known);
    };
    return rungs;
  }

  std::size_t rows_before(Timestamp t) const {
    const auto end =
        std::lower_bound(rows_.begin(), rows_.end(), t, [](const Row& row, Timestamp at) { return row.start < at; });
    return static_cast<std::size_t>(end - rows_.begin());
  }

  const forecast::GroupModel& model_;
  const forecast::Features& features_;
  const calendar::Calendar& calendar_;
  std::span<const Row> rows_;
  const ReplayOptions& options_;
  Duration behind_{0}, cover_{0};
  planning::ExpertBoard board_;
  std::map<std::size_t, forecast::Forecast> forecasts_;
};

}  // namespace

Result<ReplayReport> replay(forecast::GroupModel& model, const forecast::Features& features,
                            const calendar::Calendar& calendar, std::span<const Row> rows, const ReplayOptions& options,
                            const std::function<void(const ReplayedTick&)>& sink, const ProgressSink& progress) {
  const TimeRange range = options.range;
  const double days = static_cast<double>((range.end - range.start).count()) / static_cast<double>(kDay.count());
  ReplayReport made;
  std::vector<Foretold> foretold;  // by the ticks of the last days
  double done = 0;
  for (Timestamp day = range.start; day < range.end; day += kDay, done += 1) {
    report(progress, {"Replaying decisions", done, days, format_timestamp(day).substr(0, 10)});
    if (options.cancelled != nullptr && *options.cancelled) return fail(ErrorCode::conflict, "cancelled");
    auto start = std::chrono::steady_clock::now();
    // The first walk is the long one.
    const ProgressSink walking = done == 0 ? progress : ProgressSink();
    const auto learned =
        planning::advance_with_experts(model, features, day, options.utilisation, walking, options.cancelled);
    if (!learned && learned.error().code == ErrorCode::conflict) return tl::unexpected(learned.error());
    made.train_seconds += seconds_since(start);
    if (!learned) {
      made.too_early = learned.error();
      continue;
    }
    start = std::chrono::steady_clock::now();
    const TimeRange ticks{day, std::min(day + kDay, range.end)};
    Day today(model, features, calendar, rows, options, ticks);
    for (Timestamp known = ticks.start; known < ticks.end; known += features.interval()) {
      const ReplayedTick tick = today.tick(known, foretold);
      if (const auto& peak = tick.forecasts.peak)
        foretold.push_back({tick.now, peak->window, peak->peak.quantile(0.5), peak->peak.quantile(0.99)});
      sink(tick);
    }
    std::erase_if(foretold, [&](const Foretold& each) { return each.at < ticks.end - kCoverageOver; });
    made.decide_seconds += seconds_since(start);
  }
  report(progress, {"Replaying decisions", days, days, ""});
  return made;
}

Rehearsal::Rehearsal(planning::Policy policy, planning::KnownLoad load, Duration lead_time, Timestamp from)
    : policy_(std::move(policy)), load_(load), lead_time_(lead_time) {
  state_.budget = planning::initial_budget(policy_.objective);
  state_.budget.counted_until = floor_to(from, kHour);
}

void Rehearsal::play(const ReplayedTick& tick) {
  const planning::KnownLoad known = load_.until(load_.time_at(tick.known));
  if (floor_to(tick.now, kHour) > *state_.budget.counted_until) {
    const auto capacity = planning::served(known, asked_, *state_.budget.counted_until);
    state_.budget = planning::account(state_.budget, known, capacity, policy_, tick.now);
  }
  planning::Observation seen = tick.seen;
  seen.desired = seen.in_service = desired_.value_or(policy_.min);
  const Decision decision = planning::decide(seen, tick.forecasts, policy_, state_, tick.now);
  state_ = planning::advance(state_, decision, policy_);
  desired_ = decision.desired;
  asked_.push_back({tick.now, static_cast<double>(decision.desired), lead_time_});
}

}  // namespace almanac::control

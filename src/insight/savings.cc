#include "insight/savings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/series.h"
#include "insight/load_trace.h"
#include "insight/timeline.h"
#include "simulation/backtest.h"
#include "simulation/peers.h"

namespace almanac::insight {
namespace {

constexpr Duration kBefore{kDay};  // of load before the range: the peer starts warm

// An instance costs from its launch on: what was asked for, or what was there where that was more. Intervals without a
// demand are left out, as they are of the peer's hours.
double hours_of(const Timeline& timeline) {
  double hours = 0;
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    if (is_missing(timeline.demand[i]) || is_missing(timeline.counted[i])) continue;
    const double desired = is_missing(timeline.desired[i]) ? 0 : timeline.desired[i];
    hours += std::max(desired, timeline.counted[i]) * static_cast<double>(timeline.step.count()) / 3600.0;
  }
  return hours;
}

}  // namespace

Result<Savings> compare_with_tracking(const control::Knowledge& known, std::span<const records::DecisionPoint> points,
                                      TimeRange range, const SavingsSettings& settings) {
  const auto first = std::find_if(points.begin(), points.end(), [&](const auto& p) { return p.now >= range.start; });
  if (first == points.end()) return fail(ErrorCode::unavailable, "nothing was decided in this time yet");
  Savings savings;
  savings.range = {std::max(range.start, first->now), std::min(range.end, known.history.end())};
  if (savings.range.duration() < kDay)
    return fail(ErrorCode::unavailable, "decisions cover less than a day; the comparison begins when they cover one");
  savings.carried_out =
      std::all_of(first, points.end(), [](const auto& point) { return point.mode == planning::Mode::own; });
  const Timeline timeline = make_timeline(known, points, savings.range, settings.utilisation);
  savings.instance_hours = hours_of(timeline);
  savings.violating_share = realised(timeline).share();

  simulation::Trace trace = load_trace(known, {savings.range.start - kBefore, savings.range.end});
  // Both are judged on the same intervals.
  const std::size_t from = trace.minute_at(savings.range.start);
  const std::size_t minutes = static_cast<std::size_t>(std::max<long long>(1, timeline.step / kMinute));
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    if (!is_missing(timeline.violating[i])) continue;
    for (std::size_t m = from + i * minutes; m < std::min(trace.minutes(), from + (i + 1) * minutes); ++m)
      trace.demand.values[m] = kMissing;
  }
  if (!savings.violating_share || from >= trace.minutes())
    return fail(ErrorCode::unavailable, "no load is known in this time");
  simulation::BacktestConfig config;
  config.trace = &trace;
  config.plant = {1, static_cast<int>((settings.lead_time + kMinute - Duration{1}) / kMinute), settings.utilisation,
                  settings.min, settings.max};
  config.window = {from, trace.minutes()};
  config.policies = {simulation::target_tracking_family()};
  config.threads = 1;
  const auto played = simulation::run_backtest(config).policies.front();
  // Where Almanac let more through than the objective, the peer may too: the comparison is at equal service.
  savings.allowed = std::max(settings.objective, *savings.violating_share);
  const simulation::BacktestRun* run = played.cheapest_within(savings.allowed);
  savings.tracking_keeps = run != nullptr;
  for (const auto& one : played.runs) {
    if (run == nullptr && one.knob == played.usual) run = &one;
  }
  if (run == nullptr) run = &played.runs.front();
  savings.tracking_hours = run->score.instance_hours;
  savings.tracking_share = run->score.violating_share;
  savings.target_cpu = run->knob;
  return savings;
}

std::string note_of(const Savings& savings, const SavingsSettings& settings) {
  std::string note = fmt::format(
      "Target tracking is replayed on the demand that was collected, with instances that need {} to serve, at {} {:g} "
      "% "
      "CPU. ",
      format_duration(settings.lead_time),
      !savings.tracking_keeps                ? "its usual target, as none lets as little through:"
      : savings.allowed > settings.objective ? "the cheapest target that lets no more through than Almanac did,"
                                             : "the cheapest target that keeps the objective,",
      savings.target_cpu);
  note += savings.carried_out ? "Almanac's side is what was in service. "
                              : "Almanac did not own the group all this time: its side is what its decisions would "
                                "have had running. ";
  note +=
      "Minutes are made from the mean and the highest minute of each interval, since one-minute values are not kept; "
      "intervals without metrics count for neither.";
  return note;
}

}  // namespace almanac::insight

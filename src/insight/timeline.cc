#include "insight/timeline.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "planning/error_budget.h"

namespace almanac::insight {
namespace {

void resize(Timeline& timeline, std::size_t size) {
  for (auto* values : {&timeline.demand, &timeline.peak, &timeline.q50, &timeline.q90, &timeline.q99, &timeline.desired,
                       &timeline.in_service, &timeline.counted, &timeline.violating}) {
    values->assign(size, kMissing);
  }
  timeline.health.assign(size, std::nullopt);
}

void take_rows(Timeline& timeline, const control::Knowledge& known) {
  const forecast::History& history = known.history;
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    const Timestamp time = timeline.time_at(i);
    if (time < history.start || time >= history.end()) continue;
    const auto index = static_cast<std::size_t>((time - history.start) / history.interval);
    timeline.demand[i] = history.mean[index];
    timeline.peak[i] = history.peak[index];
    timeline.in_service[i] = known.in_service[index];
  }
}

double least_known(double a, double b) {
  if (is_missing(a)) return b;
  return is_missing(b) ? a : std::min(a, b);
}

double largest_known(double a, double b) {
  if (is_missing(a)) return b;
  return is_missing(b) ? a : std::max(a, b);
}

}  // namespace

std::vector<double> decided_capacity(std::span<const records::DecisionPoint> points, std::span<const Timestamp> times) {
  std::vector<double> capacity(times.size(), kMissing);
  std::size_t next = 0;  // the first point after the time
  for (std::size_t i = 0; i < times.size(); ++i) {
    while (next < points.size() && points[next].now <= times[i]) ++next;
    for (std::size_t p = next; p > 0; --p) {
      const records::DecisionPoint& point = points[p - 1];
      // The decision in force when the oldest launch that may still be booting was asked for counts too.
      capacity[i] = least_known(capacity[i], point.desired);
      if (point.now <= times[i] - point.lead_time) break;
    }
  }
  return capacity;
}

Timeline make_timeline(const control::Knowledge& known, std::span<const records::DecisionPoint> points, TimeRange range,
                       double utilisation) {
  Timeline timeline;
  timeline.step = known.history.interval;
  timeline.start = ceil_to(range.start, timeline.step);
  const auto steps = (range.end - timeline.start + timeline.step - Duration{1}) / timeline.step;
  resize(timeline, static_cast<std::size_t>(std::max<long long>(0, steps)));
  take_rows(timeline, known);
  std::vector<Timestamp> times;
  for (std::size_t i = 0; i < timeline.size(); ++i) times.push_back(timeline.time_at(i));
  const auto decided = decided_capacity(points, times);
  const double minutes = std::max(1.0, static_cast<double>(timeline.step.count()) / 60.0);
  std::size_t next = 0;
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    const Timestamp end = times[i] + timeline.step;
    while (next < points.size() && points[next].now < times[i]) ++next;
    for (; next < points.size() && points[next].now < end; ++next) {
      const records::DecisionPoint& point = points[next];
      timeline.q50[i] = point.q50, timeline.q90[i] = point.q90, timeline.q99[i] = point.q99;
      timeline.desired[i] = point.desired;
      timeline.health[i] = point.health;
      if (is_missing(timeline.in_service[i]) && point.in_service) timeline.in_service[i] = *point.in_service;
    }
    if (is_missing(decided[i])) continue;
    // The mode of the last decision at or before this interval says whose capacity it was.
    const bool own = next > 0 && points[next - 1].mode == planning::Mode::own;
    timeline.counted[i] = own ? timeline.in_service[i] : decided[i];
    if (is_missing(timeline.demand[i]) || is_missing(timeline.counted[i])) continue;
    timeline.violating[i] =
        planning::violating_demand(timeline.demand[i], timeline.peak[i], minutes, utilisation * timeline.counted[i]);
  }
  return timeline;
}

Timeline aggregate(const Timeline& timeline, Duration step) {
  ALMANAC_CHECK(step >= timeline.step && step % timeline.step == Duration{0}, "a step is whole intervals");
  if (step == timeline.step) return timeline;
  Timeline coarse;
  coarse.start = floor_to(timeline.start, step);
  coarse.step = step;
  if (timeline.size() == 0) return coarse;
  resize(coarse, static_cast<std::size_t>((timeline.time_at(timeline.size() - 1) - coarse.start) / step) + 1);
  std::vector<int> known(coarse.size()), counted(coarse.size());
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    const auto at = static_cast<std::size_t>((timeline.time_at(i) - coarse.start) / step);
    const auto add = [at](std::vector<double>& sums, double value, std::vector<int>& counts) {
      if (is_missing(value)) return;
      sums[at] = is_missing(sums[at]) ? value : sums[at] + value;
      ++counts[at];
    };
    const auto last = [at](std::vector<double>& values, double value) {
      if (!is_missing(value)) values[at] = value;
    };
    add(coarse.demand, timeline.demand[i], known);
    add(coarse.violating, timeline.violating[i], counted);
    coarse.peak[at] = largest_known(coarse.peak[at], timeline.peak[i]);
    coarse.q50[at] = largest_known(coarse.q50[at], timeline.q50[i]);
    coarse.q90[at] = largest_known(coarse.q90[at], timeline.q90[i]);
    coarse.q99[at] = largest_known(coarse.q99[at], timeline.q99[i]);
    last(coarse.desired, timeline.desired[i]);
    last(coarse.in_service, timeline.in_service[i]);
    last(coarse.counted, timeline.counted[i]);
    if (timeline.health[i]) coarse.health[at] = timeline.health[i];
  }
  for (std::size_t i = 0; i < coarse.size(); ++i) {
    if (known[i] > 0) coarse.demand[i] /= known[i];
    if (counted[i] > 0) coarse.violating[i] /= counted[i];
  }
  return coarse;
}

Realised realised(const Timeline& timeline) {
  Realised sum;
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    if (is_missing(timeline.violating[i])) continue;
    sum.demand += timeline.demand[i];
    sum.violating += timeline.violating[i];
    ++sum.intervals;
  }
  return sum;
}

std::vector<CapacityChange> changes(std::span<const records::DecisionPoint> points, TimeRange range) {
  std::vector<CapacityChange> all;
  for (const records::DecisionPoint& point : points) {
    if (range.contains(point.now) && point.desired != point.before)
      all.push_back({point.now, point.before, point.desired});
  }
  return all;
}

}  // namespace almanac::insight

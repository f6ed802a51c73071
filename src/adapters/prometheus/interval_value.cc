#include "adapters/prometheus/interval_value.h"

#include <algorithm>

namespace almanac::adapters::prometheus {
namespace {

struct Sum {
  std::int64_t count = 0;
  double sum = 0;
  double highest = 0;

  void add(double value) {
    highest = count == 0 ? value : std::max(highest, value);
    sum += value;
    ++count;
  }
  // Nothing unless at least half of `expected` were added.
  std::optional<double> mean_of(std::int64_t expected) const {
    return count > 0 && 2 * count >= expected ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
  }
};

Sum sum_of(const Points& points, TimeRange part) {
  Sum sum;
  for (auto at = points.upper_bound(part.start); at != points.end() && at->first <= part.end; ++at) sum.add(at->second);
  return sum;
}

}  // namespace

std::optional<IntervalValue> interval_value(const Points& points, TimeRange interval, Duration resolution) {
  const Duration slot = std::max(resolution, kMinute);
  Sum slots;
  for (Timestamp start = interval.start; start < interval.end; start += slot) {
    if (const auto mean = sum_of(points, {start, start + slot}).mean_of(slot / resolution)) slots.add(*mean);
  }
  const auto mean = slots.mean_of(interval.duration() / slot);
  if (!mean) return std::nullopt;
  return IntervalValue{*mean, slot == kMinute ? std::optional(slots.highest) : std::nullopt};
}

}  // namespace almanac::adapters::prometheus

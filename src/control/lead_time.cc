#include "control/lead_time.h"

#include <algorithm>
#include <vector>

namespace almanac::control {
namespace {

Duration round_up(Duration value, Duration step) {
  return (value + step - Duration{1}) / step * step;
}

}  // namespace

LeadTime measure_lead_time(std::span<const ports::Launch> launches, Duration usual) {
  constexpr Duration kLongest{6 * kHour};
  std::vector<Duration> times;
  for (const ports::Launch& launch : launches) {
    const Duration taken = launch.in_service - launch.launched;
    if (taken >= Duration{0} && taken <= kLongest) times.push_back(taken);
  }
  if (times.empty()) return {usual, 0};
  const std::size_t rank = (times.size() * 95 + 99) / 100;  // ceil(0.95 n), from 1
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(rank - 1), times.end());
  return {round_up(times[rank - 1], kMinute), static_cast<int>(times.size())};
}

Duration cover_window(Duration lead_time, Duration interval, Duration late) {
  return round_up(lead_time + interval + late, interval);
}

}  // namespace almanac::control

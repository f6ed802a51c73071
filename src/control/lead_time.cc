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
  if (times.empty()) return {usual, 0, {}};
  const std::size_t rank = (times.size() * 95 + 99) / 100;  // ceil(0.95 n), from 1
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(rank - 1), times.end());
  return {round_up(times[rank - 1], kMinute), static_cast<int>(times.size()), {}};
}

LeadTime lead_time_at(const GroupSettings& settings, ports::ScalingGroup* target,
                      const std::function<std::optional<Duration>()>& last, Timestamp now) {
  constexpr Duration kLaunchesSince{14 * kDay};
  if (settings.lead_time) return {*settings.lead_time, 0, {}};
  LeadTime assumed;
  if (target != nullptr) {
    const auto launches = target->launches(now - kLaunchesSince);
    if (launches) return measure_lead_time(*launches, settings.usual_lead_time);
    assumed.problem = launches.error();
  }
  assumed.value = last().value_or(settings.usual_lead_time);
  return assumed;
}

Duration cover_window(Duration lead_time, Duration interval, Duration late) {
  return round_up(lead_time + interval + late, interval);
}

}  // namespace almanac::control

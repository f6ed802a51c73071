#include "planning/guard_rails.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calendar/floor.h"
#include "forecast/growth.h"
#include "planning/limits.h"

namespace almanac::planning {
namespace {

// An announced event may outgrow everything before it; unannounced, that is a ratio model riding on a burst.
double room_above_history(const forecast::Forecast& forecast) {
  return forecast.near_event ? 2.0 : 1.15;
}

// What is above history by announcement: a stated uplift counts like demand that was there.
bool announced_above(const forecast::Forecast& forecast, double max_28_days) {
  return forecast.announced > max_28_days;
}

int cap_of(const forecast::Forecast& forecast, double max_28_days, double utilisation) {
  return std::max(instances_for(room_above_history(forecast) * std::max(max_28_days, forecast.announced), utilisation),
                  instances_for(forecast.median, utilisation));
}

}  // namespace

std::vector<int> cap_curve(std::vector<int> curve, const forecast::Forecast& forecast, double max_28_days,
                           double utilisation) {
  if (!(max_28_days > 0)) return curve;
  const int cap = cap_of(forecast, max_28_days, utilisation);
  for (int& capacity : curve) capacity = std::min(capacity, cap);
  return curve;
}

Stage history_cap(int capacity, const Observation& seen, const forecast::Forecast& forecast, const Policy& policy) {
  if (!seen.max_28_days) return {"history_cap", capacity, "no maximum of the last 28 days is known"};
  const double room = room_above_history(forecast);
  const int cap = cap_of(forecast, *seen.max_28_days, policy.utilisation);
  const char* highest = announced_above(forecast, *seen.max_28_days) ? "announced peak" : "28-day maximum";
  if (capacity <= cap)
    return {"history_cap", capacity,
            fmt::format("within {}, {} x the {} or the median", counted(cap, seen.unit), room, highest)};
  return {"history_cap", cap,
          fmt::format("lowered from {}: {} x the {} needs {} and the median does not need more", capacity, room,
                      highest, cap)};
}

Stage calendar_floor(int capacity, const Observation& seen) {
  const auto floor = calendar::floor_of(seen.events);
  if (!floor || floor->minimum <= capacity) return {"calendar_floor", capacity, "no event asks for more"};
  return {"calendar_floor", floor->minimum,
          fmt::format("\"{}\" asks for at least {}", floor->event, counted(floor->minimum, seen.unit))};
}

Stage reactive_guard(int capacity, const Observation& seen) {
  if (!seen.recent_demand)
    return {"reactive_guard", std::max(capacity, seen.desired),
            "current demand unknown: not below the present capacity"};
  const double arriving = forecast::grown(*seen.recent_demand, seen.recent_growth);
  const int needed = instances_for(arriving, 1.0);
  const bool fits = needed <= capacity;
  if (seen.metrics_age.count() > 0) {
    return {"reactive_guard", std::max(capacity, needed),
            fmt::format("{:.1f} busy {} were arriving until {} ago, by now perhaps {:.1f}: {}", *seen.recent_demand,
                        words(seen.unit), format_duration(seen.metrics_age), arriving,
                        fits ? "they fit" : "they must fit")};
  }
  if (fits)
    return {"reactive_guard", capacity, fmt::format("{:.1f} busy {} are arriving and fit", arriving, words(seen.unit))};
  return {"reactive_guard", needed, fmt::format("{:.1f} busy {} are arriving already", arriving, words(seen.unit))};
}

Stage scale_in_stabilisation(int capacity, const Observation& seen, const Policy& policy, const PlannerState& state,
                             Timestamp now) {
  if (policy.scale_in_stabilisation.count() == 0 || capacity >= seen.desired)
    return {"scale_in_stabilisation", capacity, capacity >= seen.desired ? "not a scale-in" : "none configured"};
  int highest = capacity;
  for (const auto& [time, wanted] : state.recent)
    if (time > now - policy.scale_in_stabilisation) highest = std::max(highest, wanted);
  highest = std::min(highest, seen.desired);
  return {
      "scale_in_stabilisation", highest,
      fmt::format("{} was the most wanted in the last {}", highest, format_duration(policy.scale_in_stabilisation))};
}

Stage step_limit(int capacity, const Observation& seen, const Policy& policy) {
  int limited = capacity;
  if (policy.max_scale_out) limited = std::min(limited, seen.desired + *policy.max_scale_out);
  if (policy.max_scale_in) limited = std::max(limited, seen.desired - *policy.max_scale_in);
  return {"step_limit", limited,
          limited == capacity
              ? std::string("within the step limits")
              : fmt::format("{} asked, one tick may change {} to {} only", capacity, seen.desired, limited)};
}

Stage manual_floor(int capacity, const Observation::ManualFloor& floor) {
  const bool raises = floor.capacity > capacity;
  return {"manual_floor", std::max(capacity, floor.capacity),
          fmt::format("{}{}", floor.reason, raises ? "" : "; the plan is no lower")};
}

Stage limits(int capacity, const Policy& policy) {
  const int bounded = std::clamp(capacity, policy.min, policy.max);
  if (bounded == capacity) return {"limits", bounded, fmt::format("within {} to {}", policy.min, policy.max)};
  return {
      "limits", bounded,
      fmt::format("{} is {} {}", capacity, capacity > policy.max ? "above the maximum" : "below the minimum", bounded)};
}

}  // namespace almanac::planning

#include "insight/planned.h"

#include <algorithm>

#include "calendar/floor.h"
#include "control/horizon.h"
#include "planning/newsvendor.h"

namespace almanac::insight {

Result<Planned> plan_hours(const GroupView& view, Duration ahead) {
  const auto horizon = control::forecast_horizon(view.known, view.model, view.calendar.calendar, view.cover_window(),
                                                 view.tick, ahead, std::nullopt);
  if (!horizon) return tl::unexpected(horizon.error());
  Planned planned;
  for (const control::WindowForecast& window : horizon->windows) {
    planned.time.push_back(window.window.start);
    planned.q50.push_back(window.quantiles.at(0.5));
    planned.q90.push_back(window.quantiles.at(0.9));
    planned.q99.push_back(window.quantiles.at(0.99));
    int capacity = planning::capacity_at(planning::capacity_curve(window.peak, view.settings.policy.utilisation),
                                         view.price_position());
    const auto asked = calendar::floor_of(view.calendar.calendar.between(window.window));
    if (asked) capacity = std::max(capacity, asked->minimum);
    const auto& floor = view.overrides.floor;
    if (floor && window.window.start < floor->until) capacity = std::max(capacity, floor->capacity);
    planned.capacity.push_back(std::clamp(capacity, view.limits().min, view.limits().max));
  }
  return planned;
}

}  // namespace almanac::insight

#pragma once

#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "insight/group_view.h"

namespace almanac::insight {

// The coming hours as the ticks' own forecaster sees them (control::forecast_horizon), window by window, and the
// capacity that each asks for at the group's present price.
struct Planned {
  std::vector<Timestamp> time;        // where each window begins, ascending; the first is the tick
  std::vector<double> q50, q90, q99;  // peak demand in the window, busy instances
  std::vector<int> capacity;
};

// unavailable where there is nothing to forecast from.
Result<Planned> plan_hours(const GroupView& view, Duration ahead);

}  // namespace almanac::insight

#pragma once

#include "daemon/observer.h"
#include "records/overrides.h"
#include "serving/metrics/metrics.h"

namespace almanac::app {

// What metrics are told of a tick.
serving::GroupTick group_tick(const daemon::Ticked& ticked);

// What people have set, and the mode in force.
serving::ByHand by_hand(const records::Overrides& in_force, planning::Mode mode);

}  // namespace almanac::app

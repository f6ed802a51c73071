#pragma once

#include "core/decision.h"
#include "planning/planner.h"

namespace almanac::planning {

// The stages after the newsvendor, in their order. Each takes the capacity so far and answers with a Stage: the
// capacity after it and why. Pure.

// Never above 1.15 x the 28-day maximum (2 x near an announced event, and then of the peak that a stated uplift
// announces where that is higher) unless the forecast's median itself says so: a ratio model explodes on top of a
// burst.
Stage history_cap(int capacity, const Observation& seen, const forecast::Forecast& forecast, const Policy& policy);
// The same for the capacities at every price. `max_28_days` in busy instances, 0: not known.
std::vector<int> cap_curve(std::vector<int> curve, const forecast::Forecast& forecast, double max_28_days,
                           double utilisation);
// The highest minimum that the events in view ask for (calendar/floor.h).
Stage calendar_floor(int capacity, const Observation& seen);
// What is already arriving must fit at 100 % CPU, whatever the forecast says: the newest known demand of the last three
// intervals, with what it may have grown by unseen since. Where none of the three is known, not below the present
// capacity.
Stage reactive_guard(int capacity, const Observation& seen);
// Scales in only to the highest capacity wanted within the stabilisation time.
Stage scale_in_stabilisation(int capacity, const Observation& seen, const Policy& policy, const PlannerState& state,
                             Timestamp now);
// At most so many instances more or less in one tick.
Stage step_limit(int capacity, const Observation& seen, const Policy& policy);
// Never under what a person set; after the step limit, because they mean now.
Stage manual_floor(int capacity, const Observation::ManualFloor& floor);
// min <= capacity <= max.
Stage limits(int capacity, const Policy& policy);

}  // namespace almanac::planning

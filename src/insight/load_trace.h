#pragma once

#include "control/knowledge.h"
#include "core/time.h"
#include "simulation/trace.h"

namespace almanac::insight {

// The collected demand as a trace that policies can be played on, by minutes. Rows hold the mean of their interval and
// its highest minute, not when that was: here it is the middle one, and the others share the rest. So the trace's rows
// are the group's own to the bit of a rounding, and what violates in it violates by the error budget's rule; only the
// course within an interval is made up. In busy instances, as if they were requests a second of instances that serve
// one: the plant's unit capacity is 1.
simulation::Trace load_trace(const control::Knowledge& known, TimeRange range);

}  // namespace almanac::insight

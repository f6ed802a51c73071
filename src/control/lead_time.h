#pragma once

#include <span>
#include <string>

#include "core/time.h"
#include "ports/scaling_group.h"

namespace almanac::control {

struct LeadTime {
  Duration value{0};
  int launches = 0;  // it was measured from; 0: the default
};

// Launch to in service that 19 of 20 launches keep (nearest rank), rounded up to whole minutes. `usual` where there is
// no launch to measure. Launches whose times make no sense (in service before launched, over six hours) do not count.
LeadTime measure_lead_time(std::span<const ports::Launch> launches, Duration usual);

// What a forecast must hold for: lead time and one interval, rounded up to whole intervals. `late`: how long after the
// beginning of the window the decision is taken.
Duration cover_window(Duration lead_time, Duration interval, Duration late = Duration{0});

}  // namespace almanac::control

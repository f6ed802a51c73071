#pragma once

#include <functional>
#include <optional>
#include <span>

#include "control/knowledge.h"
#include "core/result.h"
#include "core/time.h"
#include "ports/scaling_group.h"

namespace almanac::control {

struct LeadTime {
  Duration value{0};
  int launches = 0;              // it was measured from; 0: it was not
  std::optional<Error> problem;  // why launches could not be read
};

// Launch to in service that 19 of 20 launches keep (nearest rank), rounded up to whole minutes. `usual` where there is
// no launch to measure. Launches whose times make no sense (in service before launched, over six hours) do not count.
LeadTime measure_lead_time(std::span<const ports::Launch> launches, Duration usual);

// The lead time of a group at `now`: as configured; else measured from the launches of the last 14 days; where nobody
// tells those now (no target, or it does not answer) what the last decision knew, since launches have not become faster
// than they were; else the usual one. `last` is asked only then.
LeadTime lead_time_at(const GroupSettings& settings, ports::ScalingGroup* target,
                      const std::function<std::optional<Duration>()>& last, Timestamp now);

// What a forecast must hold for: lead time and one interval, rounded up to whole intervals. `late`: how long after the
// beginning of the window the decision is taken.
Duration cover_window(Duration lead_time, Duration interval, Duration late = Duration{0});

}  // namespace almanac::control

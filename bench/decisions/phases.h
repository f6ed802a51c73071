#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "calendar/event.h"
#include "simulation/backtest.h"

namespace almanac::bench {

// Where a minute lies relative to announced events. Where events overlap the first that fits in this order counts:
// opening, closing, during, before, after.
enum class Phase { before, opening, during, closing, after, away };
inline constexpr std::array<std::string_view, 6> kPhaseNames = {"hour before",    "first half hour", "during",
                                                                "last half hour", "hour after",      "away"};

Phase phase_of(Timestamp minute, std::span<const calendar::Event> events);

struct PhaseTally {
  double requests = 0, violating = 0;  // shares of all requests of the window
};

// How the requests of a test window and the violating ones lie over the phases, scored as simulation::score does.
std::array<PhaseTally, kPhaseNames.size()> tally_phases(const simulation::Trace& trace, const simulation::Plant& plant,
                                                        const simulation::TestWindow& window,
                                                        const std::vector<simulation::CapacityChange>& decisions,
                                                        std::span<const calendar::Event> events);

}  // namespace almanac::bench

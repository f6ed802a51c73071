#include "phases.h"

namespace almanac::bench {
namespace {
constexpr Duration kHalfHour{1800};
constexpr double kRounding = 1e-9;  // as simulation::score
}  // namespace

Phase phase_of(Timestamp minute, std::span<const calendar::Event> events) {
  bool opening = false, closing = false, during = false, before = false, after = false;
  for (const auto& event : events) {
    const auto [start, end] = event.span;
    const bool inside = minute >= start && minute < end;
    opening |= inside && minute < start + kHalfHour;
    closing |= inside && minute >= end - kHalfHour;
    during |= inside;
    before |= minute < start && minute >= start - kHour;
    after |= minute >= end && minute < end + kHour;
  }
  if (opening) return Phase::opening;
  if (closing) return Phase::closing;
  if (during) return Phase::during;
  if (before) return Phase::before;
  return after ? Phase::after : Phase::away;
}

std::array<PhaseTally, kPhaseNames.size()> tally_phases(const simulation::Trace& trace, const simulation::Plant& plant,
                                                        const simulation::TestWindow& window,
                                                        const std::vector<simulation::CapacityChange>& decisions,
                                                        std::span<const calendar::Event> events) {
  std::array<PhaseTally, kPhaseNames.size()> tallies{};
  const auto ready = simulation::ready_from_desired(simulation::expand(decisions, window.to), plant.boot);
  double total = 0;
  for (std::size_t minute = window.from; minute < window.to; ++minute) {
    const double demand = trace.demand.values[minute];
    if (is_missing(demand)) continue;
    total += demand;
    PhaseTally& tally = tallies[static_cast<std::size_t>(phase_of(trace.time_of(minute), events))];
    tally.requests += demand;
    if (demand > plant.objective * plant.unit_capacity * ready[minute] + kRounding) tally.violating += demand;
  }
  for (PhaseTally& tally : tallies) {
    tally.requests /= total;
    tally.violating /= total;
  }
  return tallies;
}

}  // namespace almanac::bench

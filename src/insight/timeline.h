#pragma once

#include <optional>
#include <span>
#include <vector>

#include "control/knowledge.h"
#include "core/decision.h"
#include "core/time.h"
#include "records/decision_point.h"

namespace almanac::insight {

// What happened in each step of a stretch of time; all vectors have the same length, kMissing is unknown. Demand and
// quantiles in busy instances. Up to `steps`' end or the end of what is known, whichever is asked for.
struct Timeline {
  Timestamp start{};
  Duration step{300};
  std::vector<double> demand, peak;   // mean, highest minute
  std::vector<double> q50, q90, q99;  // forecast at that time for the cover window from there
  std::vector<double> desired;        // decided then
  std::vector<double> in_service;     // as measured, else as the decision found it
  std::vector<double> counted;        // the capacity that violations are counted against
  std::vector<double> violating;      // demand that met more than the objective's utilisation
  std::vector<std::optional<Health>> health;

  std::size_t size() const { return demand.size(); }
  Timestamp time_at(std::size_t i) const { return start + step * static_cast<long long>(i); }
};

// One entry an interval of `range` (on the grid of known.history). `points` ascending; those up to six hours before the
// range count too, for capacity that was still booting. Violating demand by the rule of the error budget
// (planning::violating_demand): against what was in service where the mode was own, else against what the decisions
// would have had in service; before the first decision nothing is counted.
Timeline make_timeline(const control::Knowledge& known, std::span<const records::DecisionPoint> points, TimeRange range,
                       double utilisation);

// Steps of several intervals: demand and violating demand their mean over what is known, peak and quantiles the
// highest, capacities and health the last known. `step` is a multiple of the timeline's.
Timeline aggregate(const Timeline& timeline, Duration step);

// Demand in the unit of busy instances x intervals.
struct Realised {
  double demand = 0;
  double violating = 0;
  std::size_t intervals = 0;  // that were counted

  std::optional<double> share() const { return demand > 0 ? std::optional(violating / demand) : std::nullopt; }
};
Realised realised(const Timeline& timeline);

// Changes of what was desired, by the decisions in `range`.
struct CapacityChange {
  Timestamp time;
  int before = 0;
  int after = 0;
};
std::vector<CapacityChange> changes(std::span<const records::DecisionPoint> points, TimeRange range);

// The capacity that would be in service at each of `times` (ascending) had the decisions been carried out: an instance
// serves from a lead time after its launch on, so the least of what was desired in between; kMissing before the first.
std::vector<double> decided_capacity(std::span<const records::DecisionPoint> points, std::span<const Timestamp> times);

}  // namespace almanac::insight

#pragma once

#include <optional>
#include <span>
#include <string>

#include "control/knowledge.h"
#include "core/result.h"
#include "records/decision_point.h"
#include "simulation/plant.h"

namespace almanac::insight {

// What Almanac had running in a stretch of time beside what target tracking would have had.
struct Savings {
  TimeRange range{};
  bool carried_out = true;  // false: Almanac only watched, at least for a part; counted is what it had decided
  double instance_hours = 0;
  std::optional<double> violating_share;
  double tracking_hours = 0;
  double tracking_share = 0;
  double allowed = 0;          // violating share: the objective, or what Almanac let through where that was more
  double target_cpu = 0;       // %: the cheapest setting that keeps to it
  bool tracking_keeps = true;  // false: none does; the usual one is shown
};

struct SavingsSettings {
  double objective = 0.001;
  double utilisation = 0.8;
  int min = 1;
  int max = 1000;
  Duration lead_time{300};
};

// Over the part of `range` that decisions cover. unavailable where that is under a day, or nothing of the load is
// known.
Result<Savings> compare_with_tracking(const control::Knowledge& known, std::span<const records::DecisionPoint> points,
                                      TimeRange range, const SavingsSettings& settings);

// How it was computed, in words that stand beside the figures.
std::string note_of(const Savings& savings, const SavingsSettings& settings);

}  // namespace almanac::insight

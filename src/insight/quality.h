#pragma once

#include <array>
#include <optional>
#include <span>

#include "calendar/event.h"
#include "control/knowledge.h"
#include "records/decision_point.h"

namespace almanac::insight {

// How often what came was at most what a quantile of the ledger had said.
struct QuantileCoverage {
  double quantile = 0.5;
  std::optional<double> near, away;  // share of windows near events and away from them; empty where there is none
};

struct ForecastQuality {
  int windows = 0;  // finished cover windows with every row known
  int near = 0;     // of them near an event
  std::array<QuantileCoverage, 3> coverage{{{0.5, {}, {}}, {0.9, {}, {}}, {0.99, {}, {}}}};
};

// Judges the forecasts of `points`. A window is near an event that starts within half an hour after it or ended within
// an hour before it: the forecaster's own distinction (forecast/features.h).
ForecastQuality judge(const control::Knowledge& known, std::span<const records::DecisionPoint> points,
                      std::span<const calendar::Event> events);

}  // namespace almanac::insight

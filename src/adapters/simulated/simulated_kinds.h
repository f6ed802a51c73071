#pragma once

#include "kinds/kind.h"

namespace almanac::adapters::simulated {

// `target: {kind: simulated}`, the shop's group, which opens the shop, and `metrics: {kind: simulated}`, its load.
const kinds::TargetKind& simulated_target();
const kinds::MetricsKind& simulated_metrics();

}  // namespace almanac::adapters::simulated

#pragma once

#include "kinds/kind.h"

namespace almanac::adapters::prometheus {

// `metrics: {kind: prometheus}`.
const kinds::MetricsKind& prometheus_kind();

}  // namespace almanac::adapters::prometheus

#pragma once

#include "kinds/kind.h"

namespace almanac::adapters {

// `metrics: {kind: csv}`: rows of a file that another system writes.
const kinds::MetricsKind& csv_kind();

}  // namespace almanac::adapters

#pragma once

#include <vector>

#include "settings/values.h"
#include "wiring/config.h"

namespace almanac::wiring {

// Says which source feeds which column: who names it, else the first that may know it. Each column has one, so that
// what it means never depends on who answered. request_peak is of the requests that request_count counts, so it goes
// with it unless a source names it. Mistakes: a column that two name, one that its source cannot know, a source that
// would feed nothing.
void share_columns(std::vector<MetricsConfig>& sources, settings::Mistakes& mistakes);

}  // namespace almanac::wiring

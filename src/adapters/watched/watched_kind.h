#pragma once

#include "kinds/kind.h"

namespace almanac::adapters::watched {

// `target: {kind: watched}`: nothing is scaled, decisions are only recorded.
const kinds::TargetKind& watched_kind();

}  // namespace almanac::adapters::watched

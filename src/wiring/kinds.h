#pragma once

#include "kinds/kind.h"

namespace almanac::wiring {

// Every kind that almanac.yaml may name.
const kinds::Kinds& all_kinds();

}  // namespace almanac::wiring

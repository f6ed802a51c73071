#pragma once

#include <filesystem>

#include "kinds/kind.h"
#include "settings/values.h"
#include "wiring/config.h"

namespace almanac::wiring {

// One entry of `groups`, by what its block says. What is wrong goes to `mistakes`; the result then is not to be used.
GroupConfig read_group(const settings::Values& block, const std::filesystem::path& folder, const kinds::Kinds& kinds,
                       settings::Mistakes& mistakes);

}  // namespace almanac::wiring

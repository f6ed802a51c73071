#pragma once

#include <cstddef>
#include <filesystem>

#include "wiring/config.h"
#include "wiring/yaml.h"

namespace almanac::wiring {

// One entry of `groups`. What is wrong goes to `mistakes`; the result then is not to be used.
GroupConfig read_group(const YAML::Node& node, std::size_t index, const std::filesystem::path& folder,
                       yaml::Mistakes& mistakes);

}  // namespace almanac::wiring

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "core/result.h"
#include "core/text.h"

namespace almanac::adapters::aws {

// A small file, whole. not_found, permission_denied, unavailable (reading failed), invalid_input when it is no regular
// file or longer than `longest`. Messages name the path, never the content.
Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t longest = 1U << 20U);

}  // namespace almanac::adapters::aws

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace almanac::adapters::aws {

// Of ASCII letters only.
std::string lower_case(std::string_view text);

// Without white space at both ends.
std::string_view trimmed(std::string_view text);

// Text of another machine as it may stand in a message: control characters and bytes that are no UTF-8 become spaces,
// cut to `longest` bytes at a character.
std::string for_message(std::string_view text, std::size_t longest = 300);

// A small file, whole. not_found, permission_denied, unavailable (reading failed), invalid_input when it is no regular
// file or longer than `longest`. Messages name the path, never the content.
Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t longest = 1U << 20U);

}  // namespace almanac::adapters::aws

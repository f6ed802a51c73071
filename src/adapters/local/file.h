#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/result.h"

namespace almanac::adapters {

// The error of a failed system call on `path`: errno decides the code (no space: storage_full; forbidden or read-only:
// permission_denied; a file where a folder should be: invalid_input ...).
Error system_error(int error_number, std::string_view what, const std::filesystem::path& path);

// All bytes of a regular file. not_found (also for a folder), permission_denied, invalid_input when it is not a regular
// file or larger than `max_bytes`.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes = std::uint64_t{1} << 32);

}  // namespace almanac::adapters

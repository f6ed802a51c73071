#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"

namespace almanac::calendar {

// What a gzip file may hold at most.
inline constexpr std::size_t kLargestUnpacked = 16U << 20U;

// The bytes themselves, or what a gzip file (RFC 1952, of one or several members) holds: some servers and exports hand
// calendars out as .ics.gz. Zeros may pad it. corrupt where it is damaged, cut off, followed by anything else, or holds
// more than kLargestUnpacked.
Result<std::string> unpacked(const std::string& bytes);

}  // namespace almanac::calendar

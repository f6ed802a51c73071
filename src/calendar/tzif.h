#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "calendar/zone.h"
#include "core/result.h"

namespace almanac::calendar {

// Reads a compiled time zone (RFC 8536; "fat" and "slim" files alike): its table of transitions, then the rule of its
// footer up to the year 2100; what holds then holds on. invalid_input where the bytes are no such file or count leap
// seconds.
Result<std::shared_ptr<const Zone>> read_tzif(std::string name, std::string_view bytes);

}  // namespace almanac::calendar

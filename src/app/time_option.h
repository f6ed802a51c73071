#pragma once

#include <string>
#include <string_view>

namespace almanac::app {

// Whether a text that parse_timestamp reads says which zone it is in: by Z, by an offset, or as seconds since 1970.
bool names_zone(std::string_view time);

// What to tell somebody whose time does not: `option` is where it stood ("--until"), `time` what parse_timestamp read.
std::string zone_notice(const std::string& option, std::string_view time);

}  // namespace almanac::app

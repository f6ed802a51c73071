#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "calendar/zone.h"
#include "core/result.h"

namespace almanac::calendar {

// A zone as people name it in a setting: an IANA name of any case ("europe/paris"), UTC or GMT, a name of Windows
// ("W. Europe Standard Time"). Abbreviations are refused: "EST" is a fixed offset to some and New York's clock, with
// its summer time, to others. invalid_input says what was found, what was expected, and the name that was probably
// meant.
Result<std::shared_ptr<const Zone>> zone_named(std::string_view name);

// True for UTC under any of its names, and for a file's own definition that never leaves it. A place that keeps this
// offset (Atlantic/Reykjavik) is a zone of its own.
bool is_utc(const Zone& zone);

}  // namespace almanac::calendar

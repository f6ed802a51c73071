#pragma once

#include <string_view>

#include "calendar/zone.h"
#include "core/result.h"
#include "core/time.h"

namespace almanac::calendar {

// A time as a JSON calendar writes it: with a zone it is absolute, without one it is the wall clock's, and a bare date
// is a whole day.
struct JsonMoment {
  enum class Kind { absolute, local, date };
  Kind kind = Kind::date;
  Timestamp utc;    // of an absolute one
  LocalTime local;  // of the others
};

// Reads ISO 8601 (2026-11-27, 2026-11-27T09:00, with Z or an offset, fractions cut off, also without separators) and
// what else can mean only one day: 2026/11/27, 27/11/2026, 11/27/2026, 27.11.2026; times of day as 9:00, 24:00 (the
// midnight after) or 9:00 PM. invalid_input for 11/12/2026, which is one day to some and another to others, and for
// everything else; the message says what was found and what was expected.
Result<JsonMoment> parse_json_moment(std::string_view text);

}  // namespace almanac::calendar

#pragma once

#include <memory>
#include <string>

#include "calendar/ical_text.h"
#include "calendar/zone.h"
#include "core/result.h"

namespace almanac::calendar {

struct NamedZone {
  std::string tzid;
  std::shared_ptr<const Zone> zone;
};

// Reads the zone that a VTIMEZONE defines (RFC 5545 section 3.6.5), up to the year 2100; what holds then holds on.
// invalid_input where it has no TZID or no usable STANDARD or DAYLIGHT rule.
Result<NamedZone> read_vtimezone(const IcalBlock& block);

}  // namespace almanac::calendar

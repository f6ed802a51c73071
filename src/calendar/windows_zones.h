#pragma once

#include <string_view>

namespace almanac::calendar {

// The IANA name of a zone as Windows, Outlook and Exchange call it: by its key ("Eastern Standard Time"), by the text
// they show ("(UTC-05:00) Eastern Time (US & Canada)"), with the number that Outlook adds to copies of a zone ("Eastern
// Standard Time 1"), in any case. What they show of the United States and Canada may lack the country ("Pacific Time").
// Empty for every other name: an offset in front is never taken for the zone.
//
// The zones are those of territory 001 in Unicode CLDR's windowsZones.xml (2025).
std::string_view windows_zone(std::string_view name);

}  // namespace almanac::calendar

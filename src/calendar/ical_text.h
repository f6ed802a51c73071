#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "calendar/calendar.h"
#include "core/result.h"

namespace almanac::calendar {

// One component of an iCalendar as text: unfolded lines from its BEGIN to its END.
struct IcalBlock {
  std::size_t line = 0;  // of BEGIN in the file, from 1
  std::string text;
};

// One VCALENDAR, taken apart.
struct IcalText {
  std::vector<std::string> properties;  // unfolded lines of the calendar itself
  std::vector<IcalBlock> zones;         // VTIMEZONE, whole
  std::vector<IcalBlock> events;        // VEVENT: what a decision is made of, without what nests in it (alarms)
  std::size_t cut_off = 0;              // VEVENTs without an end
  bool ends = false;                    // END:VCALENDAR was there
  std::vector<std::string> ignored;     // kinds of other components, one for each
};

// Takes an iCalendar file in UTF-8, UTF-16 or Windows-1252 apart line by line (ical_lines.h), so that each component is
// parsed alone: an event that is cut off or damaged costs itself, not the file. Components without an end are reported
// to `problems` and left out. Lines that are no properties (of a description that was not folded) are passed over; only
// known components, and words that are ended somewhere, begin one. invalid_input where the text is no iCalendar at all.
Result<std::vector<IcalText>> split_icalendar(std::string_view text, std::string_view name,
                                              std::vector<Problem>& problems);

// "SUMMARY" of "summary;LANGUAGE=fr:Soldes": the upper-case name in front of the first ';' or ':'.
std::string property_name(std::string_view line);
// The value of the line's TZID parameter, without quotes; empty where it has none.
std::string_view tzid_parameter(std::string_view line);
// What stands after the first ':' that no double quotes enclose; empty where there is none.
std::string_view property_value(std::string_view line);

}  // namespace almanac::calendar

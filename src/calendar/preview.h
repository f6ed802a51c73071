#pragma once

#include <functional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "core/time.h"

namespace almanac::calendar {

// What a group expects of an event, in words; empty where it expects nothing of its own. Without a group nothing is
// known but what the calendar says.
using ExpectedWords = std::function<std::string(const Event& event)>;

// What `almanac calendar preview` prints: a table of the events that overlap `range`, each in the calendar's local time
// and in UTC, with the windows of its phases (phases.h) and what its author expects of it; whether the sale switch is
// on; then everything that could not be used, with its place, and what is used with a doubt. `now` marks events that
// are running. Ends with a newline.
std::string preview_text(const Calendar& calendar, TimeRange range, Timestamp now, const ExpectedWords& expected = {});

// The same as one JSON object, indented, times in ISO 8601 UTC beside the local ones:
//   {"timezone", "from", "to", "is_sale_active"?, "events": [{"uid", "name", "kind", "all_day", "start", "end",
//    "local_start", "local_end", "phase", "phases": {"near_from", "opening_until", "closing_from", "near_until"},
//    "expected_uplift"?, "expected"?: words, "minimum_instances"?}], "left_out": entries that could not be used,
//    "problems": [{"where", "message", "lost"}]}
// Keys marked ? are absent where the calendar says nothing. `more` stands after the calendar's own problems: what is
// only known of a group.
std::string preview_json(const Calendar& calendar, TimeRange range, Timestamp now, const ExpectedWords& expected = {},
                         const std::vector<Problem>& more = {});

}  // namespace almanac::calendar

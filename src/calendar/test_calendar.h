#pragma once

// iCalendar texts for tests, and what was understood of calendars in a form that a test can compare.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "calendar/calendar.h"

namespace almanac::calendar {

// Components around property lines, each of which ends in "\r\n". The body of vcalendar() begins at line 4.
inline std::string vcalendar(const std::string& body) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\n" + body + "END:VCALENDAR\r\n";
}
inline std::string vevent(const std::string& body) {
  return "BEGIN:VEVENT\r\n" + body + "END:VEVENT\r\n";
}

// A calendar file of whatever format, which must be readable.
inline Calendar read(std::string_view text, std::string_view name = "shop.ics") {
  const auto calendar = Calendar::parse(text, name);
  EXPECT_TRUE(calendar.has_value()) << (calendar ? "" : calendar.error().message);
  return calendar.value_or(Calendar{});
}

// "name 2026-01-05T08:00:00Z 2026-01-05T10:00:00Z" of everything between two times.
inline std::vector<std::string> listed(const Calendar& calendar, std::string_view from = "1990-01-01",
                                       std::string_view to = "2050-01-01") {
  std::vector<std::string> result;
  for (const Event& event : calendar.between({*parse_timestamp(from), *parse_timestamp(to)}))
    result.push_back(event.name + " " + format_timestamp(event.span.start) + " " + format_timestamp(event.span.end));
  return result;
}

// "name 01-05T08:00 10:00" of all occurrences in 2026, in UTC; "name 01-05T22:00 01-06T01:00" of those that end on
// another day.
inline std::vector<std::string> in_2026(const Calendar& calendar) {
  std::vector<std::string> result;
  for (const Event& event : calendar.between({*parse_timestamp("2026-01-01"), *parse_timestamp("2027-01-01")})) {
    const std::string start = format_timestamp(event.span.start).substr(5, 11);
    const std::string end = format_timestamp(event.span.end).substr(5, 11);
    const bool one_day = start.substr(0, 5) == end.substr(0, 5);
    result.push_back(event.name + " " + start + " " + (one_day ? end.substr(6) : end));
  }
  return result;
}

// "shop.ics: VEVENT 1 (line 4): no DTSTART" of everything that is amiss.
inline std::vector<std::string> problems(const Calendar& calendar) {
  std::vector<std::string> result;
  for (const Problem& problem : calendar.problems()) result.push_back(problem.where + ": " + problem.message);
  return result;
}

}  // namespace almanac::calendar

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/event.h"
#include "core/result.h"

namespace almanac::calendar {

// Something in a calendar that could not be used, or was used with a doubt; the rest of the calendar is.
struct Problem {
  std::string where;    // "shop.json: entry 3 ("Black Friday"): end", "shop.ics: VEVENT sale-7@shop (line 12): RRULE"
  std::string message;  // what was found, what was expected, and what was done about it
};

// A business calendar: entries with zones and recurrences, expanded on demand. Immutable, cheap to copy, thread-safe.
//
// Local times. A local time that a clock change repeats means its first occurrence; one that it skips is moved forward
// by the length of the gap (02:30 becomes 03:30). Both follow RFC 5545, section 3.3.5.
//
// Recurrences repeat by the wall clock: a weekly sale at 09:00 stays at 09:00 when daylight saving begins. Their ends
// do too (22:00 to 06:00 ends at 06:00), except for hours, minutes and seconds of an iCalendar DURATION, which are
// elapsed time. A rule may start an event at most 24 times a day, and an event that repeats lasts at most 31 days; what
// breaks this is a problem and happens once. Nothing repeats from the year 2200 on.
//
// All-day events (bare dates) last from local midnight to local midnight in the calendar's zone; their end date is the
// first day after the event, in JSON as in iCalendar.
class Calendar {
 public:
  Calendar();  // no entries

  // `name` (a file name or URL) is used in messages. Fails with invalid_input only where nothing can be read at all
  // (not JSON, not iCalendar, empty), naming line and column; malformed entries become problems().
  //
  // JSON is {"is_sale_active": 0|1} or {"timezone", "events": [...]} or both (docs/formats.md). Of an event, "start" is
  // required, and "end" unless the start is a bare date. Times with Z or an offset are absolute, others local in
  // "timezone" (UTC when not given). An "rrule" repeats in "timezone" whichever way the start is written. "exdate" is a
  // time or date, or a list of them; a date excludes what starts on that day. "expected_uplift" is a number above 0 and
  // up to 1000: 3 means three times the usual peak. "minimum_instances" is a whole number from 0 to 100,000.
  static Result<Calendar> parse_json(std::string_view text, std::string_view name);

  // Uses VEVENT: DTSTART, DTEND or DURATION, RRULE, RDATE, EXDATE, RECURRENCE-ID, STATUS:CANCELLED, SUMMARY (name),
  // CATEGORIES (the first is the kind), SEQUENCE, X-ALMANAC-EXPECTED-UPLIFT and X-ALMANAC-MINIMUM-INSTANCES (as in
  // JSON). A TZID is an IANA name or else defined by a VTIMEZONE in the same VCALENDAR; times without a zone, and
  // dates, belong to X-WR-TIMEZONE (UTC when not given). A recurrence of times in UTC repeats in UTC (RFC 5545).
  static Result<Calendar> parse_icalendar(std::string_view text, std::string_view name);

  // Chooses by the first character that is not white space: '{' is JSON, otherwise iCalendar.
  static Result<Calendar> parse(std::string_view text, std::string_view name);

  // A calendar of given occurrences (tests, the demo's generator). Empty spans and an unknown zone become problems.
  static Calendar of(std::vector<Event> events, std::string_view timezone = "UTC");

  // All entries and problems of several calendars; the first one's time zone. The switch is on where any is on.
  static Calendar merge(const std::vector<Calendar>& calendars);

  // Occurrences that overlap `range`, by start then name; an empty range has none. Recurrences are expanded only as far
  // as asked, and a rule that began decades ago costs no more than one that began yesterday.
  std::vector<Event> between(TimeRange range) const;

  // The plain switch {"is_sale_active": 1}; empty where the calendar has none.
  std::optional<bool> sale_switch() const;
  // IANA name of the zone people of this calendar live in; "UTC" when not given.
  const std::string& timezone() const;
  const std::vector<Problem>& problems() const;
  // How many entries could not be used at all: what they announced is not known. Each is among the problems.
  std::size_t left_out() const;

  // `t` in the calendar's zone: "Fri 2026-11-27 09:00 CET".
  std::string local_time(Timestamp t) const;
  // Local minus UTC at `t`: forecasts learn seasons in local civil time, which daylight saving does not shift.
  Duration utc_offset(Timestamp t) const;

 private:
  struct Data;
  std::shared_ptr<const Data> data_;
};

}  // namespace almanac::calendar

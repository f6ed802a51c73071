#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/event.h"
#include "core/result.h"

namespace almanac::calendar {

class Zone;

// Something in a calendar that could not be used, or was used with a doubt; the rest of the calendar is. What changes
// no decision (an empty description, a place that cannot be read) is no problem.
struct Problem {
  std::string where;    // "shop.json: entry 3 ("Black Friday"): end", "shop.ics: VEVENT sale-7@shop (line 12): RRULE"
  std::string message;  // what was found, what was expected, and what was done about it
  // An event, an occurrence, or something that is said of one is not in use: people must hear of it. False: all is in
  // use, though perhaps not as it was meant.
  bool lost = true;
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
//
// Zones. A date, and a time without a zone, belong to: the TZID on the property; the zone that the file states
// ("timezone", X-WR-TIMEZONE); the only zone that the file names (its VTIMEZONEs and TZIDs) beside UTC; the group's
// zone, where the caller knows one. Where none of them is known it is UTC, and a problem that is not `lost` says so.
class Calendar {
 public:
  Calendar();  // no entries

  // `name` (a file name or URL) is used in messages. Fails with invalid_input only where nothing can be read at all
  // (not JSON, not iCalendar, empty), naming line and column; malformed entries become problems().
  //
  // JSON is {"is_sale_active": 0|1} or {"timezone", "events": [...]} or both, or only the list of events
  // (docs/formats.md). Of an event, "start" is
  // required, and "end" unless the start is a bare date. Times with Z or an offset are absolute, others local in
  // "timezone". An "rrule" repeats in "timezone" whichever way the start is written. "exdate" is a time or date, or a
  // list of them; a date excludes what starts on that day. "expected_uplift" is a number above 0 and up to 1000: 3
  // means three times the usual peak. "minimum_instances" is a whole number from 0 to 100,000.
  static Result<Calendar> parse_json(std::string_view text, std::string_view name,
                                     const std::shared_ptr<const Zone>& group_zone = nullptr);

  // Uses VEVENT: DTSTART, DTEND or DURATION, RRULE, RDATE, EXDATE, RECURRENCE-ID, STATUS, SUMMARY (name), CATEGORIES
  // (the first is the kind), SEQUENCE, X-ALMANAC-EXPECTED-UPLIFT and X-ALMANAC-MINIMUM-INSTANCES (as in JSON),
  // METHOD:CANCEL. What a TZID means: ical_zone_names.h; encodings and line ends: ical_lines.h; how several VEVENTs of
  // one UID go together: docs/formats.md. A recurrence of times in UTC repeats in UTC (RFC 5545).
  static Result<Calendar> parse_icalendar(std::string_view text, std::string_view name,
                                          const std::shared_ptr<const Zone>& group_zone = nullptr);

  // Unpacks gzip (calendar/gzip.h) and chooses by the first character that is not white space: '{' or '[' is JSON,
  // otherwise iCalendar, unless the name ends in .json.
  static Result<Calendar> parse(std::string_view text, std::string_view name,
                                const std::shared_ptr<const Zone>& group_zone = nullptr);

  // A calendar of given occurrences (tests, the demo's generator). Empty spans and an unknown zone become problems.
  static Calendar of(std::vector<Event> events, std::string_view timezone = "UTC");

  // All entries and problems of several calendars. Its zone is `group_zone`, else zone_of(calendars), else UTC. The
  // switch is on where any is on.
  static Calendar merge(const std::vector<Calendar>& calendars,
                        const std::shared_ptr<const Zone>& group_zone = nullptr);

  // The zone of the first calendar that states one, else of the first that names only one; null where none does. A
  // calendar without a zone decides none, wherever it stands.
  static std::shared_ptr<const Zone> zone_of(const std::vector<Calendar>& calendars);

  // Occurrences that overlap `range`, by start then name; an empty range has none. Recurrences are expanded only as far
  // as asked, and a rule that began decades ago costs no more than one that began yesterday.
  std::vector<Event> between(TimeRange range) const;

  // The plain switch {"is_sale_active": 1}; empty where the calendar has none.
  std::optional<bool> sale_switch() const;
  // IANA name of the zone people of this calendar live in; "UTC" where none is known.
  const std::string& timezone() const;
  // Something in it was read in UTC because no zone is known: with the group's zone it reads otherwise.
  bool lacks_zone() const;
  // What the file lacks at its end ("the file ends before END:VCALENDAR"); empty where it is whole. What is complete is
  // used, and the rest is among the problems.
  const std::string& cut_off() const;
  // What is lost first, each in the file's order.
  const std::vector<Problem>& problems() const;
  // How many entries could not be used at all: what they announced is not known. Each is among the problems.
  std::size_t left_out() const;

  // `t` in the calendar's zone: "Fri 2026-11-27 09:00 CET".
  std::string local_time(Timestamp t) const;
  // Local minus UTC at `t`: forecasts learn seasons in local civil time, which daylight saving does not shift.
  Duration utc_offset(Timestamp t) const;

 private:
  static Result<Calendar> parse_plain(std::string_view text, std::string_view name,
                                      const std::shared_ptr<const Zone>& group_zone);

  struct Data;
  std::shared_ptr<const Data> data_;
};

}  // namespace almanac::calendar

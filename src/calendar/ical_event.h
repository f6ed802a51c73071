#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calendar/entry.h"
#include "calendar/ical_text.h"
#include "calendar/ical_zone_names.h"
#include "calendar/zone.h"

namespace almanac::calendar {

// A time property with the zone that its wall clock belongs to.
struct IcalMoment {
  LocalTime local;  // in `zone`
  std::shared_ptr<const Zone> zone;
  bool is_date = false;
  bool floating = false;  // no zone of its own: the zone is the calendar's

  Timestamp utc() const { return zone->to_utc(local); }
};

// A value of RDATE or EXDATE.
struct IcalDate {
  IcalMoment moment;
  std::optional<Length> length;  // of a period (RDATE;VALUE=PERIOD)
  std::string text;              // the property as written, for messages
};

// A VEVENT as read, before changes are joined to the series they change.
struct Draft {
  std::string where;     // "VEVENT sale-7@shop (line 12)"
  std::size_t line = 0;  // of its BEGIN
  Entry entry;
  std::optional<Timestamp> start;  // of its first occurrence, of a cancelled one too; empty: not known
  int sequence = 0;
  std::optional<Timestamp> last_modified;
  std::optional<Timestamp> stamp;  // DTSTAMP
  bool cancelled = false;
  bool by_method = false;  // cancelled by the METHOD of its VCALENDAR
  bool usable = true;      // has a span
  bool floats = false;     // the start has no zone of its own
  bool has_kind = false;
  bool has_name = false;
  std::optional<IcalMoment> replaces;  // RECURRENCE-ID
  bool this_and_future = false;        // its RANGE
  std::vector<std::string> rules;
  std::vector<IcalDate> listed;    // RDATE
  std::vector<IcalDate> excluded;  // EXDATE
};

// What a component's VCALENDAR says of it.
struct IcalContext {
  std::string_view name;             // of the file, for messages
  std::shared_ptr<const Zone> zone;  // of times without one; null: given but not known
  ZoneNames& zones;
  bool cancels = false;                        // METHOD:CANCEL
  std::shared_ptr<const Zone> days_zone = {};  // of days where `zone` is not known; null: none
};

// Reads one VEVENT; empty where it is no component at all. What cannot be used is reported to `problems`.
std::optional<Draft> read_vevent(const IcalBlock& block, const IcalContext& context, std::vector<Problem>& problems);

// Joins what was read of a file to entries: the latest revision of each, changes and cancellations of occurrences in
// the series they belong to.
std::vector<Entry> join_drafts(std::vector<Draft> drafts, std::string_view name, std::vector<Problem>& problems);

}  // namespace almanac::calendar

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
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

// A VEVENT as read, before changes are joined to the series they change.
struct Draft {
  std::string where;  // "VEVENT sale-7@shop (line 12)"
  Entry entry;
  int sequence = 0;
  bool cancelled = false;
  bool usable = true;   // has a span
  bool floats = false;  // the start has no zone of its own
  bool has_kind = false;
  bool has_name = false;
  std::optional<IcalMoment> replaces;  // RECURRENCE-ID
  std::vector<std::string> rules;
  std::vector<std::pair<IcalMoment, std::string>> extra;     // RDATE, as written
  std::vector<std::pair<IcalMoment, std::string>> excluded;  // EXDATE, as written
};

// What a component's VCALENDAR says of it.
struct IcalContext {
  std::string_view name;             // of the file, for messages
  std::shared_ptr<const Zone> zone;  // of times without one; null: given but not known
  ZoneNames& zones;
};

// Reads one VEVENT; empty where it is no component at all. What cannot be used is reported to `problems`.
std::optional<Draft> read_vevent(const IcalBlock& block, const IcalContext& context, std::vector<Problem>& problems);

// Joins what was read of a file to entries: the latest revision of each, changes and cancellations of occurrences in
// the series they belong to.
std::vector<Entry> join_drafts(std::vector<Draft> drafts, std::string_view name, std::vector<Problem>& problems);

}  // namespace almanac::calendar

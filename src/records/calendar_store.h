#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "core/result.h"
#include "ports/object_store.h"
#include "records/record.h"

namespace almanac::records {

// A calendar that does not live in the store: a local file or a URL.
struct CalendarFeed {
  std::string name;                           // in messages: the path
  std::function<Result<std::string>()> read;  // its bytes
  bool remote = false;                        // reading it asks somebody else's server
  std::function<void()> distrust = {};        // what was read last is not used: ask for all of it the next time
};

// A calendar of nonsense must not fill every line of the ledger: so many conditions name one entry each, one more names
// all the rest. `notices` name all.
inline constexpr std::size_t kConditionsKept = 20;

// A calendar without anything of what was to come counts as emptied on purpose when it has stayed so for this long.
inline constexpr Duration kEmptiedOnPurpose = kDay;
// What is gone from a calendar that is otherwise in use is said for this long.
inline constexpr Duration kLossIsSaidFor = kDay;

struct LoadedCalendar {
  calendar::Calendar calendar;            // everything that could be read, merged
  std::vector<std::string> sources;       // what it was read from, in order
  std::vector<calendar::Calendar> parts;  // as `sources`: each by itself
  // Calendars that could not be read, and what stands in for them; then what is lost of the others; then what is in use
  // with a doubt.
  std::vector<std::string> notices;
  std::vector<Condition> conditions;  // of kinds calendar_stale and event_not_applied
  bool complete = true;               // false: something is lost altogether, so "no event" is not known
};

// Loads a group's calendar: <group>/business_calendar.json and every <group>/*.ics of the store, then the feeds. None
// of them is ever replaced by less without a word: calendars never fail silently.
//
// - A calendar that cannot be read (gone, no calendar, no answer) keeps its last good copy
//   (<group>/calendar/last_good/) and says so in `notices` and `conditions`.
// - So does one that is cut off (a file without its end, an event without END:VEVENT), unless its copy was, too.
// - So does one that had something to come and suddenly has nothing of it, whatever else it has, or a file of the store
//   that is no longer there; if it stays so for kEmptiedOnPurpose, it was meant, and is in use with a word.
// - So does one whose events are there without any of the minimums, or of the uplifts, that were stated for them.
// - One that loses some of what was to come, or states less of it (a smaller minimum or uplift, a nearer end), is in
// use;
//   how many and which is said for kLossIsSaidFor.
//
// Since when it is so lies beside the copy (records/calendar_watch.h).
//
// Dates and times without a zone take `zone_name`, else the zone of the first calendar that states one.
class CalendarStore {
 public:
  // Whether load() keeps a copy of what it could read. A command that only looks keeps none: what it saw must not
  // become what a later tick falls back to.
  enum class Copies { kept, untouched };

  // `zone_name`: IANA name of the group's zone; empty where it is not set.
  CalendarStore(ports::ObjectStore& store, std::string group, std::vector<CalendarFeed> feeds = {},
                std::optional<std::string> zone_name = {}, Copies copies = Copies::kept)
      : store_(store),
        group_(std::move(group)),
        feeds_(std::move(feeds)),
        zone_name_(std::move(zone_name)),
        copies_(copies) {}

  // Fails only where the store cannot be listed.
  Result<LoadedCalendar> load(Timestamp now);

  // The same for those who only look: nothing is written, and a remote feed is what it was when load() read it last.
  Result<LoadedCalendar> recall(Timestamp now);

  // The same as load(), for somebody who says that the calendars are right as they are now: what load() holds back is
  // in use from here on. What cannot be read at all keeps its last good copy.
  Result<LoadedCalendar> accept(Timestamp now);

 private:
  enum class Purpose { use, look, accept };
  class Reader;

  Result<LoadedCalendar> collect(Timestamp now, Purpose purpose);

  ports::ObjectStore& store_;
  std::string group_;
  std::vector<CalendarFeed> feeds_;
  std::optional<std::string> zone_name_;
  Copies copies_;
};

}  // namespace almanac::records

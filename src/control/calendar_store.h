#pragma once

#include <functional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "control/record.h"
#include "core/result.h"
#include "ports/object_store.h"

namespace almanac::control {

// A calendar that does not live in the store: a local file (later a URL).
struct CalendarFeed {
  std::string name;                           // in messages: the path
  std::function<Result<std::string>()> read;  // its bytes
  bool remote = false;                        // reading it asks somebody else's server
};

// A calendar of nonsense must not fill every line of the ledger: `notices` name all, conditions the first so many.
inline constexpr std::size_t kConditionsKept = 20;

struct LoadedCalendar {
  calendar::Calendar calendar;            // everything that could be read, merged
  std::vector<std::string> sources;       // what it was read from, in order
  std::vector<calendar::Calendar> parts;  // as `sources`: each by itself
  std::vector<std::string> notices;       // feeds that could not be read, and what stands in for them
  std::vector<Condition> conditions;      // of kinds event_not_applied (at most kConditionsKept) and calendar_stale
  bool complete = true;                   // false: something is lost altogether, so "no event" is not known
};

// Loads a group's calendar: <group>/business_calendar.json and every <group>/*.ics of the store, then the feeds. A feed
// that was there and cannot be read or parsed keeps its last good copy (<group>/calendar/last_good/) and says so in
// `notices`; calendars never fail silently. Entries that could not be used are notices too.
class CalendarStore {
 public:
  // Whether load() keeps a copy of what it could read. A command that only looks keeps none: what it saw must not
  // become what a later tick falls back to.
  enum class Copies { kept, untouched };

  CalendarStore(ports::ObjectStore& store, std::string group, std::vector<CalendarFeed> feeds = {},
                Copies copies = Copies::kept)
      : store_(store), group_(std::move(group)), feeds_(std::move(feeds)), copies_(copies) {}

  // Fails only where the store cannot be listed.
  Result<LoadedCalendar> load();

  // The same for those who only look: nothing is written, and a remote feed is what it was when load() read it last.
  Result<LoadedCalendar> recall();

 private:
  Result<LoadedCalendar> collect(bool looking);
  void add(const std::string& name, const Result<std::string>& bytes, LoadedCalendar& loaded, bool looking);
  std::string last_good_key(const std::string& name) const;

  ports::ObjectStore& store_;
  std::string group_;
  std::vector<CalendarFeed> feeds_;
  Copies copies_;
};

}  // namespace almanac::control

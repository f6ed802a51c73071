#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/calendar.h"
#include "calendar/event.h"
#include "calendar/recurrence.h"
#include "calendar/zone.h"

namespace almanac::calendar {

// How long an occurrence lasts: `civil` is added on the wall clock (a sale from 22:00 to 06:00 ends at 06:00 in the
// night the clocks change, too), `exact` in elapsed time after that.
struct Length {
  Duration civil{0};
  Duration exact{0};
};

// An occurrence that is listed rather than ruled (RDATE), with a length of its own.
struct Listed {
  LocalTime start;  // on the wall of the entry's zone
  TimeRange span;
  bool own_length = false;  // a period: a change of the series moves it, but its length stays
};

// From one of the series' own starts on, its occurrences are different (RANGE=THISANDFUTURE).
struct Change {
  LocalTime from;                    // the first own start that is changed
  Duration shift{0};                 // on the wall clock, from an own start to where it happens now
  std::shared_ptr<const Zone> zone;  // whose wall clock that is
  Length length;
  Event labels;            // everything but the span
  bool cancelled = false;  // nothing happens from then on
};

// One calendar entry as the readers understand it, before expansion. Its OWN starts are those of its start, rules and
// listed occurrences; exclusions and changes refer to them.
struct Entry {
  Event first;                       // the first occurrence, in absolute time; later ones copy everything but the span
  std::shared_ptr<const Zone> zone;  // whose wall clock the repetition follows
  LocalTime start;                   // of the first occurrence, in `zone`
  Length length;
  std::vector<Recurrence> rules;         // this and `listed` empty: the entry happens once
  std::vector<Listed> listed;            // where one starts with a ruled occurrence, the listed one counts
  std::vector<Change> changes;           // ascending by `from`
  std::vector<Timestamp> excluded;       // own starts that do not happen or were moved, sorted
  std::vector<LocalTime> excluded_days;  // midnights of civil days without own starts, sorted

  bool recurring() const { return !rules.empty() || !listed.empty(); }
};

// What a reader found in a calendar file.
struct Contents {
  // Where `zone` is from: a file that gives none decides none for its group.
  enum class ZoneFrom { nowhere, only_zone_named, stated };
  std::shared_ptr<const Zone> zone = Zone::utc();
  ZoneFrom zone_from = ZoneFrom::nowhere;
  bool lacks_zone = false;  // something was read in UTC for want of a zone
  std::string cut_off;      // what the file lacks at its end
  std::optional<bool> sale_switch;
  std::vector<Entry> entries;
  std::vector<Problem> problems;
  std::size_t left_out = 0;  // entries that could not be used at all
};

// `group_zone` may be null: not known.
Result<Contents> read_json(std::string_view text, std::string_view name, const std::shared_ptr<const Zone>& group_zone);
Result<Contents> read_icalendar(std::string_view text, std::string_view name,
                                const std::shared_ptr<const Zone>& group_zone);

// Recurrences end here; the last year of the zone rules that anyone can know lies long before.
inline constexpr Timestamp kEndOfTime = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};

// Nothing recurs for longer than this, so that a look back from any time stays short.
inline constexpr Duration kLongestRecurring = 31 * kDay;

// "3" means three times the usual peak: above 0, and beyond this a typing error rather than a plan.
inline constexpr double kLargestUplift = 1000;
inline constexpr int kLargestMinimum = 100'000;

// Adds a rule to an entry whose start, span and length are known. A rule that is refused leaves the entry as it is (it
// happens once) and is reported. False where the rule does not give the entry's own start: what that means is for the
// format to say.
bool add_rule(Entry& entry, std::string_view rule, const std::function<void(std::string message)>& report);

// Start and length in `zone` as an absolute span. Where clock changes would leave nothing of it (a start moved out of a
// gap past its end), the civil length is added in elapsed time instead.
TimeRange span_at(LocalTime start, const Length& length, const Zone& zone);

// Occurrences that START in [starts.start, starts.end), ascending; exclusions are honoured.
std::vector<Event> expand(const Entry& entry, TimeRange starts);

// An own start, on the wall of the entry's zone and in absolute time.
struct OwnStart {
  LocalTime local;
  Timestamp utc;
};

// The own start whose occurrence begins exactly then, or on that civil day, exclusions aside: own starts are asked
// first, then where changes have moved them. Empty where none does: an exception that meets none is a mistake.
std::optional<OwnStart> own_start_at(const Entry& entry, Timestamp start);
std::optional<OwnStart> own_start_on(const Entry& entry, LocalTime midnight);

// What the occurrence of an own start is called, and all else but its span.
const Event& labels_of(const Entry& entry, LocalTime own_start);

// True where no occurrence starts at `t` or later.
bool ends_before(const Entry& entry, Timestamp t);

// True where an occurrence starts exactly then, exclusions aside.
bool occurs_at(const Entry& entry, Timestamp start);
bool occurs_on(const Entry& entry, LocalTime midnight);

}  // namespace almanac::calendar

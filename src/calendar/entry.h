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

// One calendar entry as the readers understand it, before expansion.
struct Entry {
  Event first;                       // the first occurrence, in absolute time; later ones copy everything but the span
  std::shared_ptr<const Zone> zone;  // whose wall clock the repetition follows
  LocalTime start;                   // of the first occurrence, in `zone`
  Length length;
  std::vector<Recurrence> rules;         // both empty: the entry happens once
  std::vector<LocalTime> more_starts;    // RDATE
  std::vector<Timestamp> excluded;       // starts that do not happen or were moved, sorted
  std::vector<LocalTime> excluded_days;  // midnights of civil days without occurrences, sorted

  bool recurring() const { return !rules.empty() || !more_starts.empty(); }
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

// Nothing recurs for longer than this, so that a look back from any time stays short.
inline constexpr Duration kLongestRecurring = 31 * kDay;

// "3" means three times the usual peak: above 0, and beyond this a typing error rather than a plan.
inline constexpr double kLargestUplift = 1000;
inline constexpr int kLargestMinimum = 100'000;

// Adds a rule to an entry whose start, span and length are known. A rule that is refused leaves the entry as it is (it
// happens once) and is reported, as is a rule that the entry's own start does not match.
void add_rule(Entry& entry, std::string_view rule, const std::function<void(std::string message)>& report);

// Start and length in `zone` as an absolute span. Where clock changes would leave nothing of it (a start moved out of a
// gap past its end), the civil length is added in elapsed time instead.
TimeRange span_at(LocalTime start, const Length& length, const Zone& zone);

// Occurrences that START in [starts.start, starts.end), ascending; exclusions are honoured.
std::vector<Event> expand(const Entry& entry, TimeRange starts);

// True where an occurrence starts exactly then, exclusions aside: an exception that meets none is a mistake.
bool occurs_at(const Entry& entry, Timestamp start);
bool occurs_on(const Entry& entry, LocalTime midnight);

}  // namespace almanac::calendar

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "core/time.h"

namespace almanac::records {

// What comes is looked at so far ahead: a yearly event is always among it.
inline constexpr Duration kComingAhead = 400 * kDay;

// What a new version of a calendar no longer says of the time to come.
struct CalendarLoss {
  std::size_t coming_before = 0;  // occurrences that end after now
  std::size_t coming_after = 0;
  std::vector<calendar::Event> gone;      // of those before, by start
  std::vector<calendar::Event> stripped;  // still there, without the minimum or uplift that was stated for them
  // Still there, of a smaller minimum or uplift, or ending sooner; in words: "Sale (2026-11-27T08:00:00Z): minimum 12
  // -> 1".
  std::vector<std::string> lessened;
  // Of events that are still there, all that state a minimum lost it, or all that state an uplift. People change one or
  // two; a feed that no longer sends the property, or sends it unreadable, loses all.
  bool all_stripped = false;
  bool switch_gone = false;  // the switch is_sale_active was stated, and is not any more

  // Nothing is left of what was to come. Something else that is new does not make up for it: a link that expired is
  // answered with an event that says so.
  bool all() const { return coming_before > 0 && gone.size() == coming_before; }
  bool nothing() const { return gone.empty() && stripped.empty() && lessened.empty() && !switch_gone; }
};

// An occurrence is still there where one of the same name starts at the same time, or where its UID has another that is
// new: it was moved. What is over is not missed.
CalendarLoss loss_between(const calendar::Calendar& before, const calendar::Calendar& after, Timestamp now);

// "2 of the 3 events to come are gone from it: Sale 2 (2026-11-27T08:00:00Z), Sale 3 (...)".
std::string describe(const CalendarLoss& loss);

// "Sale 2 (2026-11-27T08:00:00Z), Sale 3 (...) and 4 more".
std::string names_of(const std::vector<calendar::Event>& events);

}  // namespace almanac::records

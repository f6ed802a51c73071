#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "calendar/calendar.h"
#include "core/time.h"
#include "forecast/event_analogue.h"
#include "forecast/history.h"

namespace almanac::forecast {

// How long before and after an event load is not ordinary.
inline constexpr Duration kBeforeEvent{90 * 60};
inline constexpr Duration kAfterEvent{2 * kHour};

// What load is usual at a time of the week, from the weeks before it. All in logarithms of the highest 1-minute demand
// over windows of whole intervals, of busy instances; kMissing where unknown.
//
// usual(i) is the median of the same local time a week, two, three and four weeks before, as far as those are known and
// no event was near; with fewer than two of them, of the same time on the days of the last four weeks that are alike
// (working days, weekends); with fewer than two of those, on any day. Nothing of the seven days before `i` is used
// where weeks suffice, so past values are what would have been said a week ahead.
class Profile {
 public:
  // `history` must outlive the profile, which computes what it is asked for and keeps it: for one
  // thread. Indices are the history's, and go on after its end for `ahead`.
  Profile(const History& history, const EventIndex& events, const calendar::Calendar& calendar, Duration window,
          Duration ahead);

  std::size_t known() const { return known_; }  // indices below have passed
  std::size_t size() const { return near_.size(); }
  std::size_t per_day() const { return per_day_; }
  Timestamp time_at(std::size_t i) const { return history_.time_at(i); }
  std::size_t index_of(Timestamp t) const;

  double actual(std::size_t i) const;
  bool near_event(std::size_t i) const { return near_[i]; }
  double usual(std::size_t i) const;

  // How far the seven days before `end` lay above what was usual, by the median away from events; 0 when unknown.
  double level(std::size_t end) const;
  // The same of the hour before `end`, by the mean, where no event was near in it; else level(end).
  double today(std::size_t end) const;

 private:
  // Whether the interval `back` before `i` may be compared with it, and its index.
  void look(std::size_t i, std::size_t days_back, std::vector<double>& found) const;

  int offset(std::size_t i) const;  // local minus UTC, in intervals

  const History& history_;
  calendar::Calendar calendar_;
  std::size_t per_day_;
  std::size_t steps_ = 1;  // of a window
  std::size_t known_ = 0;
  std::vector<bool> near_;
  // Once computed.
  mutable std::vector<double> windows_, usual_;
  mutable std::vector<bool> looked_, computed_;
  mutable std::vector<int> offset_;  // by hour
};

// Median of values, which are reordered; kMissing of none.
double median(std::vector<double>& values);

}  // namespace almanac::forecast

#pragma once

#include <optional>
#include <vector>

#include "calendar/event.h"
#include "core/time.h"

namespace almanac::forecast {

// What earlier events did at the same phase: a weighted summary of log(peak / base) over earlier events of the same or
// a kindred kind. `weight` 0 means that no event is near, or that none before it can be compared.
struct Analogue {
  double mean = 0;
  double high = 0;    // the largest among the ten most telling ones
  double spread = 0;  // weighted standard deviation
  double weight = 0;  // sum of weights, about 6 for one event of the same kind and hour
};

// A calendar's events in time order, with the ranks and kinships that comparing them needs.
class EventIndex {
 public:
  explicit EventIndex(std::vector<calendar::Event> events);

  const std::vector<calendar::Event>& events() const { return events_; }
  bool empty() const { return events_.empty(); }

  // Positions of the events with start - before <= t and t < end + after.
  std::vector<std::size_t> near(Timestamp t, Duration before, Duration after) const;
  // Of those, the one whose start or end is nearest to `t`.
  std::optional<std::size_t> nearest(Timestamp t, Duration before, Duration after) const;

  // How much event `past` tells about event `now`: 0.92 ^ age x kind (same 2, kindred 1, other 0.4) x 3 at the same
  // local hour x 2 when both or neither fall on a weekend. `age` counts events between them.
  double similarity(std::size_t past, std::size_t now) const;

  // The time in event `past` that has the phase `t` has in event `now`: aligned to the start, or past the middle to the
  // end.
  Timestamp same_phase(Timestamp t, std::size_t now, std::size_t past) const;
  // The same, kept within the past event's own half: a short event says nothing of the middle of a long one but what
  // its own middle was.
  Timestamp phase_within(Timestamp t, std::size_t now, std::size_t past) const;

  // Whether the kinds of two events agree up to the first '-'.
  bool kindred(std::size_t a, std::size_t b) const { return kind_stem_[a] == kind_stem_[b]; }

 private:
  std::vector<calendar::Event> events_;  // by start
  std::vector<int> kind_rank_;           // order of the kind's first appearance
  std::vector<std::string> kind_stem_;   // the kind up to its first '-'
  Duration longest_{0};
};

}  // namespace almanac::forecast

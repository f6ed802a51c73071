#pragma once

#include <string>
#include <string_view>

#include "calendar/event.h"
#include "core/time.h"

namespace almanac::calendar {

// Where a time lies relative to one event. Load changes most sharply at an event's edges (kick-off, the final whistle),
// so the edges have phases of their own.
enum class Phase { before, opening, middle, closing, after };

std::string_view to_string(Phase phase);

// An event is said to be near from kNear before its start until kNear after its end.
inline constexpr Duration kNear = 2 * kHour;
// Opening and closing last this long, or a quarter of the event where that is shorter.
inline constexpr Duration kLongestEdge{30 * 60};

// The borders between the phases: near_from <= start < opening_until <= closing_from < end <= near_until. (An event of
// under four seconds has no edges: opening_until = start, closing_from = end.)
struct PhaseWindows {
  Timestamp near_from;
  Timestamp opening_until;  // opening is [start, opening_until)
  Timestamp closing_from;   // middle is [opening_until, closing_from), closing is [closing_from, end)
  Timestamp near_until;

  bool operator==(const PhaseWindows&) const = default;
};

PhaseWindows phase_windows(const TimeRange& span);

struct PhaseAt {
  Phase phase;
  Duration
      distance;  // before: until the start; closing: until the end; after: since the end; otherwise since the start

  bool operator==(const PhaseAt&) const = default;
};

PhaseAt phase_at(const TimeRange& span, Timestamp t);

// "before, 25 minutes to the start", "opening, 10 minutes after the start", "after, 40 minutes since the end". Minutes
// are rounded down; from three hours on, "3 h 20 min", from two days on, "4 days".
std::string describe(const PhaseAt& at);

// describe() with the event's name and kind in front: "Black Friday (sale): opening, 10 minutes after the start".
std::string describe(const Event& event, Timestamp t);

}  // namespace almanac::calendar

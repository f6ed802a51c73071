#pragma once

#include <optional>
#include <vector>

#include "core/time.h"

namespace almanac::adapters::aws {

// A raised minimum that ends by itself, as two one-time scheduled actions of the group: kFloorBegin sets MinSize to the
// raised minimum, kFloorEnd sets it back to the group's own. The names are fixed, so a later decision replaces them,
// and the end action carries the group's own minimum, so that it is known whatever happens to us
// (docs/decisions/0012-floor-by-scheduled-actions.md). Pure.
inline constexpr const char* kFloorBegin = "almanac-floor-begin";
inline constexpr const char* kFloorEnd = "almanac-floor-end";

// A start time must lie in the future; a put takes a second or so.
inline constexpr Duration kFloorAhead{60};
// Auto Scaling may carry an action out this much after its start time, and says so in its guide; a minute for clocks.
inline constexpr Duration kFloorLag{180};
// An end is put this long after the time asked for, and put anew when less than half of it is left: a floor that does
// not change costs a write every few ticks.
inline constexpr Duration kFloorSlack{1800};

struct ScheduledAction {
  Timestamp start;
  int min_size = 0;
};

struct FloorState {
  int min_size = 0;  // the group's MinSize as it stands
  std::optional<ScheduledAction> begin;
  std::optional<ScheduledAction> end;
};

// The minimum that the group's owner wants: what the end action restores, or the present one where it is lower.
int own_minimum(const FloorState& state);

// The raised minimum in force, or about to be; empty when there is none.
std::optional<int> raised_minimum(const FloorState& state, Timestamp now);

struct FloorStep {
  enum class Kind { put_end, put_begin, delete_begin };
  Kind kind;
  ScheduledAction action{};  // to put

  bool operator==(const FloorStep&) const = default;
};

// What to do, in this order, for a minimum of `minimum` from `now` until `until` (see ports::ScalingGroup): nothing
// when it is as it should be. Whichever step is the last that succeeds, an end action stands behind every begin action.
std::vector<FloorStep> plan_floor(const FloorState& state, int minimum, Timestamp now, Timestamp until);

inline bool operator==(const ScheduledAction& a, const ScheduledAction& b) {
  return a.start == b.start && a.min_size == b.min_size;
}

}  // namespace almanac::adapters::aws

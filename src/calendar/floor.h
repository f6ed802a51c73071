#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "calendar/event.h"

namespace almanac::calendar {

// What events ask for at least: decisions, plans and pages all ask here.
struct Floor {
  int minimum = 0;
  std::string event;  // the event that asks; of several that ask for as much, the first

  bool operator==(const Floor&) const = default;
};

// The highest minimum that any of `events` asks for; empty where none asks.
std::optional<Floor> floor_of(std::span<const Event> events);

// The same of those that overlap `window`. For a decision that is its cover window, so a floor stands by the time its
// event begins.
std::optional<Floor> floor_over(std::span<const Event> events, TimeRange window);

// The minimums of `events` that `max` does not allow, each event's once, in words:
//   a minimum of 100 asked for by "launch" is above max 40
std::vector<std::string> floors_above(std::span<const Event> events, int max);

}  // namespace almanac::calendar

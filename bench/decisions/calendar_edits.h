#pragma once

#include <vector>

#include "calendar/event.h"
#include "core/time.h"

namespace almanac::bench {

// How a calendar can be wrong. Each takes the true events and gives those that the calendar claims; events that start
// outside of `range` stay as they are. Events that start together are one occasion: what befalls one befalls all.
// Deterministic. Events in order of their start.

// Every fifth occasion is announced once more, at the same hour of the nearest day on which nothing is within an hour
// of it: a cancelled event, or one entered by mistake. Where no day within a week of it is free nothing is added.
std::vector<calendar::Event> with_mistaken(std::vector<calendar::Event> events, TimeRange range);

// Every fifth occasion, or every one, is an hour early and an hour late in turns.
std::vector<calendar::Event> with_moved(std::vector<calendar::Event> events, TimeRange range);
std::vector<calendar::Event> with_all_moved(std::vector<calendar::Event> events, TimeRange range);

// Every fifth occasion is missing.
std::vector<calendar::Event> with_missing(std::vector<calendar::Event> events, TimeRange range);

}  // namespace almanac::bench

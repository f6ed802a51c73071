#pragma once

#include <span>
#include <string>
#include <vector>

#include "calendar/event.h"

namespace almanac::insight {

// An event that both calendars know and of which the changed one says something else.
struct EditedEvent {
  calendar::Event before, after;
  struct Field {
    std::string name;           // as a calendar file calls it: "start", "expected_uplift"
    std::string before, after;  // ISO times in UTC, numbers; empty: not stated
    bool operator==(const Field&) const = default;
  };
  std::vector<Field> fields;  // those that differ, at least one
};

struct EventChanges {
  std::vector<calendar::Event> added, removed;  // known to one calendar only
  std::vector<EditedEvent> edited;              // by their new start
};

// What `after` says otherwise than `before`. Of the events that differ, those are taken to be the same whose name (of
// one entry, else of any) is the same, the nearest start first, else whose span is: a renamed event.
EventChanges compare_events(std::span<const calendar::Event> before, std::span<const calendar::Event> after);

}  // namespace almanac::insight

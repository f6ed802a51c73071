#pragma once

#include <optional>
#include <string>

#include "core/time.h"

namespace almanac::calendar {

// One occurrence of a calendar entry, in absolute time. A recurring entry gives many.
struct Event {
  std::string uid;   // of the entry; for JSON, "name" made unique
  std::string name;  // what people call it
  std::string kind;  // events of one kind are expected to behave alike; "event" when the entry says nothing
  TimeRange span;
  bool all_day = false;
  std::optional<double> expected_uplift;  // peak demand as a multiple of the usual, > 0; earlier events move it
  std::optional<int> minimum_instances;   // a floor the user wants while the event lasts

  bool operator==(const Event&) const = default;
};

}  // namespace almanac::calendar

#pragma once

#include <optional>
#include <string>

#include "core/result.h"
#include "core/time.h"

namespace almanac::records {

// What is remembered of a calendar between two ticks, beside its last good copy (docs/formats.md).
struct CalendarWatch {
  std::optional<Timestamp>
      emptied_since;  // since when it lost all of what was to come, or was stated of it, and its copy is used
  struct Loss {
    Timestamp at;
    std::string text;
  };
  std::optional<Loss> loss;  // what was gone from the version that came into use at that time

  bool empty() const { return !emptied_since && !loss; }
};

std::string to_json(const CalendarWatch& watch);
// corrupt where the text is none.
Result<CalendarWatch> watch_from_json(const std::string& text);

}  // namespace almanac::records

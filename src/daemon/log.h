#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace almanac::daemon {

enum class Level { debug, info, warning, error };

std::string_view to_string(Level level);

// One line of the log: what happened, to which group, at which tick.
struct LogLine {
  Level level = Level::info;
  std::string message;            // one line
  std::string group;              // empty: the process
  std::optional<Timestamp> tick;  // that it belongs to
  std::optional<double> seconds;  // what it took
};

// Takes lines from any thread.
using Log = std::function<void(const LogLine&)>;

// {"time", "level", "group", "tick", "seconds", "message"}, without what there is not; for machines. Text that is not
// UTF-8 is mended. Both without the line's end, and without control characters.
std::string log_json(const LogLine& line, Timestamp time);
// "2026-11-27T08:00:01Z info  shop 08:00 keeps 12 instances (12 ms)", for people.
std::string log_text(const LogLine& line, Timestamp time, bool colour);

}  // namespace almanac::daemon

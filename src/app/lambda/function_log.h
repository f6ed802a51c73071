#pragma once

#include <string>
#include <string_view>

#include "core/time.h"

namespace almanac::app {

// One line of a function's log: a JSON object that CloudWatch Logs Insights takes apart by itself.
struct LogLine {
  Timestamp time;
  std::string_view level;  // "INFO", "WARN", "ERROR"
  std::string_view work;   // the handler
  std::string_view request_id;
  std::string_view group;  // empty: of the invocation or the process
  std::string_view message;
};

// With a line feed at its end and none within.
std::string to_json(const LogLine& line);

// Writes it to standard error in one piece.
void write_log(const LogLine& line);

}  // namespace almanac::app

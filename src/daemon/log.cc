#include "daemon/log.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace almanac::daemon {
namespace {

// Names come from outside: nothing that moves a terminal's cursor or begins a line.
std::string clean(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = ' ';
  }
  return text;
}

std::string_view colour_of(Level level) {
  switch (level) {
    case Level::debug:
      return "\x1b[2m";
    case Level::info:
      return "\x1b[32m";
    case Level::warning:
      return "\x1b[33m";
    case Level::error:
      return "\x1b[31m";
  }
  return "";
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "info";
}

std::string log_json(const LogLine& line, Timestamp time) {
  nlohmann::ordered_json json{{"time", format_timestamp(time)}, {"level", to_string(line.level)}};
  if (!line.group.empty()) json["group"] = line.group;
  if (line.tick) json["tick"] = format_timestamp(*line.tick);
  if (line.seconds) json["seconds"] = std::round(*line.seconds * 1e6) / 1e6;
  json["message"] = line.message;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string log_text(const LogLine& line, Timestamp time, bool colour) {
  std::string text = fmt::format("{} {}{:<7}{}", format_timestamp(time), colour ? colour_of(line.level) : "",
                                 to_string(line.level), colour ? "\x1b[0m" : "");
  if (!line.group.empty()) text += " " + clean(line.group);
  if (line.tick) text += " " + format_timestamp(*line.tick).substr(0, 16) + "Z";
  if (!line.group.empty() || line.tick) text += ":";
  text += " " + clean(line.message);
  if (line.seconds) text += fmt::format(" ({:.0f} ms)", 1000 * *line.seconds);
  return text;
}

}  // namespace almanac::daemon

#include "records/calendar_watch.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace almanac::records {
namespace {

using Json = nlohmann::ordered_json;

Timestamp read_time(const Json& value) {
  const auto time = parse_timestamp(value.get<std::string>());
  if (!time) throw std::runtime_error(time.error().message);
  return *time;
}

}  // namespace

std::string to_json(const CalendarWatch& watch) {
  Json json = Json::object();
  if (watch.emptied_since) json["emptied_since"] = format_timestamp(*watch.emptied_since);
  if (watch.loss) json["loss"] = {{"at", format_timestamp(watch.loss->at)}, {"text", watch.loss->text}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<CalendarWatch> watch_from_json(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    CalendarWatch watch;
    if (json.contains("emptied_since")) watch.emptied_since = read_time(json.at("emptied_since"));
    if (json.contains("loss"))
      watch.loss = {read_time(json.at("loss").at("at")), json.at("loss").at("text").get<std::string>()};
    return watch;
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt, fmt::format("no watch of a calendar: {}", error.what()));
  }
}

}  // namespace almanac::records

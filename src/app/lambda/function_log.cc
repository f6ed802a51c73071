#include "app/lambda/function_log.h"

#include <cstdio>

#include "core/json_writer.h"

namespace almanac::app {

std::string to_json(const LogLine& line) {
  JsonWriter json;
  json.begin_object();
  json.field("timestamp", format_timestamp(line.time));
  json.field("level", line.level);
  json.field("handler", line.work);
  if (!line.request_id.empty()) json.field("requestId", line.request_id);
  if (!line.group.empty()) json.field("group", line.group);
  json.field("message", line.message);
  json.end_object();
  return json.text() + "\n";
}

void write_log(const LogLine& line) {
  const std::string text = to_json(line);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace almanac::app

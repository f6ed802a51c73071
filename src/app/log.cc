#include "app/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace almanac::app {
namespace {

spdlog::logger& logger() {
  static const auto made = [] {
    auto created = spdlog::stderr_color_mt("almanac");
    created->set_pattern("%Y-%m-%dT%H:%M:%SZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    created->set_level(spdlog::level::warn);
    return created;
  }();
  return *made;
}

}  // namespace

bool set_log_level(const std::string& level) {
  const auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off") return false;
  logger().set_level(parsed);
  return true;
}

bool logs(const std::string& level) {
  return logger().should_log(spdlog::level::from_str(level));
}

void log_info(const std::string& message) {
  logger().info("{}", message);
}
void log_warning(const std::string& message) {
  logger().warn("{}", message);
}

}  // namespace almanac::app

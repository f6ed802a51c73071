#include "app/time_option.h"

#include <fmt/format.h>

namespace almanac::app {

bool names_zone(std::string_view time) {
  if (time.find_first_not_of("0123456789") == std::string_view::npos) return true;
  constexpr std::size_t kDate = 10;  // "2026-11-27", whose hyphens are no sign of an offset
  return time.size() > kDate && time.find_first_of("Zz+-", kDate) != std::string_view::npos;
}

std::string zone_notice(const std::string& option, std::string_view time) {
  constexpr std::size_t kDate = 10;
  return fmt::format("{}: \"{}\" names no zone and is taken as UTC; add {}Z, or an offset such as +01:00", option, time,
                     time.size() <= kDate ? "T00:00" : "");
}

}  // namespace almanac::app

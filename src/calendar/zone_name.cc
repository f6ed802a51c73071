#include "calendar/zone_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

#include "calendar/text.h"
#include "calendar/windows_zones.h"
#include "core/nearest.h"

namespace almanac::calendar {
namespace {

struct Abbreviation {
  std::string_view letters;
  std::string_view places;  // whose clocks it stands for, the most frequent first
};

// Not a table of zones: nobody can know which is meant. The names are what the message offers. CET, EET and WET are
// names of the database, and change their clocks.
constexpr Abbreviation kAbbreviations[] = {
    {"EST", "America/New_York"},
    {"EDT", "America/New_York"},
    {"ET", "America/New_York"},
    {"CST", "America/Chicago or Asia/Shanghai"},
    {"CDT", "America/Chicago"},
    {"CT", "America/Chicago"},
    {"MST", "America/Denver or America/Phoenix"},
    {"MDT", "America/Denver"},
    {"MT", "America/Denver"},
    {"PST", "America/Los_Angeles"},
    {"PDT", "America/Los_Angeles"},
    {"PT", "America/Los_Angeles"},
    {"AKST", "America/Anchorage"},
    {"AST", "America/Halifax or Asia/Riyadh"},
    {"BST", "Europe/London or Asia/Dhaka"},
    {"IST", "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem"},
    {"CEST", "Europe/Berlin"},
    {"MEZ", "Europe/Berlin"},
    {"MESZ", "Europe/Berlin"},
    {"EEST", "Europe/Athens"},
    {"MSK", "Europe/Moscow"},
    {"JST", "Asia/Tokyo"},
    {"KST", "Asia/Seoul"},
    {"SGT", "Asia/Singapore"},
    {"AEST", "Australia/Sydney or Australia/Brisbane"},
    {"AEDT", "Australia/Sydney"},
    {"NZST", "Pacific/Auckland"},
};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

// Every name of the database: walked only to word a refusal or to find another case of a name.
const std::vector<std::string>& all_names() {
  static const std::vector<std::string> names = [] {
    const char* named = std::getenv("TZDIR");
    const std::filesystem::path folder = named != nullptr && *named != '\0' ? named : "/usr/share/zoneinfo";
    std::vector<std::string> found;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
      const std::string name = at->path().lexically_relative(folder).string();
      if (name == "posix" || name == "right") at.disable_recursion_pending();
      const bool area_and_city = name.find('/') != std::string::npos && name.find('.') == std::string::npos;
      if (area_and_city && at->is_regular_file(error)) found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    return found;
  }();
  return names;
}

// "Europe/Paris" for "europe/paris", "Paris" or "Europe/Pariss".
std::optional<std::string> meant_by(std::string_view name) {
  const std::string wanted = upper(name);
  for (const std::string& known : all_names()) {
    const std::string shouted = upper(known);
    if (shouted == wanted || shouted.substr(shouted.find_last_of('/') + 1) == wanted) return known;
  }
  return nearest(name, all_names());
}

}  // namespace

Result<std::shared_ptr<const Zone>> zone_named(std::string_view name) {
  const std::string shouted = upper(name);
  if (shouted == "UTC" || shouted == "GMT" || shouted == "Z") return Zone::utc();
  for (const auto& [letters, places] : kAbbreviations)
    if (shouted == letters)
      return fail(ErrorCode::invalid_input,
                  fmt::format("{} is an abbreviation, and does not say where and whether clocks change; expected an "
                              "IANA name such as {}",
                              in_quotes(name), places));
  auto zone = Zone::iana(name);
  if (zone) return zone;
  if (const auto windows = windows_zone(name); !windows.empty()) return Zone::iana(windows);
  const auto meant = meant_by(name);
  if (!meant) return zone;
  if (upper(*meant) == shouted) return Zone::iana(*meant);
  return fail(ErrorCode::invalid_input,
              fmt::format("{} is not a known time zone; did you mean {}?", in_quotes(name), *meant));
}

bool is_utc(const Zone& zone) {
  const std::string& name = zone.name();
  const bool place = name.find('/') != std::string::npos && !name.starts_with("Etc/") && !name.starts_with("tzone:");
  if (place) return false;
  constexpr Timestamp kWinter = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  constexpr Timestamp kSummer = std::chrono::sys_days{std::chrono::year{2026} / 7 / 1};
  return zone.at(kWinter).utc_offset == Duration{0} && zone.at(kSummer).utc_offset == Duration{0};
}

}  // namespace almanac::calendar

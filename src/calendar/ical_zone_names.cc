#include "calendar/ical_zone_names.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <vector>

#include "calendar/text.h"
#include "calendar/windows_zones.h"
#include "calendar/zone_name.h"

namespace almanac::calendar {
namespace {

// The name without the white space and quotes that some programs leave around it.
std::string bare(std::string_view name) {
  const auto first = name.find_first_not_of(" \t\"'");
  if (first == std::string_view::npos) return {};
  return std::string{name.substr(first, name.find_last_not_of(" \t\"'") - first + 1)};
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// A name with a city from the zone database, "America/New York" too; null where there is none.
std::shared_ptr<const Zone> city(std::string name) {
  if (name.find('/') == std::string::npos) return nullptr;
  std::replace(name.begin(), name.end(), ' ', '_');
  const auto zone = zone_named(name);
  return zone ? *zone : nullptr;
}

// "Europe/Paris" and "Paris" of "/mozilla.org/20050126_1/Europe/Paris".
std::vector<std::string> endings(const std::string& name) {
  std::vector<std::string> result;
  for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1))
    result.push_back(name.substr(slash + 1));
  return result;
}

// Whether the clocks of both show the same over the years that events are planned for: one zone of two names.
bool same_clocks(const Zone& a, const Zone& b) {
  if (&a == &b || a.name() == b.name()) return true;
  constexpr Timestamp kFrom = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};
  constexpr Timestamp kTo = std::chrono::sys_days{std::chrono::year{2036} / 1 / 1};
  const auto agree = [&](Timestamp t) { return a.at(t).utc_offset == b.at(t).utc_offset; };
  Duration before = a.at(kFrom).utc_offset;
  for (Timestamp day = kFrom; day < kTo; day += kDay) {
    if (!agree(day)) return false;
    const Duration now = a.at(day).utc_offset;
    for (Timestamp hour = day - kDay; now != before && hour < day; hour += kHour)  // when they changed
      if (!agree(hour)) return false;
    before = now;
  }
  return true;
}

bool has_city(const Zone& zone) {
  return zone.name().find('/') != std::string::npos;
}

}  // namespace

void ZoneNames::define(const std::string& tzid, std::shared_ptr<const Zone> zone) {
  own_[lower(bare(tzid))] = std::move(zone);
}

std::shared_ptr<const Zone> ZoneNames::find(const std::string& tzid) {
  if (const auto found = known_.find(tzid); found != known_.end()) return found->second;
  return known_[tzid] = look_up(bare(tzid));
}

std::shared_ptr<const Zone> ZoneNames::look_up(const std::string& name) const {
  if (auto zone = city(name)) return zone;
  const std::vector<std::string> paths = endings(name);
  for (const std::string& ending : paths)
    if (auto zone = city(ending)) return zone;
  if (const auto own = own_.find(lower(name)); own != own_.end()) return own->second;
  if (const auto iana = windows_zone(name); !iana.empty()) {
    const auto zone = Zone::iana(iana);
    return zone ? *zone : nullptr;
  }
  // "tzone://Microsoft/Utc"; no other zone without a city is taken from the end of a path.
  if (!paths.empty()) return lower(paths.back()) == "utc" ? Zone::utc() : nullptr;
  const auto zone = Zone::iana(name);
  return zone ? *zone : nullptr;
}

std::shared_ptr<const Zone> ZoneNames::only_one(const IcalText& calendar) {
  std::set<std::string> named;
  for (const auto& [tzid, zone] : own_) named.insert(tzid);
  for (const IcalBlock& event : calendar.events) {
    std::string_view rest = event.text;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find("\r\n"));
      rest.remove_prefix(std::min(rest.size(), line.size() + 2));
      if (const std::string tzid = clean(tzid_parameter(line)); !tzid.empty()) named.insert(tzid);
    }
  }
  std::shared_ptr<const Zone> only;
  for (const std::string& tzid : named) {
    const auto zone = find(tzid);
    if (!zone || is_utc(*zone)) continue;
    if (only && !same_clocks(*only, *zone)) return nullptr;
    if (!only || (has_city(*zone) && !has_city(*only))) only = zone;
  }
  return only;
}

}  // namespace almanac::calendar

#include "calendar/ical_zone_names.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "calendar/text.h"
#include "calendar/zone_name.h"

namespace almanac::calendar {
namespace {

// "Europe/Paris" of "/mozilla.org/20050126_1/Europe/Paris": some programs put their name in front.
std::vector<std::string_view> endings(std::string_view tzid) {
  std::vector<std::string_view> result;
  if (!tzid.starts_with('/')) return result;
  for (std::size_t slash = tzid.find('/'); slash != std::string_view::npos; slash = tzid.find('/', slash + 1))
    result.push_back(tzid.substr(slash + 1));
  return result;
}

}  // namespace

std::shared_ptr<const Zone> ZoneNames::find(const std::string& tzid) {
  if (const auto found = known_.find(tzid); found != known_.end()) return found->second;
  std::shared_ptr<const Zone> zone;
  if (auto iana = Zone::iana(tzid)) {
    zone = *iana;
  } else if (const auto own = own_.find(tzid); own != own_.end()) {
    zone = own->second;
  } else {
    for (std::string_view ending : endings(tzid))
      if (auto known = Zone::iana(ending); known && !zone) zone = *known;
  }
  return known_[tzid] = zone;
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
    if (only && only->name() != zone->name()) return nullptr;
    only = zone;
  }
  return only;
}

}  // namespace almanac::calendar

#include "calendar/ical_zone_names.h"

#include <string_view>
#include <vector>

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

}  // namespace almanac::calendar

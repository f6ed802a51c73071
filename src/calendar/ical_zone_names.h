#pragma once

#include <map>
#include <memory>
#include <string>

#include "calendar/zone.h"

namespace almanac::calendar {

// What the zone names of one VCALENDAR mean.
class ZoneNames {
 public:
  // A VTIMEZONE of the file.
  void define(const std::string& tzid, std::shared_ptr<const Zone> zone) { own_[tzid] = std::move(zone); }

  // Null where the name is not known.
  std::shared_ptr<const Zone> find(const std::string& tzid);

 private:
  std::map<std::string, std::shared_ptr<const Zone>> own_;
  std::map<std::string, std::shared_ptr<const Zone>> known_;  // null: not known
};

}  // namespace almanac::calendar

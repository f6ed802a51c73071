#pragma once

#include <map>
#include <memory>
#include <string>

#include "calendar/ical_text.h"
#include "calendar/zone.h"

namespace almanac::calendar {

// What the zone names of one VCALENDAR mean.
class ZoneNames {
 public:
  // A VTIMEZONE of the file.
  void define(const std::string& tzid, std::shared_ptr<const Zone> zone) { own_[tzid] = std::move(zone); }

  // Null where the name is not known.
  std::shared_ptr<const Zone> find(const std::string& tzid);

  // The only zone beside UTC that the calendar names, in its VTIMEZONEs or with its times; null where it names none or
  // several. Names that are not known count for none.
  std::shared_ptr<const Zone> only_one(const IcalText& calendar);

 private:
  std::map<std::string, std::shared_ptr<const Zone>> own_;
  std::map<std::string, std::shared_ptr<const Zone>> known_;  // null: not known
};

}  // namespace almanac::calendar

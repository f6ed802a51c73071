#pragma once

#include <map>
#include <memory>
#include <string>

#include "calendar/ical_text.h"
#include "calendar/zone.h"

namespace almanac::calendar {

// What the zone names of one VCALENDAR mean.
//
// Area/City names are the zone database's, whatever path a program puts in front ("/freeassociation.sourceforge.net/
// Europe/Berlin"). Any other name ("EST", "Customized Time Zone") is what the file's own VTIMEZONE of that name says;
// where it has none, a Windows zone, else a zone of the database without a city ("CET").
class ZoneNames {
 public:
  // A VTIMEZONE of the file.
  void define(const std::string& tzid, std::shared_ptr<const Zone> zone);

  // Null where the name is not known.
  std::shared_ptr<const Zone> find(const std::string& tzid);

  // The only zone beside UTC that the calendar names, in its VTIMEZONEs or with its times; null where it names none or
  // several. Names whose clocks show the same from 2020 to 2035 are one zone, called by its Area/City where one of them
  // is. Names that are not known count for none.
  std::shared_ptr<const Zone> only_one(const IcalText& calendar);

 private:
  std::shared_ptr<const Zone> look_up(const std::string& name) const;

  std::map<std::string, std::shared_ptr<const Zone>> own_;    // by the name in lower case
  std::map<std::string, std::shared_ptr<const Zone>> known_;  // as asked for; null: not known
};

}  // namespace almanac::calendar

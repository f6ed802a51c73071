#pragma once

// libical's types in our words. Included only by the .cc files that read iCalendar.

#include <libical/ical.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "calendar/zone.h"

namespace almanac::calendar {

struct ComponentFree {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, ComponentFree>;

// A single component; null where libical cannot read it.
Component parse_component(const std::string& text);

// A time property as written.
struct IcalTime {
  LocalTime local;       // the wall clock, or the UTC clock where is_utc
  bool is_date = false;  // a whole day
  bool is_utc = false;   // written with Z
  std::string tzid;      // also of a whole day; empty: floating, or UTC
};

// Empty where the fields are no date and time (month 13, hour 25).
std::optional<IcalTime> to_time(const icaltimetype& time, icalproperty* property);

// "DTSTART;TZID=Europe/Paris:20261127T090000", for messages.
std::string written(icalproperty* property);

}  // namespace almanac::calendar

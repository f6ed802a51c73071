#include "calendar/ical_values.h"

#include <cstdlib>

#include "calendar/text.h"

namespace almanac::calendar {

Component parse_component(const std::string& text) {
  // The library's default may be to abort the process on bad input.
  static const bool once = [] {
    icalerror_set_errors_are_fatal(false);
    return true;
  }();
  (void)once;
  return Component{icalparser_parse_string(text.c_str())};
}

std::optional<IcalTime> to_time(const icaltimetype& time, icalproperty* property) {
  const std::chrono::year_month_day date{std::chrono::year{time.year},
                                         std::chrono::month(static_cast<unsigned>(time.month)),
                                         std::chrono::day(static_cast<unsigned>(time.day))};
  // 24:00 is the midnight after, as ISO 8601 has it.
  const bool day_ends = time.hour == 24 && time.minute == 0 && time.second == 0;
  const bool clock_ok = day_ends || (time.hour >= 0 && time.hour < 24 && time.minute >= 0 && time.minute < 60 &&
                                     time.second >= 0 && time.second <= 60);
  if (!date.ok() || time.year < 1 || !clock_ok) return std::nullopt;
  IcalTime result;
  result.local = std::chrono::local_days{date};
  result.is_date = time.is_date;
  if (!time.is_date) {
    result.local += Duration{time.hour * 3600 + time.minute * 60 + time.second};
    result.is_utc = icaltime_is_utc(time);
  }
  icalparameter* tzid = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
  if (tzid != nullptr && !result.is_utc) result.tzid = clean(icalparameter_get_tzid(tzid));
  return result;
}

std::string written(icalproperty* property) {
  char* text = icalproperty_as_ical_string_r(property);
  std::string result = text == nullptr ? "" : text;
  icalmemory_free_buffer(text);
  for (std::size_t fold = result.find("\r\n "); fold != std::string::npos; fold = result.find("\r\n "))
    result.erase(fold, 3);
  return in_quotes(result);
}

}  // namespace almanac::calendar

#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "calendar/zone.h"
#include "core/result.h"

namespace almanac::calendar {

// The TZ string of POSIX (IEEE 1003.1, chapter 8.3) with the hours of RFC 8536, section 3.3.1:
// "CET-1CEST,M3.5.0,M10.5.0/3" is UTC+1, and UTC+2 from the last Sunday in March at 2 to the last one in October at 3.
class PosixRule {
 public:
  // invalid_input says what could not be read. Daylight saving time needs its two dates.
  static Result<PosixRule> parse(std::string_view text);

  // The year's two changes in the order of time; none where the offset is always the same.
  std::vector<Zone::Transition> transitions(std::chrono::year year) const;

 private:
  struct Date {
    enum class Kind { month_week_day, day_of_365, day_from_0 };
    Kind kind = Kind::month_week_day;
    unsigned month = 1, week = 1, weekday = 0;  // week 5 is the last
    int day = 0;
    Duration time{2 * 3600};

    LocalTime in(std::chrono::year year) const;
  };
  class Parser;

  Zone::Offset standard_;
  std::optional<Zone::Offset> daylight_;
  Date begins_, ends_;
};

}  // namespace almanac::calendar

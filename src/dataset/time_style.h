#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace almanac::dataset {

// Which number of 11/05/2026 is the day. One program wrote the file, so one order holds for all of it.
enum class DayOrder { unknown, day_first, month_first };

struct CellTime {
  Timestamp at;
  bool zoned = true;  // it names its zone (or counts from the epoch); else it was read as UTC
};

// A time as programs write it into CSV files:
//   - whatever parse_timestamp reads;
//   - the time since 1970 in seconds, milliseconds, microseconds or nanoseconds, which its digits tell apart
//     (1793880000.781, 1793880000000);
//   - 2026/11/05 12:00, 05.11.2026 12:00 (points: the day is first), 11/05/2026 12:00 and 11-05-2026 in the order
//     given, 5 Nov 2026 12:00, Nov 5, 2026, 12:00 PM, Thu, 05 Nov 2026 12:00:00 GMT, 20261105T120000Z; the clock with
//     AM or PM, fractions (cut off), and a zone: Z, UTC, GMT, +01:00, +0100, "+0000 UTC".
// invalid_input (without file and line) says what was found, and how to mend what can be two things: a spreadsheet's
// serial date, a year of two digits, a named zone other than UTC.
Result<CellTime> parse_cell_time(std::string_view cell, DayOrder order);

// Finds out the order of day and month of a file from its times.
class TimeSurvey {
 public:
  void see(std::string_view cell, std::size_t line);

  // A number above 12 is a day; else neighbouring rows tell, since under the wrong order the next day is a month away.
  // unknown where no date leaves it open. invalid_input (without the file's name) when lines contradict each other, or
  // when nothing tells.
  Result<DayOrder> conclude() const;

  // Whether dates are written as 05.11.2026.
  bool have_points() const { return points_; }

 private:
  struct Seen {
    std::size_t line = 0;
    std::string cell;
  };
  struct Numbers {
    int first = 0, second = 0, year = 0;
    bool operator==(const Numbers&) const = default;
  };

  Seen day_first_, month_first_, open_;
  bool points_ = false;
  std::optional<Numbers> last_;
  std::size_t steps_day_first_ = 0, steps_month_first_ = 0, steps_ = 0;  // changes of date; those of at most a week
};

}  // namespace almanac::dataset

#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "calendar/zone.h"
#include "core/result.h"

namespace almanac::calendar {

// Half-open range of civil time.
struct LocalRange {
  LocalTime start;
  LocalTime end;
};

// A recurrence rule (RRULE, RFC 5545 section 3.3.10) from a first start, in civil time: the wall clock is kept,
// whatever the zone does. Immutable and thread-safe.
class Recurrence {
 public:
  // What a rule repeats: UNTIL=20270312T000000Z of whole days is the 12th wherever that midnight falls.
  enum class Of { times, days };

  // Rules may repeat hourly or more rarely, and start at most 24 times a day; anything denser is refused, as are a
  // COUNT above 100,000, rules that are no RRULE, and calendars other than the Gregorian. `zone` is where an UNTIL
  // given in UTC is read. invalid_input, or unsupported for what is well-formed but refused.
  static Result<Recurrence> parse(std::string_view rule, LocalTime first, const Zone& zone, Of of = Of::times);

  // Starts in `range`, ascending, without duplicates. What this costs depends on the length of `range`, not on how long
  // ago the rule began.
  std::vector<LocalTime> starts(LocalRange range) const;
  // True where its UNTIL lies before its first start.
  bool is_over_before_it_begins() const;

 private:
  struct Rule;
  std::shared_ptr<const Rule> rule_;
};

}  // namespace almanac::calendar

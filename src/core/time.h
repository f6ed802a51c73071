#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"

namespace almanac {

// Absolute time, whole seconds since 1970-01-01T00:00:00Z. Civil (zoned) time exists only inside src/calendar.
using Timestamp = std::chrono::sys_seconds;
using Duration = std::chrono::seconds;

inline constexpr Duration kMinute{60};
inline constexpr Duration kHour{3600};
inline constexpr Duration kDay{86400};
inline constexpr Duration kWeek{7 * 86400};

// Half-open: [start, end).
struct TimeRange {
  Timestamp start;
  Timestamp end;

  Duration duration() const { return end - start; }
  bool empty() const { return end <= start; }
  bool contains(Timestamp t) const { return start <= t && t < end; }
  bool overlaps(const TimeRange& other) const { return start < other.end && other.start < end; }
  bool operator==(const TimeRange&) const = default;
};

// The largest multiple of `step` since the epoch that is not after `t`. step > 0.
Timestamp floor_to(Timestamp t, Duration step);
Timestamp ceil_to(Timestamp t, Duration step);

// Reads ISO 8601: "2026-11-27T08:00:00Z", "2026-11-27 08:00", "2026-11-27T09:00:00+01:00", "2026-11-27" or seconds
// since the epoch. No zone means UTC; fractions of a second are cut off. Error invalid_input says what was expected.
Result<Timestamp> parse_timestamp(std::string_view text);

// "2026-11-27T08:00:00Z".
std::string format_timestamp(Timestamp t);

// Reads durations as people write them: "90s", "5m", "1h30m", "2d", "1w". Non-negative. Error invalid_input.
Result<Duration> parse_duration(std::string_view text);

// The shortest exact form that parse_duration reads: "5m", "1h30m", "2d". Negative durations carry a leading '-'.
std::string format_duration(Duration d);

}  // namespace almanac

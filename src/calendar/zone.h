#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace almanac::calendar {

// Civil time: what a clock on the wall shows. Which zone's wall is known from the context, never from the value.
using LocalTime = std::chrono::local_seconds;

// A time zone. Immutable and thread-safe.
class Zone {
 public:
  struct Offset {
    Duration utc_offset;       // local minus UTC
    std::string abbreviation;  // "CET"
  };
  // From `at` on, `offset` holds.
  struct Transition {
    Timestamp at;
    Offset offset;
  };

  static std::shared_ptr<const Zone> utc();
  // By its IANA name ("Europe/Paris"), from the compiled zones in $TZDIR, else /usr/share/zoneinfo; kept once read.
  // invalid_input for a name that is not there.
  static Result<std::shared_ptr<const Zone>> iana(std::string_view name);
  // From a definition that a calendar file brings with it: `before` holds until the first transition. `transitions` are
  // ascending in time.
  static std::shared_ptr<const Zone> custom(std::string name, Offset before, std::vector<Transition> transitions);

  virtual ~Zone() = default;

  const std::string& name() const { return name_; }
  virtual Offset at(Timestamp t) const = 0;

  LocalTime to_local(Timestamp t) const { return LocalTime{(t + at(t).utc_offset).time_since_epoch()}; }

  // A local time is unique, repeated (clocks went back over it) or skipped (clocks went forward over it). A repeated
  // time means its first occurrence. A skipped one is read with the offset that held before the gap, which moves it
  // forward by the length of the gap: 02:30 becomes 03:30 where clocks jump from 02:00 to 03:00. Both as RFC 5545,
  // section 3.3.5, asks.
  virtual Timestamp to_utc(LocalTime local) const = 0;
  // True where a clock change jumps over this local time.
  bool skips(LocalTime local) const { return to_local(to_utc(local)) != local; }

 protected:
  explicit Zone(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

// "Fri 2026-11-27 09:00 CET"; seconds are shown only where they are not zero.
std::string format_zoned(Timestamp t, const Zone& zone);

}  // namespace almanac::calendar

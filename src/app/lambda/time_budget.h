#pragma once

#include <optional>

#include "core/result.h"
#include "core/time.h"

namespace almanac::app {

// Keeps a function from beginning what it cannot finish before Lambda stops it. What a piece of work takes is unknown
// beforehand: at least `minimum`, and half as long again as the longest one that this process has seen.
class TimeBudget {
 public:
  explicit TimeBudget(Duration minimum) : minimum_(minimum) {}

  // timed_out when there is too little time from `now` to `deadline`; without a deadline there is always enough.
  Result<void> check(Timestamp now, std::optional<Timestamp> deadline) const;
  // A piece of work took so long.
  void took(Duration duration);

  Duration needed() const;

 private:
  Duration minimum_;
  Duration longest_{0};
};

}  // namespace almanac::app

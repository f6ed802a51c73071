#include "app/lambda/time_budget.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::app {

Duration TimeBudget::needed() const {
  return std::max(minimum_, longest_ + longest_ / 2);
}

Result<void> TimeBudget::check(Timestamp now, std::optional<Timestamp> deadline) const {
  if (!deadline || *deadline - now >= needed()) return {};
  return fail(ErrorCode::timed_out,
              fmt::format("not begun: {} left before the function's time-out, {} needed; raise the function's Timeout",
                          format_duration(std::max(*deadline - now, Duration{0})), format_duration(needed())));
}

void TimeBudget::took(Duration duration) {
  longest_ = std::max(longest_, duration);
}

}  // namespace almanac::app

#pragma once

#include "ports/clock.h"

namespace almanac::adapters {

// The machine's clock, cut to whole seconds.
class SystemClock final : public ports::Clock {
 public:
  Timestamp now() const override {
    return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  }
};

}  // namespace almanac::adapters

#pragma once

#include <chrono>

#include "ports/clock.h"

namespace almanac::daemon {

// A clock that goes `speed` times as fast as time, from `start` on: for simulated groups. Thread-safe.
class ScaledClock final : public ports::Clock {
 public:
  ScaledClock(Timestamp start, double speed) : start_(start), speed_(speed), began_(std::chrono::steady_clock::now()) {}

  Timestamp now() const override {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began_;
    return start_ + std::chrono::floor<Duration>(passed * speed_);
  }

 private:
  Timestamp start_;
  double speed_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace almanac::daemon

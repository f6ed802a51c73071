#pragma once

#include "core/time.h"

namespace almanac::ports {

// The only source of "now". A tick reads it once and passes the value down.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

// A clock that tests and the simulator set by hand.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp now) : now_(now) {}
  Timestamp now() const override { return now_; }
  void set(Timestamp now) { now_ = now; }
  void advance(Duration by) { now_ += by; }

 private:
  Timestamp now_;
};

}  // namespace almanac::ports

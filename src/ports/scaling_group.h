#pragma once

#include <optional>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace almanac::ports {

struct GroupState {
  int min = 0;
  int max = 0;
  int desired = 0;
  int in_service = 0;
  int pending = 0;  // launched, not yet serving
};

// One finished launch: how long an instance took from launch to in service.
struct Launch {
  Timestamp launched;
  Timestamp in_service;
};

// The scaling group that is being steered.
class ScalingGroup {
 public:
  virtual ~ScalingGroup() = default;

  virtual Result<GroupState> describe() = 0;
  // Asks for `desired` instances, min <= desired <= max (invalid_input otherwise). Asking twice is the same as once.
  virtual Result<void> set_desired(int desired) = 0;
  // Launches that finished at or after `since`, ascending by launch time: the lead time is measured from them.
  virtual Result<std::vector<Launch>> launches(Timestamp since) = 0;
};

}  // namespace almanac::ports

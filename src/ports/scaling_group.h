#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/capacity_unit.h"
#include "core/result.h"
#include "core/time.h"

namespace almanac::ports {

struct GroupState {
  int min = 0;  // the group's own: a raise by raise_minimum() is not in it, so that it never becomes its own reason
  int max = 0;
  int desired = 0;
  int in_service = 0;
  int pending = 0;  // launched, not yet serving
  // What a real group may be in the middle of; a simulated one never is.
  int standby = 0;                               // taken out by a person: neither serving nor counted in desired
  std::vector<std::string> suspended_processes;  // in the cloud's words ("Launch", "AlarmNotification")
  bool refreshing = false;                       // instances are being replaced
  std::optional<int> raised_minimum;             // by raise_minimum(), in force or about to be; above min
  std::vector<std::string> notices;              // what could not be learnt, and what is assumed instead
  bool capacity_known = true;                    // false: nothing says what is in service; desired, in_service are 0
  bool counted = true;                           // false: nobody counted in_service; it is what was decided last
  // What the capacities above, and those that are asked for, are counted in. One launch may add up to `largest_weight`
  // of it, so the group may stand above `desired` by less than that.
  CapacityUnit unit = CapacityUnit::instances;
  int largest_weight = 1;
  std::optional<int> instances;  // in service, where they are not the unit
  std::string unit_problem;      // why what is in service cannot be told in the unit; nothing may be asked for then

  bool operator==(const GroupState&) const = default;
};

// A launch that failed.
struct LaunchFailure {
  Timestamp time;
  bool no_capacity = false;  // the cloud has no such instances left, as opposed to a mistake in the group's settings
  std::string message;       // in the cloud's words
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
  // Keeps the group's minimum at `minimum` or more from now on (a real cloud may need minutes to begin) until `until`,
  // or up to half an hour longer, when it returns to what it was without anyone's help, whatever happens to us. Asked
  // again it moves the end and the height; at or below the group's own minimum it ends the raise. invalid_input above
  // the group's maximum. Lowers no capacity.
  virtual Result<void> raise_minimum(int minimum, Timestamp now, Timestamp until) = 0;
  // Launches that failed at or after `since`, ascending. What a source does not know is an empty list.
  virtual Result<std::vector<LaunchFailure>> launch_failures(Timestamp since) = 0;
  // Launches that finished at or after `since`, ascending by launch time: the lead time is measured from them.
  virtual Result<std::vector<Launch>> launches(Timestamp since) = 0;
};

}  // namespace almanac::ports

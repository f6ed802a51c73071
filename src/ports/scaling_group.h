#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/capacity_unit.h"
#include "core/result.h"
#include "core/time.h"

namespace almanac::ports {

// What a group can be asked for at all. What it cannot do it refuses as `unsupported`, in words for people.
struct Capabilities {
  bool set_desired = false;
  bool raise_minimum = false;
  bool tell_launches = false;  // launches() and launch_failures(); otherwise both are empty

  bool operator==(const Capabilities&) const = default;
};

// What keeps a group at present from doing what it can do otherwise. Decisions go by the kind alone; words and advice
// are those of the target, for people.
struct Blocker {
  enum class Kind {
    cannot_launch,       // nothing is launched, whatever is asked for
    cannot_terminate,    // nothing is terminated
    floor_stands_still,  // raise_minimum() takes no effect, and an end that falls due meanwhile is lost
    being_replaced,      // instances are being replaced: who scales in now takes away those that serve
    others_stand_still,  // the group's own policies do not act, to which mode floor leaves what is above the floor
    other,               // nothing that is asked for through this port suffers
  };
  Kind kind = Kind::other;
  std::string words;   // what is the matter, a clause without its end: "launching is switched off"
  std::string advice;  // what to do about it, an imperative; may be empty

  bool operator==(const Blocker&) const = default;
};

inline constexpr std::array kBlockerKinds{Blocker::Kind::cannot_launch,      Blocker::Kind::cannot_terminate,
                                          Blocker::Kind::floor_stands_still, Blocker::Kind::being_replaced,
                                          Blocker::Kind::others_stand_still, Blocker::Kind::other};

// The name in files: "cannot_launch".
std::string_view to_string(Blocker::Kind kind);

struct GroupState {
  int min = 0;  // the group's own: a raise by raise_minimum() is not in it, so that it never becomes its own reason
  int max = 0;
  int desired = 0;
  int in_service = 0;
  int pending = 0;  // launched, not yet serving
  // What a real group may be in the middle of; a simulated one never is.
  int standby = 0;                    // taken out by a person: neither serving nor counted in desired
  std::vector<Blocker> blockers;      // at most one of a kind other than `other`
  std::optional<int> raised_minimum;  // by raise_minimum(), in force or about to be; above min
  std::vector<std::string> notices;   // what could not be learnt, and what is assumed instead
  bool capacity_known = true;         // false: nothing says what is in service; desired, in_service are 0, not counted
  bool counted = true;                // false: nobody counted in_service; it is what was decided last
  // What the capacities above, and those that are asked for, are counted in. One launch may add up to `largest_weight`
  // of it, so the group may stand above `desired` by less than that.
  CapacityUnit unit = CapacityUnit::instances;
  int largest_weight = 1;
  std::optional<int> instances;  // in service, where they are not the unit
  std::string unit_problem;      // why what is in service cannot be told in the unit; nothing may be asked for then

  bool operator==(const GroupState&) const = default;
};

// The first of the kind; nullptr where nothing of it is the matter.
const Blocker* find_blocker(const GroupState& group, Blocker::Kind kind);

// A launch that failed.
struct LaunchFailure {
  Timestamp time;
  bool no_capacity = false;  // the cloud has no such instances left, as opposed to a mistake in the group's settings
  std::string message;       // in the target's words
  std::string advice;        // what to do about it, an imperative; may be empty
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

  // The same at all times; asks nobody.
  virtual Capabilities capabilities() const = 0;
  virtual Result<GroupState> describe() = 0;
  // Asks for `desired` instances, min <= desired <= max, and no less than a raised minimum in force (invalid_input
  // otherwise). Asking twice is the same as once.
  virtual Result<void> set_desired(int desired) = 0;
  // Keeps the group's minimum at `minimum` or more from now on (a real cloud may need minutes to begin) until `until`,
  // or up to half an hour longer, when it returns to what it was without anyone's help, whatever happens to us. Asked
  // again it moves the end and the height, up or down; at or below the group's own minimum it ends the raise.
  // invalid_input above the group's maximum. Lowers no capacity.
  virtual Result<void> raise_minimum(int minimum, Timestamp now, Timestamp until) = 0;
  // Launches that failed at or after `since`, ascending.
  virtual Result<std::vector<LaunchFailure>> launch_failures(Timestamp since) = 0;
  // Launches that finished at or after `since`, ascending by launch time: the lead time is measured from them.
  virtual Result<std::vector<Launch>> launches(Timestamp since) = 0;
};

}  // namespace almanac::ports

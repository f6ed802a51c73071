#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/knowledge.h"
#include "control/tick.h"
#include "core/result.h"
#include "core/time.h"
#include "planning/planner.h"
#include "records/overrides.h"

namespace almanac::daemon {

// A round of ticks: all groups, at one time.
struct Round {
  Timestamp time{};
  std::size_t groups = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;  // still busy with an earlier tick
  std::size_t waiting = 0;  // for their metrics, to be looked at again; 0 when observers are told
  double seconds = 0;       // from its begin to the last group's end
};

// A tick that took a decision, as long as its observers are told of it.
struct Ticked {
  const control::GroupSettings& group;
  const control::TickReport& report;
  double seconds = 0;                      // that it took, by a steady clock
  std::optional<Timestamp> calendar_read;  // the last tick that could read every calendar of the group
};

// What people have set for a group, and the mode in force: theirs, else the configured one.
struct ByHand {
  records::Overrides set;
  planning::Mode mode = planning::Mode::own;
};

// Who is told what the daemon does: metrics, pages, the event stream. Called from the daemon's threads, several at
// once; a call delays only what comes after it in the same group.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void groups_changed(const std::vector<std::string>&) {}
  virtual void role_changed(bool /*active*/) {}
  virtual void tick_done(const Ticked&) {}
  virtual void tick_failed(const std::string& /*group*/, const Error&, double /*seconds*/) {}
  virtual void training_done(const std::string& /*group*/, double /*seconds*/, bool /*failed*/) {}
  virtual void round_done(const Round&) {}
  // A person changed what holds for a group: from `since` on it is `in_force`.
  virtual void set_by_hand(const std::string& /*group*/, const ByHand& /*in_force*/, Timestamp /*since*/) {}
  // A person did anything to a group; pages read it anew.
  virtual void acted(const std::string& /*group*/) {}
};

}  // namespace almanac::daemon

#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "serving/metrics/metrics.h"

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

// Who is told what the daemon does: metrics, pages, the event stream. Called from the daemon's threads, several at
// once; a call delays only what comes after it in the same group.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void groups_changed(const std::vector<std::string>&) {}
  virtual void role_changed(bool /*active*/) {}
  virtual void tick_done(const serving::GroupTick&) {}
  virtual void tick_failed(const std::string& /*group*/, const Error&, double /*seconds*/) {}
  virtual void training_done(const std::string& /*group*/, double /*seconds*/, bool /*failed*/) {}
  virtual void round_done(const Round&) {}
  // A person changed what holds for a group: from `since` on it is `in_force`.
  virtual void set_by_hand(const std::string& /*group*/, const serving::ByHand& /*in_force*/, Timestamp /*since*/) {}
  // A person did anything to a group; pages read it anew.
  virtual void acted(const std::string& /*group*/) {}
};

}  // namespace almanac::daemon

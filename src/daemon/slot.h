#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "core/mutex.h"
#include "daemon/daemon.h"

namespace almanac::daemon {

// What the daemon knows of one group.
struct Daemon::Slot {
  explicit Slot(std::string group) : name(std::move(group)) {}

  const std::string name;
  std::atomic<bool> ticking{false};        // whoever sets it has the group's warm part
  std::atomic<bool> training{false};       // a training or a plan for one is queued or running
  std::atomic<bool> slow{false};           // the last tick was
  std::shared_ptr<Setup> setup;            // that `warm` was made with, which lives as long
  std::unique_ptr<control::Group> warm;    // as it lives on from tick to tick
  std::optional<Timestamp> calendar_read;  // written by the thread that ticks

  Mutex mutex;
  std::optional<Timestamp> next_training ALMANAC_GUARDED_BY(mutex);
  // The tick that is to be looked at again, because its metrics are awaited.
  std::optional<Timestamp> waiting ALMANAC_GUARDED_BY(mutex);
  std::string error ALMANAC_GUARDED_BY(mutex);  // of the last tick; empty when it went well
  long long skipped ALMANAC_GUARDED_BY(mutex) = 0;
};

// A round of ticks under way.
struct Daemon::Running {
  // `slots` will tick; `begun_as` counts the others already.
  Running(const Round& begun_as, std::size_t slots) : time(begun_as.time), round(begun_as), left(slots) {}

  const Timestamp time;
  Timestamp look{};       // when it was begun, by the clock
  bool is_again = false;  // of groups that waited when the round of their tick ended
  std::shared_ptr<Setup> setup;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  Mutex mutex;
  Round round ALMANAC_GUARDED_BY(mutex);
  std::size_t left ALMANAC_GUARDED_BY(mutex);
};

// A decision in a few words: "8 -> 12 instances (full, lstm; accepted)".
std::string decision_words(const records::Record& record, bool repeated);

}  // namespace almanac::daemon

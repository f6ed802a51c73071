#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "ports/metric_source.h"
#include "ports/object_store.h"
#include "ports/scaling_group.h"
#include "wiring/config.h"

namespace almanac::wiring {

// The simulated group of one-shot commands: a shop whose load is a function of the seed and the wall clock, and whose
// instances are a function of what was asked of it before. Its whole memory is <group>/simulated_group.csv: when and
// with which seed the shop opened, whose time it lives in, and every capacity and minimum ever asked for. Two processes
// at one time see the same cloud.
//
// The group has a policy of its own, target tracking. It steers until a capacity is asked for, and again from when a
// minimum is raised, above it: as in a real group, mode own takes its place and mode floor works beside it.
class SimulatedWorld {
 public:
  // Who opens it, which is what may be written then.
  enum class Visitor {
    daemon,   // a new shop opens where there is none, and where the old one has closed
    command,  // the same, but never in place of a shop that a living daemon works on, or that lives in its own time
    looker,   // nothing is written: where there is no open shop, this is the one that would open now
  };

  // Opens the shop on first use: its history begins whole weeks before `now`; the events of its business_calendar.json
  // are put into the store unless there is one. A shop closes after half a year. conflict, invalid_input: a command may
  // not replace the shop (see Visitor).
  static Result<std::shared_ptr<SimulatedWorld>> open(ports::ObjectStore& store, const std::string& group,
                                                      const SimulatedSource& source, const planning::Policy& policy,
                                                      Timestamp now, Visitor visitor = Visitor::daemon);

  // The time in a shop that was played elsewhere (see found()): that of its last decision; empty for a shop that lives
  // by the clock on the wall, or where there is none. Errors of the store.
  static Result<std::optional<Timestamp>> own_time(ports::ObjectStore& store, const std::string& group);

  // Writes what the store must remember of a shop that was played elsewhere (the demo), so that open() goes on with it:
  // `asked` are the capacities asked for since its own autoscaler was switched off, ascending. Its time is its own: it
  // stands where its last decision stands, and moves as `almanac run` moves it.
  static Result<void> found(ports::ObjectStore& store, const std::string& group, std::uint64_t seed, Timestamp start,
                            int history_weeks, const std::vector<std::pair<Timestamp, int>>& asked);

  // Lets time pass to `now` for a process that lives on: what open() at `now` would see, at the price of the minutes in
  // between. Errors as of open(); the world is then as it was.
  Result<void> advance(Timestamp now);

  Timestamp history_start() const;
  std::unique_ptr<ports::MetricSource> metrics();
  std::unique_ptr<ports::ScalingGroup> group();

  ~SimulatedWorld();
  SimulatedWorld(const SimulatedWorld&) = delete;
  SimulatedWorld& operator=(const SimulatedWorld&) = delete;

 private:
  struct State;
  class Metrics;
  class Group;
  static Result<std::shared_ptr<State>> make(ports::ObjectStore& store, const std::string& group,
                                             const SimulatedSource& source, const planning::Policy& policy,
                                             Timestamp now, Visitor visitor);
  explicit SimulatedWorld(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace almanac::wiring

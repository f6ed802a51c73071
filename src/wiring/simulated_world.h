#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "ports/metric_source.h"
#include "ports/object_store.h"
#include "ports/scaling_group.h"
#include "wiring/config.h"

namespace almanac::wiring {

// The simulated group of one-shot commands: a shop whose load is a function of the seed and the wall clock, and whose
// instances are a function of what was asked of it before. Its whole memory is <group>/simulated_group.csv: when and
// with which seed the shop opened, and every capacity ever asked for. Two processes at one time see the same cloud.
class SimulatedWorld {
 public:
  // Opens the shop on first use: its history begins whole weeks before `now`, steered by someone else's target tracking
  // until the first capacity is asked for; the events of its business_calendar.json are put into the store unless there
  // is one. After half a year a new shop opens.
  static Result<std::shared_ptr<SimulatedWorld>> open(ports::ObjectStore& store, const std::string& group,
                                                      const SimulatedSource& source, const planning::Policy& policy,
                                                      Timestamp now);

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
  explicit SimulatedWorld(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace almanac::wiring

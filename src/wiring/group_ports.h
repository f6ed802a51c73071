#pragma once

#include <functional>
#include <memory>

#include "control/collector.h"
#include "core/result.h"
#include "kinds/kind.h"
#include "ports/clock.h"
#include "ports/metric_source.h"
#include "ports/object_store.h"
#include "ports/scaling_group.h"
#include "wiring/aws.h"
#include "wiring/config.h"

namespace almanac::wiring {

// Where groups are put together. References outlive what is made.
struct Site {
  ports::ObjectStore& store;
  Duration interval;
  std::shared_ptr<ports::ManualClock> clock;  // the time of the tick
  kinds::Visitor visitor;
  AwsConnections& connections;
};

// What the kinds of a group see. The group must be wired().
kinds::Surroundings surroundings(const GroupConfig& group, const Site& site);

// What stands behind a group's ports, made by its kinds: the target first, then each source of metrics.
struct GroupPorts {
  std::shared_ptr<ports::MetricSource> metrics;
  std::shared_ptr<ports::ScalingGroup> target;
  control::CollectorOptions collect;
  // Tells all of it the time of the next tick, where the group is kept. After an error it must be made anew.
  std::function<Result<void>(Timestamp)> advance;
};
Result<GroupPorts> make_ports(const GroupConfig& group, const Site& site);

}  // namespace almanac::wiring

#pragma once

#include <optional>
#include <string>

#include "adapters/aws/client/xml.h"
#include "core/capacity_unit.h"

namespace almanac::adapters::aws {

// What a group of DescribeAutoScalingGroups says of its capacity. MinSize, MaxSize and DesiredCapacity of a group with
// weights are in units, and an instance counts for its weight; so are the counts here.
//
// The unit is that of DesiredCapacityType (vcpu, memory-mib); else `units` where a type of the mixed instances policy
// or an instance has a WeightedCapacity other than 1; else `instances` (DesiredCapacityType "units" without weights
// means so too).
struct GroupCapacity {
  CapacityUnit unit = CapacityUnit::instances;
  int in_service = 0;
  int pending = 0;
  int standby = 0;
  int instances_in_service = 0;
  int largest_weight = 1;   // of types and instances, as far as they are told
  std::optional<int> each;  // what every instance that the group has or may launch counts for; empty: not one number
  std::string problem;      // why the counts are not known: instances that do not tell their weight
};

GroupCapacity read_capacity(const XmlElement& group);

}  // namespace almanac::adapters::aws

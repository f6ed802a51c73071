#include "adapters/aws/services/group_capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "adapters/aws/services/auto_scaling_api.h"

namespace almanac::adapters::aws {
namespace {

// Life cycle states: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
int* count_at(GroupCapacity& capacity, std::string_view life) {
  if (life == "InService") return &capacity.in_service;
  if (life.starts_with("Pending")) return &capacity.pending;
  if (life == "Standby" || life == "EnteringStandby") return &capacity.standby;
  return nullptr;
}

std::optional<int> weight_at(const XmlElement& element, std::string_view path) {
  const auto weight = int_at(element, path);
  return weight && *weight > 0 ? weight : std::nullopt;
}

// What the group may launch, as its overrides say: each entry's weight, empty where it is a range or not told.
struct Launchable {
  std::map<std::string, int, std::less<>> by_type;
  std::vector<std::optional<int>> weights;
  int largest = 1;
};

// `requirement` is where an entry of attributes says what counts: "VCpuCount", "MemoryMiB".
Launchable read_overrides(const XmlElement& group, const char* requirement) {
  Launchable found;
  for (const XmlElement* entry : group.list("MixedInstancesPolicy/LaunchTemplate/Overrides")) {
    auto weight = weight_at(*entry, "WeightedCapacity");
    if (requirement != nullptr) {
      const std::string path = fmt::format("InstanceRequirements/{}/", requirement);
      const auto least = weight_at(*entry, path + "Min"), most = weight_at(*entry, path + "Max");
      if (most) found.largest = std::max(found.largest, *most);
      if (!weight && least && least == most) weight = least;
    } else if (weight) {
      found.by_type[std::string(entry->text_at("InstanceType"))] = *weight;
    }
    if (weight) found.largest = std::max(found.largest, *weight);
    found.weights.push_back(weight);
  }
  return found;
}

std::optional<int> the_same(const std::vector<std::optional<int>>& weights) {
  if (weights.empty() || !weights.front()) return std::nullopt;
  const bool same = std::all_of(weights.begin(), weights.end(), [&](const auto& w) { return w == weights.front(); });
  return same ? weights.front() : std::nullopt;
}

bool is_weighted(const Launchable& launchable, const std::vector<const XmlElement*>& instances) {
  const auto other_than_one = [](const std::optional<int>& weight) { return weight.value_or(1) != 1; };
  return std::any_of(launchable.weights.begin(), launchable.weights.end(), other_than_one) ||
         std::any_of(instances.begin(), instances.end(), [&](const XmlElement* instance) {
           return other_than_one(weight_at(*instance, "WeightedCapacity"));
         });
}

}  // namespace

GroupCapacity read_capacity(const XmlElement& group) {
  GroupCapacity capacity;
  const std::string_view type = group.text_at("DesiredCapacityType");
  const char* requirement = type == "vcpu" ? "VCpuCount" : type == "memory-mib" ? "MemoryMiB" : nullptr;
  const Launchable launchable = read_overrides(group, requirement);
  const auto instances = group.list("Instances");
  if (requirement != nullptr) {
    capacity.unit = type == "vcpu" ? CapacityUnit::vcpus : CapacityUnit::mebibytes;
  } else if (is_weighted(launchable, instances)) {
    capacity.unit = CapacityUnit::units;
  }
  const bool plain = capacity.unit == CapacityUnit::instances;
  std::vector<std::optional<int>> weights;  // of the instances that count
  std::size_t untold = 0;
  for (const XmlElement* instance : instances) {
    const std::string_view life = instance->text_at("LifecycleState");
    int* count = count_at(capacity, life);
    if (count == nullptr) continue;
    if (life == "InService") ++capacity.instances_in_service;
    auto weight = weight_at(*instance, "WeightedCapacity");
    const auto by_type = launchable.by_type.find(instance->text_at("InstanceType"));
    if (!weight && by_type != launchable.by_type.end()) weight = by_type->second;
    if (!weight) weight = the_same(launchable.weights);
    if (plain) weight = 1;
    weights.push_back(weight);
    if (!weight) ++untold;
    *count += weight.value_or(0);
    capacity.largest_weight = std::max(capacity.largest_weight, weight.value_or(1));
  }
  if (plain) {
    capacity.each = 1;
    return capacity;
  }
  capacity.largest_weight = std::max(capacity.largest_weight, launchable.largest);
  capacity.each = the_same(launchable.weights);
  const auto differs = [&](const std::optional<int>& weight) { return weight != capacity.each; };
  if (std::any_of(weights.begin(), weights.end(), differs)) capacity.each.reset();
  if (untold > 0) {
    capacity.problem = fmt::format(
        "the group's capacity is counted in {}, and {} of its {} instances do not tell how many they count for "
        "(WeightedCapacity of DescribeAutoScalingGroups)",
        words(capacity.unit), untold, weights.size());
  }
  return capacity;
}

}  // namespace almanac::adapters::aws

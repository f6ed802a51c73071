#include "wiring/config_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "wiring/column_shares.h"
#include "wiring/config_keys.h"
#include "wiring/source_shorthand.h"

namespace almanac::wiring {
namespace {

using settings::Mistakes;
using settings::Values;

constexpr int kMostInstances = 100000;

template <typename Kind>
const Kind* kind_of(const std::vector<const Kind*>& kinds, const std::string& name) {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const Kind* kind) { return kind->name() == name; });
  return found == kinds.end() ? nullptr : *found;
}

NamedBlock named(const Values& values) {
  return {values.find<std::string>("kind").value_or(""), values};
}

// The blocks of metrics and target, whichever way they are said. Without a target it is not to be used.
Blocks blocks_of(const Values& group, const kinds::Kinds& kinds, Mistakes& mistakes) {
  const bool metrics = group.has("metrics"), target = group.has("target");
  if (group.has("source")) {
    if (!metrics && !target) return expand_source(group.get<Values>("source"), kinds);
    mistakes.add(group.place("source"), "expected either source, or metrics and target, found both");
    return {};
  }
  if (!metrics && !target) {
    mistakes.add(group.place("source"),
                 "expected where the metrics come from, and what is scaled: {aws: {}}, {csv: FILE} or {simulated: {}}; "
                 "or metrics and target");
    return {};
  }
  if (!metrics || !target) {
    mistakes.add(group.place(metrics ? "target" : "metrics"),
                 metrics
                     ? "expected what is scaled, such as {kind: auto_scaling_group}; {kind: watched} where nothing is"
                     : "expected where the metrics come from, such as {kind: cloudwatch}");
    return {};
  }
  Blocks blocks;
  for (const Values& each : group.get<std::vector<Values>>("metrics")) blocks.metrics.push_back(named(each));
  blocks.target = named(group.get<Values>("target"));
  return blocks;
}

void check_metrics(const MetricsConfig& metrics, const kinds::TargetKind& target, Mistakes& mistakes) {
  metrics.kind->check(metrics.values, mistakes);
  const std::string needed = metrics.kind->needs_target();
  if (!needed.empty() && needed != target.name()) {
    mistakes.add(metrics.values.place(),
                 fmt::format("expected a target of kind {} beside metrics of kind {}, found one of kind {}", needed,
                             metrics.kind->name(), target.name()));
  }
}

// False: nothing to be used.
bool read_kinds(const Values& block, const kinds::Kinds& kinds, GroupConfig& group, Mistakes& mistakes) {
  const Blocks blocks = blocks_of(block, kinds, mistakes);
  const auto* target = kind_of(kinds.targets, blocks.target.kind);
  if (target == nullptr || !blocks.target.values.complete()) return false;
  target->check(blocks.target.values, mistakes);
  group.target = TargetConfig{target, blocks.target.values};
  for (const NamedBlock& each : blocks.metrics) {
    const auto* kind = kind_of(kinds.metrics, each.kind);
    if (kind == nullptr || !each.values.complete()) return false;
    group.metrics.push_back({kind, each.values, {}});
    check_metrics(group.metrics.back(), *target, mistakes);
  }
  share_columns(group.metrics, mistakes);
  return true;
}

void read_scaling(const Values& scaling, planning::Policy& policy, Mistakes& mistakes) {
  scaling.into<std::int64_t>("min", policy.min);
  scaling.into<std::int64_t>("max", policy.max);
  if (const auto most = scaling.find<std::int64_t>("max_step_out")) policy.max_scale_out = static_cast<int>(*most);
  if (const auto most = scaling.find<std::int64_t>("max_step_in")) policy.max_scale_in = static_cast<int>(*most);
  scaling.into<Duration>("scale_in_stabilisation", policy.scale_in_stabilisation);
  if (policy.min <= policy.max) return;
  settings::Place culprit = scaling.place(scaling.has("min") ? "min" : "max");
  culprit.path = scaling.place().path + ".min";
  mistakes.add(culprit, fmt::format("expected min <= max, found min {} and max {}", policy.min, policy.max));
}

void read_policy(const Values& group, planning::Policy& policy, Mistakes& mistakes) {
  const Values& objective = group.get<Values>("objective");
  objective.into<double>("violating_requests", policy.objective);
  objective.into<double>("utilisation", policy.utilisation);
  if (group.find<std::string>("policy") == "threshold") policy.kind = planning::PolicyKind::threshold;
  if (const auto mode = group.find<std::string>("mode")) policy.mode = *planning::mode_of(*mode);
  const Values& threshold = group.get<Values>("threshold");
  threshold.into<double>("scale_out_above", policy.threshold_out);
  threshold.into<double>("scale_in_below", policy.threshold_in);
  if (policy.threshold_in >= policy.threshold_out) {
    mistakes.add(group.place("threshold"), "expected scale_in_below to be lower than scale_out_above");
  }
}

}  // namespace

GroupConfig read_group(const Values& block, const std::filesystem::path& folder, const kinds::Kinds& kinds,
                       Mistakes& mistakes) {
  GroupConfig group;
  block.into<std::string>("name", group.name);
  const bool known = read_kinds(block, kinds, group, mistakes);
  // The target's own limits hold; almanac.yaml may narrow them.
  if (group.target && group.target->kind->has_limits()) group.policy.min = 0, group.policy.max = kMostInstances;
  // A new group is only watched, until somebody says otherwise.
  if (group.target && !group.target->kind->simulated()) group.policy.mode = planning::Mode::observe;
  read_scaling(block.get<Values>("scaling"), group.policy, mistakes);
  read_policy(block, group.policy, mistakes);
  if (known) {
    if (const std::string why = why_not(group, group.policy.mode); !why.empty())
      mistakes.add(block.place("mode"), "expected " + why);
  }
  for (const std::string& place : block.find<std::vector<std::string>>("calendar").value_or(std::vector<std::string>()))
    group.calendars.push_back(is_web_address(place) ? place : (folder / place).string());
  group.timezone = block.find<std::string>("timezone");
  group.capacity_per_instance = block.find<double>("capacity_per_instance");
  group.lead_time = block.find<Duration>("lead_time");
  return group;
}

}  // namespace almanac::wiring

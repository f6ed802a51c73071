#include "wiring/group_ports.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/check.h"
#include "dataset/joined_metric_source.h"

namespace almanac::wiring {
namespace {

using dataset::JoinedMetricSource;

// Where the first collection begins: as early as any source has rows.
void begin_with(const std::vector<kinds::Metrics>& made, Timestamp now, control::CollectorOptions& collect) {
  for (const kinds::Metrics& metrics : made) {
    const Duration history = metrics.history.value_or(control::CollectorOptions().history);
    if (made.size() == 1) {
      collect.first = metrics.first;
      collect.history = history;
    } else {
      const Timestamp first = metrics.first.value_or(now - history);
      collect.first = std::min(collect.first.value_or(first), first);
    }
  }
}

// A source that feeds less than it knows is joined as well: what it does not feed is left out.
bool needs_joining(const std::vector<MetricsConfig>& sources) {
  return sources.size() > 1 || sources.front().columns != sources.front().kind->columns(sources.front().values);
}

// What messages call a source.
std::string name_of(const std::vector<MetricsConfig>& sources, std::size_t i) {
  const auto same = std::count_if(sources.begin(), sources.end(),
                                  [&](const MetricsConfig& other) { return other.kind == sources[i].kind; });
  const std::string name = sources[i].kind->name();
  return same > 1 ? fmt::format("{} (metrics[{}])", name, i) : name;
}

}  // namespace

kinds::Surroundings surroundings(const GroupConfig& group, const Site& site) {
  ALMANAC_CHECK(group.wired(), "group " + group.name + " names no metrics and target");
  const planning::Policy& policy = group.policy;
  return {
      .group = group.name,
      .interval = site.interval,
      .steering = {policy.min, policy.max, policy.mode == planning::Mode::own, policy.mode == planning::Mode::floor},
      .capacity_per_instance = group.capacity_per_instance,
      .target = *group.target->kind,
      .target_values = group.target->values,
      .visitor = site.visitor,
      .store = site.store,
      .clock = site.clock,
      .transport = [&connections = site.connections] { return connections.transport(); },
      .session = site.connections.shelf()};
}

Result<GroupPorts> make_ports(const GroupConfig& group, const Site& site) {
  const kinds::Surroundings around = surroundings(group, site);
  const std::string context = (group.target->kind->simulated() ? "simulated group " : "group ") + group.name;
  GroupPorts ports;
  auto target = group.target->kind->make(group.target->values, around);
  if (!target) return tl::unexpected(with_context(target.error(), context));
  ports.target = std::move(*target);
  std::vector<kinds::Metrics> made;
  std::vector<JoinedMetricSource::Part> parts;
  for (const MetricsConfig& source : group.metrics) {
    auto metrics = source.kind->make(source.values, around);
    if (!metrics) return tl::unexpected(with_context(metrics.error(), context));
    parts.push_back({name_of(group.metrics, parts.size()), source.columns, metrics->source});
    made.push_back(std::move(*metrics));
  }
  begin_with(made, site.clock->now(), ports.collect);
  if (needs_joining(group.metrics)) {
    if (parts.size() > 1)
      for (const auto& part : parts) ports.collect.feeds.push_back(part.columns);
    ports.metrics = std::make_shared<JoinedMetricSource>(std::move(parts));
  } else {
    ports.metrics = parts.front().source;
  }
  ports.advance = [clock = site.clock, followers = around.followers](Timestamp to) -> Result<void> {
    clock->set(to);
    for (const auto& follow : *followers) {
      if (auto followed = follow(to); !followed) return followed;
    }
    return {};
  };
  return ports;
}

}  // namespace almanac::wiring

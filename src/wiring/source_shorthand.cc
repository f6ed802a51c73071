#include "wiring/source_shorthand.h"

#include <algorithm>

#include "core/check.h"

namespace almanac::wiring {

using settings::block;
using settings::file;
using settings::key_of;
using settings::Keys;
using settings::Values;

namespace {

template <typename Kind>
Keys keys_of_kind(const std::vector<const Kind*>& kinds, const std::string& name) {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const Kind* kind) { return kind->name() == name; });
  ALMANAC_CHECK(found != kinds.end(), "source: stands for a kind that is not there: " + name);
  return (*found)->keys();
}

// The block of a kind, with values that stand under `source`, perhaps by other names.
NamedBlock block_of(const std::string& kind, const Keys& keys, const Values& from,
                    const std::vector<std::pair<std::string, std::string>>& taken) {
  Values values(from.place(), settings::names_of(keys));
  for (const auto& [key, as] : taken) values.take(from, key, as);
  if (!from.complete()) values.spoil();
  return {kind, std::move(values)};
}

}  // namespace

settings::Key source_key(const kinds::Kinds& kinds) {
  const Keys group = keys_of_kind(kinds.targets, "auto_scaling_group");
  const Keys load = keys_of_kind(kinds.metrics, "cloudwatch");
  const Keys aws{key_of(group, "name").called("auto_scaling_group"), key_of(group, "region"),
                 key_of(load, "load_balancer"), key_of(load, "target_group"), key_of(load, "metric")};
  return block("source", "Short for metrics and target: one of the three.",
               {block("simulated", "A built-in shop that needs no cloud: metrics and target of kind simulated.",
                      keys_of_kind(kinds.targets, "simulated")),
                file("csv", "A CSV file: metrics of kind csv, a target of kind watched."),
                block("aws", "Metrics of kind cloudwatch, a target of kind auto_scaling_group.", aws)})
      .with_only_one("one of {aws: {}}, {csv: FILE} and {simulated: {}}");
}

Blocks expand_source(const Values& source, const kinds::Kinds& kinds) {
  if (!source.complete()) return {};  // what is wrong is told already
  if (source.has("csv")) {
    return {{block_of("csv", keys_of_kind(kinds.metrics, "csv"), source, {{"csv", "file"}})},
            block_of("watched", keys_of_kind(kinds.targets, "watched"), source, {})};
  }
  if (source.has("simulated")) {
    const Values& shop = source.get<Values>("simulated");
    return {{block_of("simulated", keys_of_kind(kinds.metrics, "simulated"), shop, {})},
            block_of("simulated", keys_of_kind(kinds.targets, "simulated"), shop,
                     {{"seed", "seed"}, {"boot", "boot"}, {"history", "history"}})};
  }
  const Values& aws = source.get<Values>("aws");
  return {{block_of("cloudwatch", keys_of_kind(kinds.metrics, "cloudwatch"), aws,
                    {{"load_balancer", "load_balancer"}, {"target_group", "target_group"}, {"metric", "metric"}})},
          block_of("auto_scaling_group", keys_of_kind(kinds.targets, "auto_scaling_group"), aws,
                   {{"auto_scaling_group", "name"}, {"region", "region"}})};
}

}  // namespace almanac::wiring

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kinds/kind.h"
#include "settings/key.h"
#include "settings/values.h"

namespace almanac::wiring {

// `source:`, which says both where metrics come from and what is scaled: {aws: {...}}, {csv: FILE}, {simulated: {...}}.
// Its keys are those of the kinds that it stands for.
settings::Key source_key(const kinds::Kinds& kinds);

// What a group's blocks say, by the names of their kinds.
struct NamedBlock {
  std::string kind;
  settings::Values values;
};
struct Blocks {
  std::vector<NamedBlock> metrics;
  NamedBlock target;
};
// What `source` stands for; nothing where it could not be read.
Blocks expand_source(const settings::Values& source, const kinds::Kinds& kinds);

}  // namespace almanac::wiring

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "records/overrides.h"
#include "records/record.h"

namespace almanac::insight {

// How much a group needs a person, worst last.
enum class Level { ok, notice, warning, critical };

std::string_view to_string(Level level);

struct Attention {
  Level level = Level::ok;
  std::vector<std::string> reasons;  // plain words that say what to do; the most pressing first

  bool operator==(const Attention&) const = default;
};

struct AttentionInput {
  const records::Record* latest = nullptr;  // the last real decision; nullptr: none yet
  records::Overrides overrides;             // in force
  double objective = 0.001;
  std::optional<double> realised;  // violating share of the last days
  int days = 7;                    // of them
  Timestamp now{};
  Duration interval{300};
};

// critical: no decision for 15 minutes (three intervals where those are longer), capacity held for want of metrics, a
// decision refused, a maximum that is too low. warning: a lower rung of the method, a calendar that is stale or in part
// not applied, a capacity that something else changed, an objective missed by more than a factor of two. notice: a
// group that was never decided for, a pause, a manual floor or mode, an observed group that would be scaled very
// differently.
Attention attention_of(const AttentionInput& input);

}  // namespace almanac::insight

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "ports/scaling_group.h"
#include "records/record.h"

namespace almanac::control {

// What a real scaling group's state means for a decision. Pure, except send().

// Whether the record's decision is to be sent (open) or why not (not_sent), from its overrides, mode and group: nothing
// is asked of a group that cannot do it now or should not (no scale-in while its instances are being replaced), and
// nothing at all of one whose unit is not known. The record must have a group.
records::Outcome intended(const records::Record& record);

// What a reader of the ledger should know about the group: instances in standby, what blocks it in this mode, launches
// that fail. `failures` are those since the tick before.
std::vector<std::string> group_notices(const ports::GroupState& group, planning::Mode mode,
                                       const std::vector<ports::LaunchFailure>& failures);

// When the capacity that stood after `previous` is not what `record` found, and neither limits nor instances that went
// to or came from standby explain it: who may have changed it and what to do. Nothing where the mode was another or the
// group is paused.
std::optional<std::string> find_revert(const records::Record& previous, const records::Record& record);

// Asks the group for what the record decided, in the way of its mode. `now` is the real time, for mode floor. The
// answer is an outcome, never `open`.
struct Sent {
  records::Outcome outcome;
  std::optional<Error> error;  // where the outcome is refused
  std::vector<std::string> notices;
};
Sent send(ports::ScalingGroup& group, const records::Record& record, Timestamp now);

}  // namespace almanac::control

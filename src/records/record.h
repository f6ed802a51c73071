#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision.h"
#include "core/result.h"
#include "planning/planner.h"
#include "ports/notifier.h"
#include "ports/scaling_group.h"
#include "records/overrides.h"

namespace almanac::records {

// What happened to a decision after it was taken.
struct Outcome {
  enum class Kind {
    open,      // to be sent; the answer is not known (yet, or because the process died)
    not_sent,  // nothing to send (no change, a dry run, mode observe), or sending would be pointless or harmful
    accepted,
    refused,  // the group could not be asked or said no; the next tick decides anew
  };
  Kind kind = Kind::not_sent;
  std::string message;  // why not sent, or the group's answer

  bool operator==(const Outcome&) const = default;
};

std::string_view to_string(Outcome::Kind kind);

// Something amiss that a person should hear of once, not at every tick while it lasts (control/alerts.h).
struct Condition {
  ports::NotificationKind kind = ports::NotificationKind::degraded;
  std::string subject;  // what tells it apart from others of its kind: a calendar's name, a rung of the ladder
  std::string text;
  bool told = false;  // a message about it went out, at this tick or before

  bool operator==(const Condition&) const = default;
};

// One line of the ledger. In mode floor `decision.desired` is the minimum to keep, and `desired_before` the minimum
// that was in force, the group's own or raised; in the other modes both are the desired capacity.
struct Record {
  Decision decision;
  planning::Mode mode = planning::Mode::own;
  std::optional<ports::GroupState> group;  // as it was found, without its notices; empty in lines of older versions
  std::optional<Timestamp> floor_until;    // mode floor: until when the minimum was to be kept
  // By the clock, and how far the metrics reached then (punctuality.h); empty in lines of older versions, the latter
  // also where none of the last hour was whole.
  std::optional<Timestamp> decided_at, metrics_until;
  Overrides overrides;  // what people had set; `mode` above is the one in force
  Outcome outcome;
  std::vector<std::string> notices;  // what was amiss: a calendar that could not be read, rows that came late
  std::vector<Condition> conditions;
  planning::PlannerState state;  // the planner's memory after this decision; the next tick starts from it

  CapacityUnit unit() const { return group ? group->unit : CapacityUnit::instances; }

  bool operator==(const Record&) const = default;
};

// One line of JSON without the line's end (docs/formats.md). Exact: from_json(to_json(r)) == r to the last bit, except
// that numbers that are not finite become null and are refused when read.
std::string to_json(const Record& record);

// corrupt when the line is not a whole record. Unknown keys are ignored: newer versions may add some.
Result<Record> from_json(std::string_view line);

}  // namespace almanac::records

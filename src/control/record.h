#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision.h"
#include "core/result.h"
#include "planning/planner.h"

namespace almanac::control {

// What happened to a decision after it was taken.
struct Outcome {
  enum class Kind {
    open,      // to be sent; the answer is not known (yet, or because the process died)
    not_sent,  // nothing to send: no change, a dry run, or mode observe
    accepted,
    refused,  // the group could not be asked or said no; the next tick decides anew
  };
  Kind kind = Kind::not_sent;
  std::string message;  // why not sent, or the group's answer

  bool operator==(const Outcome&) const = default;
};

std::string_view to_string(Outcome::Kind kind);

// One line of the ledger.
struct Record {
  Decision decision;
  Outcome outcome;
  std::vector<std::string> notices;  // what was amiss: a calendar that could not be read, rows that came late
  planning::PlannerState state;      // the planner's memory after this decision; the next tick starts from it

  bool operator==(const Record&) const = default;
};

// One line of JSON without the line's end (docs/formats.md). Exact: from_json(to_json(r)) == r to the last bit, except
// that numbers that are not finite become null and are refused when read.
std::string to_json(const Record& record);

// corrupt when the line is not a whole record. Unknown keys are ignored: newer versions may add some.
Result<Record> from_json(std::string_view line);

}  // namespace almanac::control

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "ports/object_store.h"

namespace almanac::records {

// Something a person did to a group: who, when, why.
struct Action {
  Timestamp time;
  std::string action;  // "pause", "resume", "floor", "clear_floor", "mode", "clear_mode", "train"
  std::string who;
  std::string why;
  std::optional<Timestamp> until;
  std::optional<int> capacity;      // of a floor
  std::optional<std::string> mode;  // of a mode
  std::string failed;               // why it did not take effect after all; else empty

  bool operator==(const Action&) const = default;
};

// One line of JSON without the line's end (docs/formats.md).
std::string to_json(const Action& action);
// corrupt when the line is not a whole action.
Result<Action> action_from_json(std::string_view line);

// The part of the ledger that people write: one line an action, in one object a UTC day,
// <group>/actions/YYYY-MM-DD.jsonl. Lines are only ever appended. Safe with several writers.
class ActionLog {
 public:
  ActionLog(ports::ObjectStore& store, std::string group) : store_(store), group_(std::move(group)) {}

  Result<void> add(const Action& action);
  // Actions with a time in `range`, in the order of the file; lines that cannot be read are left out.
  Result<std::vector<Action>> between(TimeRange range) const;

 private:
  std::string key_of(Timestamp time) const;

  ports::ObjectStore& store_;
  std::string group_;
};

}  // namespace almanac::records

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ports/notifier.h"
#include "records/record.h"

namespace almanac::control {

// Messages to people: one for each thing that goes wrong, when it begins, and one when the full method is back. What is
// amiss is kept in the ledger as the record's conditions, so that the next process knows what was told.

// What is amiss at `record`: its health, its limits, `reverted` where something else changed the capacity,
// and what `calendar` found. Nothing is told yet.
std::vector<records::Condition> conditions_of(const records::Record& record,
                                              const std::vector<records::Condition>& calendar,
                                              const std::optional<std::string>& reverted);

// `conditions` with `told` set where no message is needed: it was told at the record before and lasts, the rung of the
// ladder is no worse than the one told, or (degraded) there is no record before, as in a new group without a model.
std::vector<records::Condition> inherit_told(std::vector<records::Condition> conditions,
                                             const records::Record* previous);

// Brings the condition write_refused of `record` in line with its outcome, once the group has answered.
void note_refusal(records::Record& record, const records::Record* previous);

// The messages that `record` gives rise to, at most one of a kind: its conditions that are not told, and `recovered`
// when the previous record was degraded and this one is not. None for a dry run.
std::vector<ports::Notification> alerts(const records::Record* previous, const records::Record& record);

// Sends each message to every notifier; a message counts as told when one of them took it. What failed is a notice.
struct Delivery {
  std::vector<ports::NotificationKind> told;
  std::vector<std::string> notices;
};
Delivery deliver(const std::vector<ports::Notifier*>& notifiers, const std::vector<ports::Notification>& messages);

}  // namespace almanac::control

#include "control/alerts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "records/calendar_store.h"

namespace almanac::control {
namespace {

using ports::Notification;
using ports::NotificationKind;

const records::Condition* find_kind(const std::vector<records::Condition>& conditions, NotificationKind kind) {
  const auto found = std::find_if(conditions.begin(), conditions.end(), [&](const auto& c) { return c.kind == kind; });
  return found == conditions.end() ? nullptr : &*found;
}

// How far down the ladder a condition's subject stands.
int rung(std::string_view subject) {
  constexpr std::array kLadder{Health::full, Health::fallback, Health::reactive, Health::hold};
  for (std::size_t i = 0; i < kLadder.size(); ++i) {
    if (to_string(kLadder[i]) == subject) return static_cast<int>(i);
  }
  return static_cast<int>(kLadder.size());
}

std::string degraded_text(const records::Record& record) {
  const auto& stages = record.decision.stages;
  const std::string& first = stages.empty() ? std::string() : stages.front().reason;
  switch (record.decision.health) {
    case Health::fallback:
      return "no model could be used; the seasonal naive forecast stands in";
    case Health::reactive:
      return "no forecast can be trusted; the capacity follows the load that arrives: " + first;
    default:
      return first;
  }
}

// The stage that came to more instances than the limits allow.
std::optional<Stage> wanted_above_maximum(const Decision& d) {
  const auto limits =
      std::find_if(d.stages.begin(), d.stages.end(), [](const Stage& stage) { return stage.name == "limits"; });
  if (limits == d.stages.begin() || limits == d.stages.end()) return std::nullopt;
  auto wanted = std::prev(limits);
  if (wanted->capacity <= limits->capacity) return std::nullopt;
  // Stages that change nothing hand the number on; the reason is the one's that set it.
  while (wanted != d.stages.begin() && std::prev(wanted)->capacity == wanted->capacity) --wanted;
  return *wanted;
}

std::string_view headline(NotificationKind kind) {
  switch (kind) {
    case NotificationKind::degraded:
      return "decisions are degraded";
    case NotificationKind::recovered:
      return "decisions use the full method again";
    case NotificationKind::event_not_applied:
      return "calendar entries are not in use";
    case NotificationKind::calendar_stale:
      return "a calendar cannot be used as it is";
    case NotificationKind::at_maximum:
      return "the maximum is too low";
    case NotificationKind::write_refused:
      return "the group did not take a decision";
    case NotificationKind::reverted:
      return "something else changed the capacity";
  }
  return "";
}

std::string_view advice(NotificationKind kind) {
  switch (kind) {
    case NotificationKind::degraded:
      return "Nothing is scaled in on missing data. `almanac explain` shows the decision, its notices say why.";
    case NotificationKind::event_not_applied:
      return "All other entries are in use. Mend these and look at `almanac calendar preview`.";
    case NotificationKind::calendar_stale:
      return "Mend the calendar; it is tried at every tick. `almanac calendar accept` takes it as it is now.";
    case NotificationKind::at_maximum:
      return "Raise the maximum of the group and of `max` in the configuration if this load is to be served.";
    case NotificationKind::write_refused:
      return "The group keeps its capacity; the next tick decides anew.";
    default:
      return "";
  }
}

Notification message(NotificationKind kind, const records::Record& record, std::string text) {
  const Decision& d = record.decision;
  if (const auto tip = advice(kind); !tip.empty()) text += fmt::format("\n{}", tip);
  const records::Overrides& set = record.overrides;
  if (set.pause) text += fmt::format("\nThe group is {}.", describe(*set.pause));
  if (set.floor) text += fmt::format("\nIn force: {}.", describe(*set.floor));
  if (set.mode) text += fmt::format("\nIn force: {}.", describe(*set.mode));
  return {kind, d.group, d.now, fmt::format("{}: {}", d.group, headline(kind)), std::move(text)};
}

std::string lines_of(const std::vector<const records::Condition*>& conditions) {
  // Calendars' entries stand here as they are given, the last line naming all the rest (records::kConditionsKept).
  constexpr std::size_t kLines = records::kConditionsKept + 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(kLines, conditions.size()); ++i) {
    const records::Condition& c = *conditions[i];
    const bool named = c.kind == NotificationKind::event_not_applied;
    text += fmt::format("{}{}{}", i == 0 ? "" : "\n", named ? c.subject + ": " : "", c.text);
  }
  if (conditions.size() > kLines) text += fmt::format("\nand {} more", conditions.size() - kLines);
  return text;
}

}  // namespace

std::vector<records::Condition> conditions_of(const records::Record& record,
                                              const std::vector<records::Condition>& calendar,
                                              const std::optional<std::string>& reverted) {
  const Decision& d = record.decision;
  std::vector<records::Condition> all;
  const auto add = [&](NotificationKind kind, std::string_view subject, std::string text) {
    all.push_back({kind, std::string(subject), std::move(text), false});
  };
  if (d.health != Health::full) add(NotificationKind::degraded, to_string(d.health), degraded_text(record));
  if (const auto wanted = wanted_above_maximum(d); wanted && d.health != Health::hold) {
    add(NotificationKind::at_maximum, "",
        fmt::format("{} are needed, {} are allowed ({}: {})", counted(wanted->capacity, record.unit()), d.desired,
                    wanted->name, wanted->reason));
  }
  if (reverted) add(NotificationKind::reverted, "", *reverted);
  all.insert(all.end(), calendar.begin(), calendar.end());
  return all;
}

std::vector<records::Condition> inherit_told(std::vector<records::Condition> conditions,
                                             const records::Record* previous) {
  for (records::Condition& condition : conditions) {
    const bool degraded = condition.kind == NotificationKind::degraded;
    if (previous == nullptr) {
      condition.told = condition.told || degraded;
      continue;
    }
    for (const records::Condition& earlier : previous->conditions) {
      if (!earlier.told || earlier.kind != condition.kind) continue;
      const bool lasts =
          degraded ? rung(condition.subject) <= rung(earlier.subject) : condition.subject == earlier.subject;
      if (lasts) condition.told = true;
    }
  }
  return conditions;
}

void note_refusal(records::Record& record, const records::Record* previous) {
  const bool refused = record.outcome.kind == records::Outcome::Kind::refused;
  const bool noted = find_kind(record.conditions, NotificationKind::write_refused) != nullptr;
  if (!refused) {
    std::erase_if(record.conditions, [](const auto& c) { return c.kind == NotificationKind::write_refused; });
  } else if (!noted) {
    const Decision& d = record.decision;
    std::vector<records::Condition> refusal{{NotificationKind::write_refused, "",
                                             fmt::format("{} were decided at {}: {}", counted(d.desired, record.unit()),
                                                         format_timestamp(d.now), record.outcome.message),
                                             false}};
    record.conditions.push_back(inherit_told(std::move(refusal), previous).front());
  }
}

std::vector<Notification> alerts(const records::Record* previous, const records::Record& record) {
  std::vector<Notification> messages;
  const Decision& d = record.decision;
  if (d.dry_run) return messages;
  for (const auto kind :
       {NotificationKind::degraded, NotificationKind::event_not_applied, NotificationKind::calendar_stale,
        NotificationKind::at_maximum, NotificationKind::write_refused, NotificationKind::reverted}) {
    std::vector<const records::Condition*> untold;
    for (const records::Condition& c : record.conditions) {
      if (c.kind == kind && !c.told) untold.push_back(&c);
    }
    if (!untold.empty()) messages.push_back(message(kind, record, lines_of(untold)));
  }
  const bool was_degraded =
      previous != nullptr && find_kind(previous->conditions, NotificationKind::degraded) != nullptr;
  if (was_degraded && d.health == Health::full) {
    messages.push_back(message(NotificationKind::recovered, record,
                               fmt::format("the calibrated forecast ({}) is in use; the group is to have {}",
                                           d.forecaster, counted(d.desired, record.unit()))));
  }
  return messages;
}

Delivery deliver(const std::vector<ports::Notifier*>& notifiers, const std::vector<Notification>& messages) {
  Delivery delivery;
  for (const Notification& one : messages) {
    bool told = false;
    for (ports::Notifier* notifier : notifiers) {
      const auto sent = notifier->notify(one);
      told = told || sent.has_value();
      if (!sent) {
        delivery.notices.push_back(fmt::format("the message \"{}\" could not be delivered: {}",
                                               ports::to_string(one.kind), sent.error().message));
      }
    }
    if (told) delivery.told.push_back(one.kind);
  }
  return delivery;
}

}  // namespace almanac::control

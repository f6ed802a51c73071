#include "insight/attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace almanac::insight {
namespace {

using ports::NotificationKind;

class Judge {
 public:
  explicit Judge(const AttentionInput& input) : input_(input) {}

  Attention judge() {
    if (input_.latest == nullptr) {
      add(Level::notice, "No decision has been taken yet; the first one comes with the next tick.");
    } else {
      silence();
      health();
      conditions();
      unit();
    }
    objective();
    overrides();
    if (input_.latest != nullptr) difference();
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    Attention attention;
    for (auto& [level, reason] : found_) {
      attention.level = std::max(attention.level, level);
      attention.reasons.push_back(std::move(reason));
    }
    return attention;
  }

 private:
  void add(Level level, std::string reason) { found_.emplace_back(level, std::move(reason)); }

  void silence() {
    const Duration silent = input_.now - input_.latest->decision.now;
    if (silent <= std::max(Duration{15 * 60}, 3 * input_.interval)) return;
    add(Level::critical,
        fmt::format("No decision for {}: see whether almanac is running and what its log says of this group.",
                    format_duration(floor_to(Timestamp{silent}, kMinute).time_since_epoch())));
  }

  void health() {
    switch (input_.latest->decision.health) {
      case Health::full:
        return;
      case Health::fallback:
        return add(Level::warning,
                   "No model can be used, the seasonal naive forecast stands in: train, or see the notices for what "
                   "is wrong with the model.");
      case Health::reactive:
        return add(Level::warning,
                   "Decisions follow the load that arrives: there is too little history yet, or the forecast's "
                   "uncertainty is out of bounds; the last decision says which.");
      case Health::hold:
        return add(Level::critical,
                   "Metrics are missing, the capacity is held: look at the group's metric source with `almanac "
                   "doctor`.");
    }
  }

  void conditions() {
    int entries = 0;
    std::string first;
    for (const records::Condition& condition : input_.latest->conditions) {
      switch (condition.kind) {
        case NotificationKind::at_maximum:
          add(Level::critical,
              fmt::format("At the maximum: {}. Raise `max` if this load is to be served.", condition.text));
          break;
        case NotificationKind::write_refused:
          add(Level::critical, fmt::format("The group refused a decision: {}", condition.text));
          break;
        case NotificationKind::calendar_stale:
          add(Level::warning, fmt::format("A calendar cannot be used as it is: {}", condition.text));
          break;
        case NotificationKind::reverted:
          add(Level::warning, fmt::format("Something else changed the capacity: {}", condition.text));
          break;
        case NotificationKind::event_not_applied:
          if (entries++ == 0) first = condition.subject + ": " + condition.text;
          break;
        case NotificationKind::degraded:  // said by its health
        case NotificationKind::recovered:
          break;
      }
    }
    if (entries == 1) add(Level::warning, "A calendar entry is not applied: " + first);
    if (entries > 1)
      add(Level::warning, fmt::format("{} calendar entries are not applied, the first: {}", entries, first));
  }

  void unit() {
    const records::Record& record = *input_.latest;
    if (!record.group || record.group->unit_problem.empty()) return;
    const bool steers = record.mode != planning::Mode::observe;
    add(steers ? Level::critical : Level::warning,
        fmt::format("{}: {}.", steers ? "Nothing is asked of the group" : "The group could not be steered",
                    record.group->unit_problem));
  }

  void objective() {
    if (!input_.realised || *input_.realised <= 2 * input_.objective) return;
    add(Level::warning,
        fmt::format("{:.2g} % of requests met too much load in the last {} days, where {:.2g} % are the objective: "
                    "look at when it happened; a higher maximum, a calendar entry or a floor may help.",
                    100 * *input_.realised, input_.days, 100 * input_.objective));
  }

  void overrides() {
    if (input_.overrides.pause)
      add(Level::notice, fmt::format("Decisions are recorded but not sent: {}.", describe(*input_.overrides.pause)));
    if (input_.overrides.floor) add(Level::notice, fmt::format("{}.", capital(describe(*input_.overrides.floor))));
    if (input_.overrides.mode) add(Level::notice, fmt::format("{}.", capital(describe(*input_.overrides.mode))));
  }

  void difference() {
    const records::Record& record = *input_.latest;
    if (record.mode != planning::Mode::observe || !record.group) return;
    const int there = record.group->desired, wanted = record.decision.desired;
    if (std::abs(there - wanted) < 2 || std::abs(there - wanted) * 4 < std::max(there, wanted)) return;
    add(Level::notice, fmt::format("Almanac only watches: it would have {}, the group has {}.",
                                   counted(wanted, record.unit()), there));
  }

  static std::string capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
  }

  const AttentionInput& input_;
  std::vector<std::pair<Level, std::string>> found_;
};

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::notice:
      return "notice";
    case Level::warning:
      return "warning";
    case Level::critical:
      return "critical";
  }
  return "ok";
}

Attention attention_of(const AttentionInput& input) {
  return Judge(input).judge();
}

}  // namespace almanac::insight

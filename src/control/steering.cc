#include "control/steering.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/check.h"

namespace almanac::control {
namespace {

using planning::Mode;
using Kind = ports::Blocker::Kind;

records::Outcome not_sent(std::string why) {
  return {records::Outcome::Kind::not_sent, std::move(why)};
}

int minimum_in_force(const ports::GroupState& group) {
  return std::max(group.min, group.raised_minimum.value_or(group.min));
}

records::Outcome intended_own(const Decision& d, const ports::GroupState& group) {
  struct Reason {
    Kind kind;
    const char* consequence;
  };
  constexpr Reason kOut[]{{Kind::cannot_launch, "nothing would be launched"}};
  constexpr Reason kIn[]{{Kind::cannot_terminate, "nothing would be terminated"},
                         {Kind::being_replaced, "no scale-in until it is over"}};
  if (d.desired == d.desired_before) return not_sent("the group already stands at this capacity");
  for (const Reason& reason : d.desired > d.desired_before ? std::span<const Reason>(kOut) : std::span(kIn)) {
    const ports::Blocker* blocker = find_blocker(group, reason.kind);
    if (blocker != nullptr) return not_sent(fmt::format("{}: {}", blocker->words, reason.consequence));
  }
  return {records::Outcome::Kind::open, ""};
}

// A raise that stands is renewed whatever blocks it, so that the end that restores the group's own minimum stays ahead:
// one that falls due while the floor stands still is lost.
records::Outcome intended_floor(const Decision& d, const ports::GroupState& group) {
  if (group.raised_minimum) return {records::Outcome::Kind::open, ""};
  if (d.desired <= group.min) return not_sent(fmt::format("the group's own minimum of {} is enough", group.min));
  for (const Kind kind : {Kind::floor_stands_still, Kind::cannot_launch}) {
    if (const ports::Blocker* blocker = find_blocker(group, kind)) {
      return not_sent(fmt::format("{}: raising the minimum would do nothing", blocker->words));
    }
  }
  return {records::Outcome::Kind::open, ""};
}

std::string with_advice(const std::string& text, const std::string& advice) {
  return advice.empty() ? text : fmt::format("{}; {}", text, advice);
}

// What is said in the ledger of what blocks the group; of kinds that change nothing in this mode nothing is.
std::string notice_of(const ports::Blocker& blocker, Mode mode) {
  switch (blocker.kind) {
    case Kind::being_replaced:
      return blocker.words + ": nothing is scaled in until it is over";
    case Kind::floor_stands_still:
    case Kind::others_stand_still:
      if (mode != Mode::floor) return "";
      break;
    case Kind::other:
      return "";
    case Kind::cannot_launch:
    case Kind::cannot_terminate:
      break;
  }
  return with_advice(blocker.words, blocker.advice);
}

std::string count_of(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::optional<std::string> own_reverted(const records::Record& previous, const records::Record& record) {
  const Decision& d = previous.decision;
  const bool stood = previous.outcome.kind == records::Outcome::Kind::accepted ||
                     (previous.outcome.kind == records::Outcome::Kind::not_sent && d.desired == d.desired_before);
  const ports::GroupState& group = *record.group;
  if (!stood || group.desired == d.desired) return std::nullopt;
  if (group.desired == std::clamp(d.desired, minimum_in_force(group), std::max(minimum_in_force(group), group.max))) {
    return std::nullopt;
  }
  // Entering standby may take an instance out of the desired capacity, leaving it puts it back.
  const int left = group.standby - previous.group->standby;
  if (left != 0 && group.desired == d.desired - left) return std::nullopt;
  return fmt::format(
      "the capacity of {} decided at {} was changed to {} by something else: another scaling policy or schedule of the "
      "group, infrastructure as code, or a person. In mode own detach other policies (mode floor works beside them) "
      "and let infrastructure as code ignore the desired capacity",
      d.desired, format_timestamp(d.now), group.desired);
}

std::optional<std::string> floor_reverted(const records::Record& previous, const records::Record& record) {
  const int raised = previous.decision.desired;
  const ports::GroupState& group = *record.group;
  const bool stood = previous.outcome.kind == records::Outcome::Kind::accepted && previous.floor_until &&
                     *previous.floor_until > record.decision.now && raised > previous.group->min;
  // Where the capacity is there all the same, nothing was lost, and the raise is renewed anyway.
  if (!stood || raised > group.max || minimum_in_force(group) >= raised || group.desired >= raised) return std::nullopt;
  return fmt::format(
      "the minimum of {} asked for at {} is not in force: the group has a minimum of {} and stands at {}. Something "
      "else changed it (infrastructure as code that does not ignore the minimum, another schedule of the group, a "
      "person), or the group does not carry out what it took. It is asked for again",
      raised, format_timestamp(previous.decision.now), minimum_in_force(group), group.desired);
}

Sent refused(Error error) {
  Sent sent;
  sent.outcome = {records::Outcome::Kind::refused, error.message};
  sent.error = std::move(error);
  return sent;
}

Sent send_own(ports::ScalingGroup& group, const records::Record& record, Timestamp now) {
  Sent sent;
  const int desired = record.decision.desired;
  if (record.group && record.group->raised_minimum) {
    // Left over from mode floor.
    const int raised = *record.group->raised_minimum;
    const auto ended = group.raise_minimum(record.group->min, now, now);
    if (!ended) sent.notices.push_back("the raised minimum could not be ended: " + ended.error().message);
    if (desired < raised) {
      sent.outcome = not_sent(fmt::format("the minimum is still raised to {} from mode floor; it ends by itself{}",
                                          raised, ended ? ", within minutes" : ""));
      return sent;
    }
  }
  if (auto done = group.set_desired(desired); !done) return refused(done.error());
  sent.outcome = {records::Outcome::Kind::accepted, ""};
  return sent;
}

}  // namespace

records::Outcome intended(const records::Record& record) {
  ALMANAC_CHECK(record.group.has_value(), "a decision is about a group that was described");
  if (record.decision.dry_run) return not_sent("dry run");
  if (record.overrides.pause) return not_sent(describe(*record.overrides.pause));
  if (record.mode != Mode::observe && !record.group->unit_problem.empty()) {
    return not_sent(fmt::format("mode {} asks nothing of a group whose unit is not known: {}", to_string(record.mode),
                                record.group->unit_problem));
  }
  switch (record.mode) {
    case Mode::observe:
      return not_sent("mode observe only records");
    case Mode::floor:
      return intended_floor(record.decision, *record.group);
    case Mode::own:
      return intended_own(record.decision, *record.group);
  }
  return not_sent("");
}

std::vector<std::string> group_notices(const ports::GroupState& group, Mode mode,
                                       const std::vector<ports::LaunchFailure>& failures) {
  std::vector<std::string> notices = group.notices;
  if (group.standby > 0) {
    notices.push_back(
        fmt::format("{} in standby: the desired capacity counts without them", counted(group.standby, group.unit)));
  }
  for (const ports::Blocker& blocker : group.blockers) {
    if (std::string notice = notice_of(blocker, mode); !notice.empty()) notices.push_back(std::move(notice));
  }
  if (failures.empty()) return notices;
  const ports::LaunchFailure& last = failures.back();
  const auto short_of = std::count_if(failures.begin(), failures.end(), [](const auto& f) { return f.no_capacity; });
  const std::size_t alike = static_cast<std::size_t>(last.no_capacity ? short_of : std::ssize(failures) - short_of);
  const std::string failed = count_of(alike, "launch", "launches") + " failed";
  notices.push_back(with_advice(
      last.no_capacity ? fmt::format("{}, the cloud has no such instances left: {}; it is asked again at each tick",
                                     failed, last.message)
                       : fmt::format("{}: {}", failed, last.message),
      last.advice));
  return notices;
}

std::optional<std::string> find_revert(const records::Record& previous, const records::Record& record) {
  if (!previous.group || !record.group || previous.mode != record.mode || previous.decision.dry_run)
    return std::nullopt;
  // Whoever pauses a group means to change it.
  if (previous.overrides.pause || record.overrides.pause) return std::nullopt;
  if (record.mode == Mode::own) return own_reverted(previous, record);
  if (record.mode == Mode::floor) return floor_reverted(previous, record);
  return std::nullopt;
}

Sent send(ports::ScalingGroup& group, const records::Record& record, Timestamp now) {
  if (record.mode != Mode::floor) return send_own(group, record, now);
  const Timestamp until = record.floor_until.value_or(record.decision.cover_window.end);
  if (auto done = group.raise_minimum(record.decision.desired, now, until); !done) return refused(done.error());
  Sent sent;
  sent.outcome = {records::Outcome::Kind::accepted, ""};
  return sent;
}

}  // namespace almanac::control

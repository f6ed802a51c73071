#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "daemon/daemon.h"
#include "daemon/slot.h"
#include "records/action_log.h"
#include "records/overrides.h"

namespace almanac::daemon {
namespace {

using Json = nlohmann::ordered_json;
using serving::ActionKind;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<records::Change> change_of(const serving::Action& action, const wiring::GroupConfig& group) {
  using Kind = records::Change::Kind;
  records::Change change;
  change.who = action.who;
  change.why = action.why;
  change.until = action.until;
  change.capacity = action.capacity;
  switch (action.kind) {
    case ActionKind::pause:
      change.kind = Kind::pause;
      break;
    case ActionKind::resume:
      change.kind = Kind::resume;
      break;
    case ActionKind::floor:
      if (auto possible = wiring::check_floor(group, action.capacity); !possible)
        return tl::unexpected(possible.error());
      change.kind = Kind::floor;
      break;
    case ActionKind::clear_floor:
      change.kind = Kind::clear_floor;
      break;
    case ActionKind::clear_mode:
      change.kind = Kind::clear_mode;
      break;
    case ActionKind::mode:
    case ActionKind::train: {
      const auto mode = planning::mode_of(action.mode);
      if (!mode) {
        return fail(ErrorCode::invalid_input,
                    fmt::format("mode: expected observe, floor or own, found \"{}\"", action.mode));
      }
      if (auto possible = wiring::check_mode(group, *mode); !possible) return tl::unexpected(possible.error());
      change.kind = Kind::mode;
      change.mode = *mode;
      break;
    }
  }
  return change;
}

}  // namespace

std::string Daemon::status() const {
  const Timestamp now = clock_.now();
  const bool is_active = lease_->held();
  const MutexLock lock(mutex_);
  const auto interval = setup_->config().interval;
  Json last = nullptr;
  if (last_round_) {
    last = {{"time", format_timestamp(last_round_->time)},
            {"duration_ms", 1000 * last_round_->seconds},
            {"failed", last_round_->failed},
            {"skipped", last_round_->skipped}};
  }
  const Timestamp next = std::max(floor_to(now, interval), last_tick_.value_or(Timestamp{})) + interval;
  return dump({{"version", options_.version},
               {"now", format_timestamp(now)},
               {"started", format_timestamp(started_)},
               {"role", is_active ? "active" : "standby"},
               {"holder", lease_->holder()},
               {"speed", options_.speed},
               {"interval_seconds", interval.count()},
               {"writable", options_.writable},
               {"groups", slots_.size()},
               {"last_tick", last},
               {"next_tick", format_timestamp(next)}});
}

Result<std::string> Daemon::readiness() const {
  if (const auto problem = lease_->problem(); !problem.empty()) {
    return fail(ErrorCode::unavailable, "the store does not answer: " + problem);
  }
  if (!lease_->held()) return fail(ErrorCode::unavailable, "standby: the lease is held by " + lease_->holder());
  const Timestamp now = clock_.now();
  const MutexLock lock(mutex_);
  if (stopping_) return fail(ErrorCode::unavailable, "stopping");
  if (!last_round_) return fail(ErrorCode::unavailable, "the first ticks are under way");
  constexpr int kLate = 3;
  if (now - last_round_->time > kLate * setup_->config().interval) {
    return fail(ErrorCode::unavailable, "no round of ticks has finished since " + format_timestamp(last_round_->time));
  }
  if (last_round_->groups > 0 && last_round_->failed + last_round_->skipped >= last_round_->groups) {
    std::string why;
    for (const auto& [name, slot] : slots_) {
      const MutexLock of_slot(slot->mutex);
      if (why.empty()) why = slot->error;
    }
    return fail(ErrorCode::unavailable, "no group could be ticked: " + why);
  }
  return std::string(R"({"ready":true})");
}

std::string Daemon::summary() const {
  const bool is_active = lease_->held();
  const MutexLock lock(mutex_);
  if (!is_active) return "standby, " + lease_->holder() + " is active";
  if (!last_round_) return fmt::format("active, {} groups", slots_.size());
  return fmt::format("active, {} groups, last tick {}: {} failed, {} skipped", slots_.size(),
                     format_timestamp(last_round_->time), last_round_->failed, last_round_->skipped);
}

Result<std::string> Daemon::act(const serving::Action& action) {
  const auto current = setup();
  const auto group = current->group(action.group);
  if (!group) return tl::unexpected(group.error());
  const Timestamp now = clock_.now();
  serving::Action named = action;
  if (named.who.empty()) named.who = "api";
  records::OverrideStore overrides(current->store(), action.group);
  std::string_view asked = "train";
  if (action.kind == ActionKind::train) {
    if (!lease_->held()) return fail(ErrorCode::conflict, "this process is the standby: ask " + lease_->holder());
    records::Action line;
    line.time = now;
    line.action = "train";
    line.who = named.who;
    line.why = named.why;
    if (auto recorded = records::ActionLog(current->store(), action.group).add(line); !recorded) {
      return tl::unexpected(with_context(recorded.error(), "the training could not be recorded, so it was not begun"));
    }
    const MutexLock lock(mutex_);
    if (const auto slot = slots_.find(action.group); slot != slots_.end()) {
      const MutexLock of_slot(slot->second->mutex);
      slot->second->next_training = now;
    }
  } else {
    const auto change = change_of(named, **group);
    if (!change) return tl::unexpected(change.error());
    const auto set = overrides.apply(*change, now);
    if (!set) return tl::unexpected(set.error());
    asked = records::to_string(change->kind);
    observer_.set_by_hand(action.group, by_hand(*set, set->mode ? set->mode->mode : (*group)->policy.mode), now);
  }
  say(Level::info, fmt::format("{} asks for {}{}{}", named.who, asked, named.why.empty() ? "" : ": ", named.why),
      action.group);
  observer_.acted(action.group);
  const auto set = overrides.load();
  if (!set) return tl::unexpected(set.error());
  return records::to_json(set->at(now));
}

}  // namespace almanac::daemon

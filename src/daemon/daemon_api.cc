#include <fmt/format.h>

#include "daemon/daemon.h"
#include "daemon/slot.h"
#include "records/action_log.h"
#include "records/overrides.h"

namespace almanac::daemon {
namespace {

// Whether the group can be what is asked of it.
Result<void> check_possible(const records::Change& change, const wiring::GroupConfig& group) {
  using Kind = records::Change::Kind;
  if (change.kind == Kind::floor) return wiring::check_floor(group, change.capacity);
  if (change.kind == Kind::mode) return wiring::check_mode(group, change.mode);
  return {};
}

}  // namespace

Status Daemon::status() const {
  Status status;
  status.now = clock_.now();
  status.active = lease_->held();
  status.holder = lease_->holder();
  status.started = started_;
  status.speed = options_.speed;
  const MutexLock lock(mutex_);
  status.interval = setup_->config().interval;
  status.groups = slots_.size();
  status.last_round = last_round_;
  status.next_tick =
      std::max(floor_to(status.now, status.interval), last_tick_.value_or(Timestamp{})) + status.interval;
  return status;
}

Result<void> Daemon::readiness() const {
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
  return {};
}

std::string Daemon::summary() const {
  const bool is_active = lease_->held();
  const MutexLock lock(mutex_);
  if (!is_active) return "standby, " + lease_->holder() + " is active";
  if (!last_round_) return fmt::format("active, {} groups", slots_.size());
  return fmt::format("active, {} groups, last tick {}: {} failed, {} skipped", slots_.size(),
                     format_timestamp(last_round_->time), last_round_->failed, last_round_->skipped);
}

void Daemon::acted(const std::string& group, std::string_view asked, const std::string& who, const std::string& why) {
  say(Level::info, fmt::format("{} asks for {}{}{}", who, asked, why.empty() ? "" : ": ", why), group);
  observer_.acted(group);
}

Result<records::Overrides> Daemon::change(const std::string& name, const records::Change& change) {
  const auto current = setup();
  const auto group = current->group(name);
  if (!group) return tl::unexpected(group.error());
  if (auto possible = check_possible(change, **group); !possible) return tl::unexpected(possible.error());
  const Timestamp now = clock_.now();
  const auto set = records::OverrideStore(current->store(), name).apply(change, now);
  if (!set) return tl::unexpected(set.error());
  observer_.set_by_hand(name, {*set, set->mode ? set->mode->mode : (*group)->policy.mode}, now);
  acted(name, records::to_string(change.kind), change.who, change.why);
  return set->at(now);
}

Result<records::Overrides> Daemon::train(const std::string& name, const std::string& who, const std::string& why) {
  const auto current = setup();
  if (const auto group = current->group(name); !group) return tl::unexpected(group.error());
  if (!lease_->held()) return fail(ErrorCode::conflict, "this process is the standby: ask " + lease_->holder());
  const Timestamp now = clock_.now();
  records::Action line;
  line.time = now;
  line.action = "train";
  line.who = who;
  line.why = why;
  if (auto recorded = records::ActionLog(current->store(), name).add(line); !recorded) {
    return tl::unexpected(with_context(recorded.error(), "the training could not be recorded, so it was not begun"));
  }
  {
    const MutexLock lock(mutex_);
    if (const auto slot = slots_.find(name); slot != slots_.end()) {
      const MutexLock of_slot(slot->second->mutex);
      slot->second->next_training = now;
    }
  }
  acted(name, "train", who, why);
  const auto set = records::OverrideStore(current->store(), name).load();
  if (!set) return tl::unexpected(set.error());
  return set->at(now);
}

}  // namespace almanac::daemon

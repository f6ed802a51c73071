#include "app/process.h"

#include <fmt/format.h>

#include "app/group_tick.h"
#include "core/json_writer.h"

namespace almanac::app {

Process::Process(const ports::Clock& clock, std::string version, bool writable)
    : clock_(clock),
      version_(std::move(version)),
      writable_(writable),
      metrics_({version_}, [&clock] { return clock.now(); }) {}

Process::~Process() {
  stopping_ = true;
  if (warming_.joinable()) warming_.join();
}

void Process::attach(daemon::Daemon& daemon) {
  daemon_ = &daemon;
  reloaded();
  // Pages are there at once; what they do not know yet they learn while nobody waits.
  warming_ = std::thread([this, pages = insight()] { pages->warm_up([this] { return stopping_.load(); }); });
}

void Process::reloaded() {
  auto setup = daemon_->setup();
  std::vector<insight::Insight::Source> groups;
  for (const wiring::GroupConfig* group : setup->groups())
    groups.push_back({setup->settings(*group), setup->feeds(*group)});
  auto& store = setup->store();
  std::shared_ptr<Pages> fresh(
      new Pages{setup, insight::Insight(std::move(groups), store, [this] { return clock_.now(); })});
  const MutexLock lock(mutex_);
  pages_ = std::move(fresh);
}

std::shared_ptr<insight::Insight> Process::insight() const {
  const MutexLock lock(mutex_);
  return pages_ ? std::shared_ptr<insight::Insight>(pages_, &pages_->insight) : nullptr;
}

void Process::role_changed(bool active) {
  metrics_.set_active(active);
  feed_.publish("status", fmt::format(R"({{"role":"{}"}})", active ? "active" : "standby"));
}

void Process::read_anew(const std::string& group) {
  if (const auto current = insight()) current->tick_done(group, clock_.now());
}

void Process::tick_done(const daemon::Ticked& ticked) {
  const serving::GroupTick tick = group_tick(ticked);
  metrics_.tick_done(tick);
  read_anew(tick.group);
  JsonWriter json;
  json.begin_object();
  json.field("group", tick.group);
  json.field("time", format_timestamp(tick.time));
  json.field("desired", tick.desired);
  json.field("health", to_string(tick.health));
  json.end_object();
  feed_.publish("tick", json.text());
}

void Process::tick_failed(const std::string& group, const Error& error, double seconds) {
  metrics_.tick_failed(group, error.code, seconds);
}

void Process::training_done(const std::string& group, double seconds, bool failed) {
  metrics_.training_done(group, seconds, failed);
  if (!failed) read_anew(group);
}

void Process::round_done(const daemon::Round& round) {
  feed_.publish("fleet", fmt::format(R"({{"time":"{}"}})", format_timestamp(round.time)));
}

void Process::set_by_hand(const std::string& group, const daemon::ByHand& in_force, Timestamp since) {
  metrics_.set_by_hand(group, by_hand(in_force.set, in_force.mode), since);
}

void Process::acted(const std::string& group) {
  read_anew(group);
  JsonWriter json;
  json.begin_object();
  json.field("group", group);
  json.end_object();
  feed_.publish("status", json.text());
}

}  // namespace almanac::app

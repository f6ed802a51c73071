#include "app/process_service.h"

#include <fmt/format.h>

#include "core/json_writer.h"

namespace almanac::app {

ProcessService::ProcessService(const ports::Clock& clock, const std::string& version)
    : clock_(clock), metrics_({version}, [&clock] { return clock.now(); }) {}

ProcessService::~ProcessService() {
  stopping_ = true;
  if (warming_.joinable()) warming_.join();
}

void ProcessService::attach(daemon::Daemon& daemon) {
  daemon_ = &daemon;
  reloaded();
  // Pages are there at once; what they do not know yet they learn while nobody waits.
  warming_ = std::thread([this, pages = pages()] { pages->insight.warm_up([this] { return stopping_.load(); }); });
}

void ProcessService::reloaded() {
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

std::shared_ptr<ProcessService::Pages> ProcessService::pages() const {
  const MutexLock lock(mutex_);
  return pages_;
}

Result<std::string> ProcessService::groups(const PageQuery& page) {
  return pages()->insight.groups(page);
}
Result<std::string> ProcessService::group(const std::string& name) {
  return pages()->insight.group(name);
}
Result<std::string> ProcessService::series(const std::string& name, serving::Range range,
                                           std::optional<Duration> step) {
  return pages()->insight.series(name, range, step);
}
Result<std::string> ProcessService::forecast(const std::string& name, Duration ahead) {
  return pages()->insight.forecast(name, ahead);
}
Result<std::string> ProcessService::decisions(const std::string& name, serving::Range range, const PageQuery& page) {
  return pages()->insight.decisions(name, range, page);
}
Result<std::string> ProcessService::decision(const std::string& name, Timestamp time) {
  return pages()->insight.decision(name, time);
}
Result<std::string> ProcessService::calendar(const std::string& name, serving::Range range) {
  return pages()->insight.calendar(name, range);
}
Result<std::string> ProcessService::savings(const std::string& name, int days) {
  return pages()->insight.savings(name, days);
}
Result<std::string> ProcessService::plan(const std::string& name, const std::string& calendar_text,
                                         const std::string& file_name, int days) {
  return pages()->insight.plan(name, calendar_text, file_name, days);
}
Result<std::string> ProcessService::start_backtest(const std::string& name, int days) {
  return pages()->insight.start_backtest(name, days);
}
Result<std::string> ProcessService::backtest(const std::string& id) {
  return pages()->insight.backtest(id);
}
Result<void> ProcessService::cancel_backtest(const std::string& id) {
  return pages()->insight.cancel_backtest(id);
}

void ProcessService::role_changed(bool active) {
  metrics_.set_active(active);
  feed_.publish("status", fmt::format(R"({{"role":"{}"}})", active ? "active" : "standby"));
}

void ProcessService::read_anew(const std::string& group) {
  if (const auto current = pages()) current->insight.tick_done(group, clock_.now());
}

void ProcessService::tick_done(const serving::GroupTick& tick) {
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

void ProcessService::tick_failed(const std::string& group, const Error& error, double seconds) {
  metrics_.tick_failed(group, error.code, seconds);
}

void ProcessService::training_done(const std::string& group, double seconds, bool failed) {
  metrics_.training_done(group, seconds, failed);
  if (!failed) read_anew(group);
}

void ProcessService::round_done(const daemon::Round& round) {
  feed_.publish("fleet", fmt::format(R"({{"time":"{}"}})", format_timestamp(round.time)));
}

void ProcessService::acted(const std::string& group) {
  read_anew(group);
  JsonWriter json;
  json.begin_object();
  json.field("group", group);
  json.end_object();
  feed_.publish("status", json.text());
}

}  // namespace almanac::app

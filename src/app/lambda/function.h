#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/lambda/function_config.h"
#include "app/lambda/function_log.h"
#include "app/lambda/time_budget.h"
#include "control/group.h"
#include "core/result.h"
#include "ports/clock.h"
#include "serving/lambda/runtime_api.h"
#include "wiring/config.h"

namespace almanac::app {

// One Lambda function: does its work for every group of its configuration, once an invocation. What a warm process can
// keep it keeps: connections, credentials, and what was read of a group (its model among it, parsed again only when it
// changed). What failed is forgotten and made anew at the next invocation.
class Function {
 public:
  Function(wiring::Config config, Work work, std::shared_ptr<const ports::Clock> clock,
           std::function<void(const LogLine&)> log);
  ~Function();

  // The event may be anything (that of a schedule says nothing that matters); of an object these count:
  //   "groups": ["shop"]           only these
  //   "now": "2026-11-24T12:00Z"   instead of the clock, for replays and tests
  //   "dry_run": true              scale and tick: record and send nothing
  //   "no_lstm": true              train: linear and seasonal naive only
  // A group that fails, or whose turn comes too near to the deadline, does not keep the others from theirs.
  //
  // {"groups": [{"group": NAME, ...}]} when all succeeded. Else the error of the first that failed, whose message names
  // every one that did: an invocation that fails is what CloudWatch counts and alarms on.
  Result<std::string> handle(const serving::lambda::Invocation& invocation);

 private:
  struct Event;
  struct Turn;

  Result<Event> read_event(const std::string& payload) const;
  Result<void> open_session(Timestamp now);
  Result<std::vector<const wiring::GroupConfig*>> chosen(const Event& event) const;
  Result<std::string> run_group(const wiring::GroupConfig& group, const Event& event);
  Result<control::Group*> warm(const wiring::GroupConfig& config);
  Result<void> collect(Turn& turn);
  Result<void> train(Turn& turn);
  Result<void> scale(Turn& turn);
  Result<void> tick(Turn& turn);
  void log(std::string_view level, std::string_view group, std::string_view message) const;

  wiring::Config config_;
  Work work_;
  std::shared_ptr<const ports::Clock> clock_;
  std::function<void(const LogLine&)> log_;
  TimeBudget budget_;
  std::string request_id_;  // of the invocation at hand
  struct Kept;
  std::unique_ptr<Kept> kept_;
};

}  // namespace almanac::app

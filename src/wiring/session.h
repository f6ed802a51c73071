#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/group.h"
#include "control/knowledge.h"
#include "core/result.h"
#include "ports/clock.h"
#include "ports/notifier.h"
#include "ports/object_store.h"
#include "records/calendar_store.h"
#include "wiring/config.h"
#include "wiring/group_ports.h"

namespace almanac::wiring {

class AwsConnections;

struct SessionOptions {
  std::optional<std::string> config;  // file; else $ALMANAC_CONFIG, ./almanac.yaml
  bool simulated = false;             // without any of them: the built-in simulated shop
  std::optional<std::string> store;   // instead of the configuration's
  std::vector<std::string> groups;    // empty: all
  std::optional<Timestamp> now;       // instead of the clock: replays and tests
};

// What a command may do to the store and the groups it opens.
enum class Access {
  write,
  look,       // nothing: the store and the groups refuse
  rehearsal,  // a dry run: its line in the ledger, nothing else
};

// What a command cannot do without.
enum class Needs {
  group,  // a configuration, or the simulated shop where it is asked for
  store,  // the same, or a store that is named: whose group it is then the options say, or the store where it has one
  time,   // a configuration, or nothing at all: there are no groups then, and the store is empty
};

// What Trainer and Scaler are told of a group.
control::GroupSettings group_settings(const Config& config, const GroupConfig& group);
// The calendars that `group` names besides those of the store.
std::vector<records::CalendarFeed> calendar_feeds(const GroupConfig& group, AwsConnections& aws);

// Configuration, store and time of one command.
class Session {
 public:
  // Errors of the configuration are invalid_input and name its file; where there is none and the command needs one, the
  // message says what to do. Without options.now the time is that of the clock, or of simulated groups that live in
  // their own (SimulatedWorld::own_time).
  static Result<Session> open(const SessionOptions& options, Access access = Access::write, Needs needs = Needs::group);
  // With settings read elsewhere; `options.config` does not count.
  static Result<Session> open(Config config, const SessionOptions& options);
  // With a store made elsewhere, whatever the configuration names.
  static Result<Session> open(Config config, const SessionOptions& options, std::shared_ptr<ports::ObjectStore> store);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  const Config& config() const { return config_; }
  ports::ObjectStore& store() { return *store_; }
  Timestamp now() const { return clock_->now(); }
  // Whether now() is a time that only `almanac run` moves.
  bool in_simulated_time() const { return in_simulated_time_; }
  // A session that lives on, in a warm function, is told the time of each tick, and so are its groups
  // (Group::advance_to).
  void set_now(Timestamp now) { clock_->set(now); }
  // The groups asked for, or all.
  const std::vector<const GroupConfig*>& groups() const { return groups_; }
  // The one group of commands that speak of one: asked for, or the only one there is.
  Result<const GroupConfig*> only_group() const;

  // Puts a group together. Nothing is read but the state of a simulated group.
  Result<std::unique_ptr<control::Group>> group(const GroupConfig& group);
  // The same with a time of its own, which only Group::advance_to() moves: for a daemon, whose groups tick in threads.
  // This and history() may be called from several threads at once.
  Result<std::unique_ptr<control::Group>> group(const GroupConfig& group, Timestamp now);
  // Without metrics and target: for commands that work on the store alone.
  std::unique_ptr<control::Group> history(const GroupConfig& group);
  // What the kinds of a group see in this session.
  kinds::Surroundings surroundings(const GroupConfig& group);
  // Who hears of a group's state: the configuration's `notify`. Made on first use, then kept.
  Result<std::vector<ports::Notifier*>> notifiers();
  // Connections to AWS: one transport, one set of credentials.
  AwsConnections& aws() { return *aws_; }

 private:
  Session();
  control::GroupParts stored_parts(const GroupConfig& group);
  Result<std::unique_ptr<control::Group>> group(const GroupConfig& group, const Site& site);
  Site site(std::shared_ptr<ports::ManualClock> clock, kinds::Visitor visitor);
  kinds::Visitor visitor() const;
  void restrict_to(Access access);
  void take_own_time();

  Config config_;
  std::unique_ptr<AwsConnections> aws_;
  std::shared_ptr<ports::ObjectStore> store_;
  std::optional<std::vector<std::shared_ptr<ports::Notifier>>> notifiers_;
  std::vector<const GroupConfig*> groups_;
  std::shared_ptr<ports::ManualClock> clock_;
  Access access_ = Access::write;
  bool in_simulated_time_ = false;
};

}  // namespace almanac::wiring

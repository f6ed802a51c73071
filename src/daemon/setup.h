#pragma once

#include <memory>

#include "control/group.h"
#include "wiring/session.h"

namespace almanac::daemon {

// What one reading of almanac.yaml makes. A reload makes another one; this one ends with the last tick that uses it.
class Setup {
 public:
  // `store`: instead of the configuration's, where it is not null.
  static Result<std::shared_ptr<Setup>> open(wiring::Config config, const wiring::SessionOptions& options,
                                             std::shared_ptr<ports::ObjectStore> store);

  const wiring::Config& config() const { return session_.config(); }
  ports::ObjectStore& store() { return session_.store(); }
  const std::vector<const wiring::GroupConfig*>& groups() const { return session_.groups(); }
  // Of those groups. not_found.
  Result<const wiring::GroupConfig*> group(const std::string& name) const;
  const std::vector<ports::Notifier*>& notifiers() const { return notifiers_; }

  // For a process that lives on (Session::group): ticks, and what works with the history beside them.
  Result<std::unique_ptr<control::Group>> whole(const wiring::GroupConfig& group, Timestamp now) {
    return session_.group(group, now);
  }
  std::unique_ptr<control::Group> history(const wiring::GroupConfig& group) { return session_.history(group); }
  // What Trainer and Scaler are told of a group, and the calendars it names.
  control::GroupSettings settings(const wiring::GroupConfig& group) const {
    return wiring::group_settings(config(), group);
  }
  std::vector<records::CalendarFeed> feeds(const wiring::GroupConfig& group) {
    return wiring::calendar_feeds(group, session_.aws());
  }

 private:
  explicit Setup(wiring::Session session) : session_(std::move(session)) {}

  wiring::Session session_;
  std::vector<ports::Notifier*> notifiers_;
};

// When a group is to be trained next, from its model and its rows of two weeks (daemon/schedule.h).
Result<Timestamp> plan_training(Setup& setup, const wiring::GroupConfig& group, Timestamp now);

}  // namespace almanac::daemon

#pragma once

#include <memory>

#include "control/collector.h"
#include "control/scaler.h"
#include "control/tick.h"
#include "control/trainer.h"
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

  Result<std::unique_ptr<wiring::GroupWiring>> wire(const wiring::GroupConfig& group, Timestamp now);
  std::unique_ptr<wiring::GroupWiring> wire_history(const wiring::GroupConfig& group);

 private:
  explicit Setup(wiring::Session session) : session_(std::move(session)) {}

  wiring::Session session_;
  std::vector<ports::Notifier*> notifiers_;
};

// A group as it lives on from tick to tick: connections, rows, the model, what was predicted. One thread at a time.
class WarmGroup {
 public:
  static Result<std::unique_ptr<WarmGroup>> make(std::shared_ptr<Setup> setup, const std::string& group, Timestamp now);

  // The setup it was made with.
  const Setup* setup() const { return setup_.get(); }
  // Collects and, when the tick is due, scales at `now`. After an error this object must be made anew.
  Result<control::TickReport> tick(Timestamp now);
  const wiring::GroupConfig& config() const { return wiring_->config; }

 private:
  WarmGroup(std::shared_ptr<Setup> setup, std::unique_ptr<wiring::GroupWiring> wiring);

  std::shared_ptr<Setup> setup_;
  std::unique_ptr<wiring::GroupWiring> wiring_;
  control::Collector collector_;
  control::Scaler scaler_;
};

// When a group is to be trained next, from its model and its rows of two weeks (daemon/schedule.h).
Result<Timestamp> plan_training(Setup& setup, const wiring::GroupConfig& group, Timestamp now);

// Trains a group on the side of its ticks: with rows and a store of its own, and the lead time that the last decision
// knew. `progress` may throw to end it; what it throws passes through.
Result<control::TrainReport> train(Setup& setup, const wiring::GroupConfig& group, Timestamp now,
                                   const ProgressSink& progress);

}  // namespace almanac::daemon

#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "core/mutex.h"
#include "daemon/daemon.h"
#include "daemon/observer.h"
#include "insight/insight.h"
#include "serving/http/feed.h"
#include "serving/http/service.h"
#include "serving/metrics/metrics.h"

namespace almanac::app {

// The running process as its pages, its API and its metrics see it: what is read comes from the insight, what is done
// goes to the daemon, and what the daemon did goes to whoever watches. Made before the daemon, which it is told by
// attach(); requests come only after that. Thread-safe.
class ProcessService final : public serving::Service, public daemon::Observer {
 public:
  ProcessService(const ports::Clock& clock, const std::string& version);
  ~ProcessService() override;

  // `daemon` must outlive the use of this object.
  void attach(daemon::Daemon& daemon);
  // The daemon's setup is another one: pages read by it from now on.
  void reloaded();

  serving::Feed& feed() { return feed_; }
  serving::Metrics& metrics() { return metrics_; }

  Result<std::string> status() override { return daemon_->status(); }
  Result<std::string> readiness() override { return daemon_->readiness(); }
  Result<std::string> act(const serving::Action& action) override { return daemon_->act(action); }
  Result<std::string> groups(const PageQuery& page) override;
  Result<std::string> group(const std::string& name) override;
  Result<std::string> series(const std::string& name, serving::Range range, std::optional<Duration> step) override;
  Result<std::string> forecast(const std::string& name, Duration ahead) override;
  Result<std::string> decisions(const std::string& name, serving::Range range, const PageQuery& page) override;
  Result<std::string> decision(const std::string& name, Timestamp time) override;
  Result<std::string> calendar(const std::string& name, serving::Range range) override;
  Result<std::string> savings(const std::string& name, int days) override;
  Result<std::string> plan(const std::string& name, const std::string& calendar_text, const std::string& file_name,
                           int days) override;
  Result<std::string> start_backtest(const std::string& name, int days) override;
  Result<std::string> backtest(const std::string& id) override;
  Result<void> cancel_backtest(const std::string& id) override;

  void groups_changed(const std::vector<std::string>& names) override { metrics_.set_groups(names); }
  void role_changed(bool active) override;
  void tick_done(const serving::GroupTick& tick) override;
  void tick_failed(const std::string& group, const Error& error, double seconds) override;
  void training_done(const std::string& group, double seconds, bool failed) override;
  void round_done(const daemon::Round& round) override;
  void set_by_hand(const std::string& group, const serving::ByHand& in_force, Timestamp since) override {
    metrics_.set_by_hand(group, in_force, since);
  }
  void acted(const std::string& group) override;

 private:
  // The pages' insight, with the setup that its store belongs to; a request holds both while it lasts.
  struct Pages {
    std::shared_ptr<daemon::Setup> setup;
    insight::Insight insight;
  };
  std::shared_ptr<Pages> pages() const;
  void read_anew(const std::string& group);

  const ports::Clock& clock_;
  serving::Feed feed_;
  serving::Metrics metrics_;
  daemon::Daemon* daemon_ = nullptr;
  mutable Mutex mutex_;
  std::shared_ptr<Pages> pages_ ALMANAC_GUARDED_BY(mutex_);
  std::atomic<bool> stopping_{false};
  std::thread warming_;
};

}  // namespace almanac::app

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
#include "serving/metrics/metrics.h"

namespace almanac::app {

// The running process and what is told of it: the daemon that does the work, the insight that its pages are read from,
// and the event stream and the metrics, which hear what the daemon did. Made before the daemon, which it is told by
// attach(); requests come only after that. Thread-safe.
class Process final : public daemon::Observer {
 public:
  // `writable`: whether the API takes changes, for people.
  Process(const ports::Clock& clock, std::string version, bool writable);
  ~Process() override;

  // `daemon` must outlive the use of this object.
  void attach(daemon::Daemon& daemon);
  // The daemon's setup is another one: pages read by it from now on.
  void reloaded();

  daemon::Daemon& daemon() { return *daemon_; }
  // A request holds it while it lasts, and with it the setup that its store belongs to.
  std::shared_ptr<insight::Insight> insight() const;
  serving::Feed& feed() { return feed_; }
  serving::Metrics& metrics() { return metrics_; }
  const std::string& version() const { return version_; }
  bool writable() const { return writable_; }

  void groups_changed(const std::vector<std::string>& names) override { metrics_.set_groups(names); }
  void role_changed(bool active) override;
  void tick_done(const daemon::Ticked& tick) override;
  void tick_failed(const std::string& group, const Error& error, double seconds) override;
  void training_done(const std::string& group, double seconds, bool failed) override;
  void round_done(const daemon::Round& round) override;
  void set_by_hand(const std::string& group, const daemon::ByHand& in_force, Timestamp since) override;
  void acted(const std::string& group) override;

 private:
  struct Pages {
    std::shared_ptr<daemon::Setup> setup;
    insight::Insight insight;
  };
  void read_anew(const std::string& group);

  const ports::Clock& clock_;
  const std::string version_;
  const bool writable_;
  serving::Feed feed_;
  serving::Metrics metrics_;
  daemon::Daemon* daemon_ = nullptr;
  mutable Mutex mutex_;
  std::shared_ptr<Pages> pages_ ALMANAC_GUARDED_BY(mutex_);
  std::atomic<bool> stopping_{false};
  std::thread warming_;
};

}  // namespace almanac::app

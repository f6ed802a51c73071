#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "core/mutex.h"
#include "ports/object_store.h"
#include "records/lease.h"

namespace almanac::daemon {

// Keeps the lease in a thread of its own, so that no tick, however slow, lets it lapse. Thread-safe.
class LeaseKeeper {
 public:
  // `problem` hears why the lease cannot be read or renewed, when it begins, and an empty text when it is over. The
  // first try is made before this returns.
  LeaseKeeper(ports::ObjectStore& store, std::string holder, std::chrono::milliseconds lasts,
              std::function<void(const std::string&)> problem);
  ~LeaseKeeper();  // as stop(), without a release
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  bool held() const;
  std::string holder() const;
  // Why it cannot be renewed now; empty where all is well.
  std::string problem() const;
  // Ends the keeping and releases the lease, so that another takes over at once.
  Result<void> release();

 private:
  void renew() ALMANAC_EXCLUDES(mutex_, store_mutex_);
  void keep();
  void stop();

  std::function<void(const std::string&)> tell_;
  std::chrono::milliseconds lasts_;
  mutable Mutex mutex_;  // not held while the store is asked
  Mutex store_mutex_;    // one renewal at a time
  records::Lease lease_ ALMANAC_GUARDED_BY(store_mutex_);
  records::Lease::Moment held_until_ ALMANAC_GUARDED_BY(mutex_){};
  std::string holder_ ALMANAC_GUARDED_BY(mutex_);
  std::string problem_ ALMANAC_GUARDED_BY(mutex_);
  Condition wake_;
  bool stopping_ ALMANAC_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace almanac::daemon

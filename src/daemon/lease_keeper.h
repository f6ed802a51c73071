#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

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
  void renew();
  void keep();
  void stop();

  std::function<void(const std::string&)> tell_;
  std::chrono::milliseconds lasts_;
  mutable std::mutex mutex_;  // of the lease and the texts, not held while the store is asked
  std::mutex store_mutex_;    // one renewal at a time
  records::Lease lease_;
  records::Lease::Moment held_until_{};
  std::string holder_, problem_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace almanac::daemon

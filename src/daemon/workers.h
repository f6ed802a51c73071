#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/mutex.h"

namespace almanac::daemon {

// A fixed number of threads that take jobs in their order. Jobs do not throw.
class Workers {
 public:
  // `nice` above 0 leaves the processor to other threads where they want it. `name` is what `ps -L` shows.
  Workers(const std::string& name, int threads, int nice = 0);
  // Finishes the jobs that have begun; the others are dropped.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void submit(std::function<void()> job);
  // Waits until nothing is queued or running, at most so long. True when idle.
  bool wait_idle(std::chrono::milliseconds at_most);
  // Jobs that have not begun are dropped; answers how many.
  std::size_t drop_queued();
  std::size_t size() const { return threads_.size(); }
  // Running jobs, and since when the oldest of them.
  struct Load {
    std::size_t running = 0;
    std::chrono::steady_clock::duration oldest{0};
  };
  Load load() const;

 private:
  void work(std::size_t index);

  mutable Mutex mutex_;
  Condition wake_, idle_;
  std::deque<std::function<void()>> queue_ ALMANAC_GUARDED_BY(mutex_);
  // By thread; epoch: none.
  std::vector<std::chrono::steady_clock::time_point> since_ ALMANAC_GUARDED_BY(mutex_);
  std::size_t running_ ALMANAC_GUARDED_BY(mutex_) = 0;
  bool stopping_ ALMANAC_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace almanac::daemon

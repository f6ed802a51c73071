#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "core/mutex.h"

namespace almanac::serving {

// Threads that are made when there is work and none is idle, up to a number; beyond it work waits its turn.
class Workers {
 public:
  explicit Workers(std::size_t most) : most_(most) {}
  ~Workers() { finish(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void run(std::function<void()> work);
  // Does what is waiting and ends every thread. No run() afterwards.
  void finish();

 private:
  void loop();

  const std::size_t most_;
  Mutex mutex_;
  Condition changed_;
  std::deque<std::function<void()>> waiting_ ALMANAC_GUARDED_BY(mutex_);
  std::size_t idle_ ALMANAC_GUARDED_BY(mutex_) = 0;
  bool over_ ALMANAC_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ALMANAC_GUARDED_BY(mutex_);
};

}  // namespace almanac::serving

#include "serving/http/workers.h"

#include <system_error>

namespace almanac::serving {

void Workers::run(std::function<void()> work) {
  const MutexLock lock(mutex_);
  waiting_.push_back(std::move(work));
  if (waiting_.size() > idle_ && threads_.size() < most_) {
    try {
      threads_.emplace_back([this] { loop(); });
    } catch (const std::system_error&) {
      // The system has no thread left: the others will come to it.
    }
  }
  changed_.notify_one();
}

void Workers::loop() {
  MutexLock lock(mutex_);
  while (true) {
    ++idle_;
    while (!over_ && waiting_.empty()) changed_.wait(lock);
    --idle_;
    if (waiting_.empty()) return;
    {
      const auto work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      work();
    }
    lock.lock();
  }
}

void Workers::finish() {
  std::vector<std::thread> ending;
  {
    const MutexLock lock(mutex_);
    over_ = true;
    ending.swap(threads_);
    changed_.notify_all();
  }
  for (std::thread& thread : ending) thread.join();
}

}  // namespace almanac::serving

#include "daemon/workers.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace almanac::daemon {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

Workers::Workers(const std::string& name, int threads, int nice) : since_(static_cast<std::size_t>(threads)) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, i, nice] {
      // On Linux the priority of a process id is that of the thread. Where it may not be lowered it stays.
      if (nice > 0) (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice);
      work(static_cast<std::size_t>(i));
    });
    (void)::pthread_setname_np(threads_.back().native_handle(), name.substr(0, 15).c_str());
  }
}

Workers::~Workers() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::submit(std::function<void()> job) {
  {
    const MutexLock lock(mutex_);
    if (stopping_) return;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
}

bool Workers::wait_idle(std::chrono::milliseconds at_most) {
  MutexLock lock(mutex_);
  const auto deadline = SteadyClock::now() + at_most;
  const auto is_idle = [this]() ALMANAC_REQUIRES(mutex_) { return queue_.empty() && running_ == 0; };
  while (!is_idle()) {
    if (!idle_.wait_until(lock, deadline)) return is_idle();
  }
  return true;
}

std::size_t Workers::drop_queued() {
  std::deque<std::function<void()>> dropped;
  const MutexLock lock(mutex_);
  dropped.swap(queue_);
  if (running_ == 0) idle_.notify_all();
  return dropped.size();
}

Workers::Load Workers::load() const {
  const MutexLock lock(mutex_);
  Load load{running_, {}};
  const auto now = SteadyClock::now();
  for (const auto since : since_) {
    if (since != SteadyClock::time_point{}) load.oldest = std::max(load.oldest, now - since);
  }
  return load;
}

void Workers::work(std::size_t index) {
  MutexLock lock(mutex_);
  while (true) {
    while (!stopping_ && queue_.empty()) wake_.wait(lock);
    if (stopping_) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    since_[index] = SteadyClock::now();
    lock.unlock();
    job();
    job = nullptr;  // what it holds ends outside of the lock
    lock.lock();
    since_[index] = {};
    --running_;
    if (queue_.empty() && running_ == 0) idle_.notify_all();
  }
}

}  // namespace almanac::daemon

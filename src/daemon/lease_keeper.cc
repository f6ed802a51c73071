#include "daemon/lease_keeper.h"

#include <pthread.h>

#include <random>

#include "adapters/local/system_clock.h"

namespace almanac::daemon {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::uint64_t random_number() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

Timestamp wall_clock() {
  return adapters::SystemClock().now();
}

}  // namespace

LeaseKeeper::LeaseKeeper(ports::ObjectStore& store, std::string holder, std::chrono::milliseconds lasts,
                         std::function<void(const std::string&)> problem)
    : tell_(std::move(problem)), lasts_(lasts), lease_(store, std::move(holder), lasts, random_number()) {
  renew();
  thread_ = std::thread([this] { keep(); });
  (void)::pthread_setname_np(thread_.native_handle(), "lease");
}

LeaseKeeper::~LeaseKeeper() {
  stop();
}

bool LeaseKeeper::held() const {
  const MutexLock lock(mutex_);
  return SteadyClock::now() < held_until_;
}

std::string LeaseKeeper::holder() const {
  const MutexLock lock(mutex_);
  return holder_;
}

std::string LeaseKeeper::problem() const {
  const MutexLock lock(mutex_);
  return problem_;
}

void LeaseKeeper::renew() {
  const MutexLock one(store_mutex_);
  const auto now = SteadyClock::now();
  const auto renewed = lease_.renew(now, wall_clock());
  std::string problem = renewed ? "" : renewed.error().message;
  bool news = false;
  {
    const MutexLock lock(mutex_);
    if (renewed) held_until_ = *renewed ? now + lasts_ : SteadyClock::time_point{};
    if (!lease_.held(now)) held_until_ = {};
    holder_ = lease_.last_holder();
    news = problem.empty() != problem_.empty();
    problem_ = problem;
  }
  if (news) tell_(problem);
}

void LeaseKeeper::keep() {
  MutexLock lock(mutex_);
  while (true) {
    const auto next = SteadyClock::now() + lasts_ / 3;
    while (!stopping_ && wake_.wait_until(lock, next)) {
    }
    if (stopping_) return;
    lock.unlock();
    renew();
    lock.lock();
  }
}

void LeaseKeeper::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> LeaseKeeper::release() {
  stop();
  const MutexLock one(store_mutex_);
  {
    const MutexLock lock(mutex_);
    held_until_ = {};
  }
  return lease_.release(SteadyClock::now(), wall_clock());
}

}  // namespace almanac::daemon

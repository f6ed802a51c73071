#include "serving/http/feed.h"

#include <algorithm>

#include "core/mutex.h"

namespace almanac::serving {

struct Feed::Subscription::State {
  mutable Mutex mutex;
  Condition changed;
  std::deque<std::shared_ptr<const Message>> queue ALMANAC_GUARDED_BY(mutex);
  bool over ALMANAC_GUARDED_BY(mutex) = false;

  void end() ALMANAC_EXCLUDES(mutex) {
    const MutexLock lock(mutex);
    over = true;
    queue.clear();
    changed.notify_all();
  }
};

Feed::Subscription::~Subscription() {
  feed_.leave(state_.get());
}

std::shared_ptr<const Feed::Message> Feed::Subscription::next(std::chrono::milliseconds wait) {
  MutexLock lock(state_->mutex);
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (!state_->over && state_->queue.empty()) {
    if (!state_->changed.wait_until(lock, deadline)) break;
  }
  if (state_->queue.empty()) return nullptr;
  auto message = std::move(state_->queue.front());
  state_->queue.pop_front();
  return message;
}

bool Feed::Subscription::over() const {
  const MutexLock lock(state_->mutex);
  return state_->over;
}

void Feed::Subscription::end() {
  state_->end();
}

Feed::~Feed() {
  close();
}

void Feed::publish(std::string_view event, std::string json) {
  const MutexLock lock(mutex_);
  const auto message = std::make_shared<const Message>(Message{++last_id_, std::string(event), std::move(json)});
  for (const auto& subscription : subscriptions_) {
    const MutexLock queue_lock(subscription->mutex);
    if (subscription->over) continue;
    if (subscription->queue.size() >= queue_limit_) {
      subscription->over = true;
      subscription->queue.clear();
    } else {
      subscription->queue.push_back(message);
    }
    subscription->changed.notify_all();
  }
}

std::unique_ptr<Feed::Subscription> Feed::subscribe() {
  auto state = std::make_shared<Subscription::State>();
  const MutexLock lock(mutex_);
  if (closed_) state->end();
  subscriptions_.push_back(state);
  return std::unique_ptr<Subscription>(new Subscription(*this, std::move(state)));
}

void Feed::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  for (const auto& subscription : subscriptions_) subscription->end();
}

std::size_t Feed::subscribers() const {
  const MutexLock lock(mutex_);
  return subscriptions_.size();
}

void Feed::leave(const Subscription::State* state) {
  const MutexLock lock(mutex_);
  std::erase_if(subscriptions_, [&](const auto& subscription) { return subscription.get() == state; });
}

}  // namespace almanac::serving

#include "serving/http/feed.h"

#include <algorithm>

namespace almanac::serving {

struct Feed::Subscription::State {
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::shared_ptr<const Message>> queue;
  bool over = false;

  void end() {
    const std::lock_guard lock(mutex);
    over = true;
    queue.clear();
    changed.notify_all();
  }
};

Feed::Subscription::~Subscription() {
  feed_.leave(state_.get());
}

std::shared_ptr<const Feed::Message> Feed::Subscription::next(std::chrono::milliseconds wait) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, wait, [&] { return state_->over || !state_->queue.empty(); });
  if (state_->queue.empty()) return nullptr;
  auto message = std::move(state_->queue.front());
  state_->queue.pop_front();
  return message;
}

bool Feed::Subscription::over() const {
  const std::lock_guard lock(state_->mutex);
  return state_->over;
}

void Feed::Subscription::end() {
  state_->end();
}

Feed::~Feed() {
  close();
}

void Feed::publish(std::string_view event, std::string json) {
  const std::lock_guard lock(mutex_);
  const auto message = std::make_shared<const Message>(Message{++last_id_, std::string(event), std::move(json)});
  for (const auto& subscription : subscriptions_) {
    const std::lock_guard queue_lock(subscription->mutex);
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
  const std::lock_guard lock(mutex_);
  state->over = closed_;
  subscriptions_.push_back(state);
  return std::unique_ptr<Subscription>(new Subscription(*this, std::move(state)));
}

void Feed::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& subscription : subscriptions_) subscription->end();
}

std::size_t Feed::subscribers() const {
  const std::lock_guard lock(mutex_);
  return subscriptions_.size();
}

void Feed::leave(const Subscription::State* state) {
  const std::lock_guard lock(mutex_);
  std::erase_if(subscriptions_, [&](const auto& subscription) { return subscription.get() == state; });
}

}  // namespace almanac::serving

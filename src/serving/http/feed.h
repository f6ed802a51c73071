#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mutex.h"

namespace almanac::serving {

// What happens, to everyone who watches: the daemon publishes, each viewer's connection has a queue of its own. A
// viewer that does not keep up loses its subscription, not the publisher its time; the browser then connects anew and
// reads the present state. Thread-safe.
class Feed {
 public:
  struct Message {
    std::uint64_t id = 0;  // counted from 1
    std::string event;     // "tick"
    std::string data;      // JSON
  };

  // One viewer's queue. Ends with the object. Used by one thread, but for end().
  class Subscription {
   public:
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    // The next message, or nothing after `wait` without one, or at once when over().
    std::shared_ptr<const Message> next(std::chrono::milliseconds wait);
    // No further message will come: the feed is closed, this viewer was too slow, or end() was called.
    bool over() const;
    // Wakes next(). From any thread.
    void end();

   private:
    friend class Feed;
    struct State;
    Subscription(Feed& feed, std::shared_ptr<State> state) : feed_(feed), state_(std::move(state)) {}
    Feed& feed_;
    std::shared_ptr<State> state_;
  };

  // `queue_limit` messages may wait for one viewer: some rounds of a thousand groups.
  explicit Feed(std::size_t queue_limit = 4096) : queue_limit_(queue_limit) {}
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Never waits for a viewer. `event` is one word of [a-z_].
  void publish(std::string_view event, std::string json);
  // Messages published from now on. Must not outlive the feed. After close() it is over at once.
  std::unique_ptr<Subscription> subscribe();
  // Ends every subscription at once, those to come too.
  void close();
  std::size_t subscribers() const;

 private:
  void leave(const Subscription::State* state);

  const std::size_t queue_limit_;
  mutable Mutex mutex_;
  std::uint64_t last_id_ ALMANAC_GUARDED_BY(mutex_) = 0;
  bool closed_ ALMANAC_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<Subscription::State>> subscriptions_ ALMANAC_GUARDED_BY(mutex_);
};

}  // namespace almanac::serving

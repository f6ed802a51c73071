#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "core/result.h"
#include "serving/http/guard.h"

namespace almanac::serving {

// A TCP socket that listens. One thread takes what comes; any may end() it.
class Listener {
 public:
  // From now on clients may connect, and wait for accept(). unavailable, with the system's words, where the address is
  // taken or none of this machine's.
  static Result<std::unique_ptr<Listener>> bind(const Endpoint& at);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  // The next connection, which the caller closes; waits for it. Nothing after end(). Where the system has none to hand
  // over (no memory, too many open files) it is tried again, for a process that is to run for months.
  std::optional<int> accept();
  void end();

 private:
  Listener(int socket, int port) : socket_(socket), port_(port) {}

  const int socket_;
  const int port_;
  std::atomic<bool> ended_{false};
};

}  // namespace almanac::serving

#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace almanac::daemon {

// What systemd is told (sd_notify), in datagrams to $NOTIFY_SOCKET; where there is none, nothing happens. A datagram
// that cannot be sent is nobody's problem but the watchdog's.
class ServiceManager {
 public:
  // `socket` as in $NOTIFY_SOCKET: a path, or @name in the abstract name space; empty: nobody listens.
  explicit ServiceManager(std::string socket) : socket_(std::move(socket)) {}
  // From the environment, which it leaves as it is.
  static ServiceManager from_environment();

  // `status` is a line for `systemctl status`.
  void ready(const std::string& status) const { send("READY=1\nSTATUS=" + status); }
  void status(const std::string& status) const { send("STATUS=" + status); }
  void alive() const { send("WATCHDOG=1"); }
  void reloading() const;
  void stopping() const { send("STOPPING=1\nSTATUS=finishing the ticks at hand"); }

  // How often alive() is to be sent: half of what the unit's WatchdogSec asks of this process; empty: not at all.
  static std::optional<std::chrono::microseconds> watchdog_interval();

 private:
  void send(const std::string& state) const;

  std::string socket_;
};

}  // namespace almanac::daemon

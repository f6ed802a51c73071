#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "core/result.h"
#include "daemon/daemon.h"
#include "daemon/log.h"
#include "daemon/service_manager.h"
#include "wiring/config.h"

namespace almanac::app {

// SIGTERM, SIGINT and SIGHUP are waited for by the loop from here on, in every thread started after this. A connection
// or a pipe that breaks is an error of the write from here on and does not end the process.
void take_signals();

// Writes log lines to standard error: for people on a terminal, else as JSON.
daemon::Log make_log();

// What drives a daemon from the outside: the clock on the wall, signals, systemd's watchdog.
struct RunLoop {
  daemon::Daemon& daemon;
  const ports::Clock& clock;
  double speed = 1;
  std::optional<Duration> lasts;                        // wall time; empty: until a signal
  std::function<Result<wiring::Config>()> read_config;  // for SIGHUP
  std::function<void()> reloaded;                       // after a reload that worked
  daemon::Log log;
  const daemon::ServiceManager& manager;

  // Until SIGTERM, SIGINT or the end of `lasts`. The daemon is not stopped yet.
  void run();

 private:
  void reload() const;
};

}  // namespace almanac::app

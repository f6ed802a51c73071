#include "app/run_loop.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <iostream>

#include "adapters/local/system_clock.h"
#include "app/log.h"
#include "app/terminal.h"
#include "core/mutex.h"

namespace almanac::app {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A clock that was set and a lease that was taken over are noticed within this time.
constexpr std::chrono::milliseconds kLongestWait{1000};
constexpr std::chrono::milliseconds kShortestWait{5};

sigset_t our_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
  return signals;
}

// The signal that came within the time, or 0.
int wait_for_signal(std::chrono::milliseconds at_most) {
  const sigset_t signals = our_signals();
  const timespec timeout{at_most.count() / 1000, (at_most.count() % 1000) * 1000000};
  return std::max(0, ::sigtimedwait(&signals, nullptr, &timeout));
}

}  // namespace

void take_signals() {
  const sigset_t signals = our_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // OpenSSL writes to connections that the other side has closed without the flag that would spare us the signal.
  ::signal(SIGPIPE, SIG_IGN);
}

daemon::Log make_log() {
  const bool human = ::isatty(STDERR_FILENO) == 1;
  const bool colour = style_of(STDERR_FILENO).colour;
  const auto mutex = std::make_shared<Mutex>();
  return [=](const daemon::LogLine& line) {
    if (!logs(std::string(daemon::to_string(line.level)))) return;
    const Timestamp now = adapters::SystemClock().now();
    const std::string text = human ? daemon::log_text(line, now, colour) : daemon::log_json(line, now);
    const MutexLock lock(*mutex);
    std::cerr << text << std::endl;
  };
}

void RunLoop::reload() const {
  manager.reloading();
  const auto config = read_config();
  const auto done = config ? daemon.reload(*config) : Result<void>(tl::unexpected(config.error()));
  if (done) {
    log({daemon::Level::info, "almanac.yaml was read anew"});
    if (reloaded) reloaded();
  } else {
    log({daemon::Level::error, "almanac.yaml was not taken over, the settings before stay: " + done.error().message});
  }
  manager.ready(daemon.summary());
}

void RunLoop::run() {
  const auto begun = SteadyClock::now();
  const auto watchdog = daemon::ServiceManager::watchdog_interval();
  auto fed = begun;
  manager.ready(daemon.summary());
  while (true) {
    const Timestamp next = daemon.step();
    const auto now = SteadyClock::now();
    if (watchdog && now - fed >= std::min<SteadyClock::duration>(*watchdog, std::chrono::seconds{30})) {
      if (daemon.healthy()) manager.alive();
      manager.status(daemon.summary());
      fed = now;
    }
    if (lasts && now - begun >= *lasts) return;
    const double seconds = static_cast<double>((next - clock.now()).count()) / speed;
    auto wait = std::chrono::milliseconds{static_cast<long long>(std::clamp(seconds * 1000, 0.0, 1000.0))};
    if (lasts) {
      wait = std::min(wait, std::chrono::duration_cast<std::chrono::milliseconds>(*lasts - (now - begun)));
    }
    if (watchdog) wait = std::min(wait, std::chrono::duration_cast<std::chrono::milliseconds>(*watchdog) / 2);
    switch (wait_for_signal(std::clamp(wait, kShortestWait, kLongestWait))) {
      case SIGTERM:
      case SIGINT:
        log({daemon::Level::info, "told to stop: the ticks at hand are finished"});
        return;
      case SIGHUP:
        reload();
        break;
      default:
        break;
    }
  }
}

}  // namespace almanac::app

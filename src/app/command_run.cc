#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "adapters/local/system_clock.h"
#include "app/commands.h"
#include "app/run_loop.h"
#include "app/serve.h"
#include "core/version.h"
#include "daemon/scaled_clock.h"
#include "records/ledger.h"
#include "records/living_daemon.h"

namespace almanac::app {
namespace {

constexpr std::chrono::seconds kGrace{60};

// Long enough for a store that hiccups, short enough that another takes over within two intervals.
std::chrono::milliseconds lease_of(Duration interval, double speed) {
  const auto real =
      std::chrono::milliseconds{static_cast<long long>(1000.0 * static_cast<double>(interval.count()) / speed)};
  return std::clamp(real, std::chrono::milliseconds{1000}, std::chrono::milliseconds{60000});
}

// Simulated time goes on where the store's last decision stands, so that a run at speed can be interrupted.
Timestamp simulated_start(Session& session) {
  std::optional<Timestamp> start;
  for (const GroupConfig* group : session.groups()) {
    const auto last =
        records::Ledger(session.store(), group->name)
            .latest(session.now() + 36500 * kDay, [](const records::Record& r) { return !r.decision.dry_run; });
    if (last && *last) start = std::max(start.value_or(Timestamp{}), (*last)->decision.now);
  }
  return start.value_or(session.now());
}

Result<std::unique_ptr<ports::Clock>> make_clock(Session& session, const RunOptions& options, bool now_given) {
  if (options.speed == 1 && !now_given && !session.in_simulated_time())
    return std::make_unique<adapters::SystemClock>();
  for (const GroupConfig* group : session.groups()) {
    if (!group->simulated()) {
      return fail(ErrorCode::invalid_input,
                  fmt::format("--speed and --now are for simulated groups; group {} is none", group->name));
    }
  }
  const Timestamp start = now_given ? session.now() : simulated_start(session);
  return std::make_unique<daemon::ScaledClock>(start, options.speed);
}

}  // namespace

Result<ExitCode> run_run(const CommonOptions& common, const RunOptions& options, Console& console) {
  take_signals();
  const auto refuse = [&](const Error& error) {
    console.err << "error: " << error.message << "\n";
    return kUsage;
  };
  auto session = Session::open(common);
  if (!session) return refuse(session.error());
  const auto clock = make_clock(*session, options, common.now.has_value());
  if (!clock) return refuse(clock.error());

  wiring::ServeSettings serving = session->config().serve;
  if (options.listen) serving.listen = options.listen;
  if (options.token_file) serving.token_file = *options.token_file;
  const auto token = read_token(serving);
  if (!token) return refuse(token.error());
  // Before anything begins: a process that may not serve should not take the lease either.
  if (auto allowed = check_serving(serving, *token); !allowed) return refuse(allowed.error());

  Process process(**clock, program_version(), !token->empty());
  daemon::DaemonOptions settings;
  settings.session = common;
  settings.holder = records::this_process();
  settings.lease = lease_of(session->config().interval, options.speed);
  settings.speed = options.speed;
  settings.workers = session->config().run.workers;
  settings.train = session->config().run.training;
  const daemon::Log log = make_log();
  // The address before the lease: a process that cannot serve must not keep another from its work.
  std::unique_ptr<serving::Server> server;
  if (serving.listen) {
    auto bound = bind_server(process, *serving.listen, serving, *token, log);
    if (!bound && bound.error().code == ErrorCode::unavailable && options.else_listen) {
      bound = bind_server(process, *options.else_listen, serving, *token, log);
    }
    if (!bound && bound.error().code == ErrorCode::invalid_input) return refuse(bound.error());
    if (!bound) return tl::unexpected(bound.error());
    server = std::move(*bound);
  }
  auto running = daemon::Daemon::start(session->config(), settings, **clock, log, process);
  if (!running) return tl::unexpected(running.error());
  daemon::Daemon& daemon = **running;
  process.attach(daemon);
  if (server) {
    server->begin();
    log({daemon::Level::info, "serving " + server->url()});
    if (options.serving) options.serving(server->url());
  }

  const auto manager = daemon::ServiceManager::from_environment();
  const auto read_config = [&]() -> Result<wiring::Config> {
    auto fresh = Session::open(common);
    if (!fresh) return tl::unexpected(fresh.error());
    return fresh->config();
  };
  RunLoop loop{daemon, **clock, options.speed, options.lasts, read_config, [&] { process.reloaded(); }, log, manager};
  loop.run();
  manager.stopping();
  daemon.stop(kGrace);
  if (server) server->stop();
  return kDone;
}

}  // namespace almanac::app

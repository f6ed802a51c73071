// canned_server [--token TOKEN] [--short] [--port N] | --routes: the real server in front of canned answers, for the
// tests of this folder. Prints its address, publishes a tick every 50 ms, and ends with its standard input. --short
// makes the limits of time and number small enough to be tested.

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

#include "canned_routes.h"
#include "core/version.h"
#include "serving/http/server.h"
#include "serving/metrics/metrics.h"

namespace {

using namespace almanac;
using namespace std::chrono_literals;

serving::Limits short_limits() {
  serving::Limits limits;
  limits.head = 700ms;
  limits.body = 700ms;
  limits.keep_alive = 500ms;
  limits.write_stall = 700ms;
  limits.write = 3s;
  limits.heartbeat = 300ms;
  limits.requests_per_connection = 5;
  limits.connections = 40;
  limits.streams = 8;
  return limits;
}

serving::GroupTick full_tick(const std::string& group) {
  serving::GroupTick tick;
  tick.group = group;
  tick.time = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  tick.interval = Duration{300};
  tick.duration_seconds = 0.012;
  tick.by_hand.mode = "own";
  tick.demand = 12.5;
  tick.forecast_peak = {{0.5, 13}, {0.9, 15}, {0.99, 17.5}};
  tick.desired = 20;
  tick.in_service = 19;
  tick.min = 1;
  tick.max = 60;
  tick.desired_without_calendar = 18;
  tick.violating_ratio_hour = 0.0004;
  tick.violating_ratio_week = 0.0007;
  tick.objective_ratio = 0.001;
  tick.coverage = {{0.5, 0.49}, {0.9, 0.91}, {0.99, 0.985}};
  tick.pinball_ratio = 0.34;
  tick.lead_time = Duration{480};
  tick.data_until = tick.time;
  tick.model_trained = tick.time - kDay;
  tick.calendar_read = tick.time;
  tick.by_hand.manual_floor = 15;
  return tick;
}

}  // namespace

int main(int argc, char** argv) {
  serving::ServerOptions options;
  options.listen = {"127.0.0.1", 0};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--routes") {
      const serving::Router routes = serving::canned_routes(false, {});
      for (const auto& route : routes.routes()) std::printf("%s %s\n", route.method.c_str(), route.pattern.c_str());
      return 0;
    }
    if (argument == "--short") options.limits = short_limits();
    if (argument == "--token" && i + 1 < argc) options.token = argv[++i];
    if (argument == "--port" && i + 1 < argc) options.listen.port = std::stoi(argv[++i]);
  }

  serving::Feed feed;
  serving::Metrics metrics({program_version()},
                           [] { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); });
  metrics.set_groups({"shop", "api"});
  metrics.set_active(true);
  metrics.tick_done(full_tick("shop"));
  metrics.tick_failed("api", ErrorCode::unavailable, 0.5);
  metrics.training_done("shop", 12, false);
  serving::Router routes = serving::canned_routes(!options.token.empty(), [&] {
    metrics.set_viewers(feed.subscribers());
    return metrics.text();
  });
  options.access = [&](const serving::Access& access) {
    metrics.http_answered({access.route, access.method, access.status, access.duration_seconds});
  };

  const auto server = serving::Server::start(std::move(routes), feed, std::move(options));
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", (*server)->url().c_str());
  std::fflush(stdout);

  std::atomic<bool> over = false;
  std::thread ticks([&] {
    while (!over) {
      feed.publish("tick", R"({"group": "shop", "time": "2025-11-25T12:00:00Z", "desired": 20, "health": "full"})");
      feed.publish("fleet", R"({"time": "2025-11-25T12:00:00Z"})");
      std::this_thread::sleep_for(50ms);
    }
  });
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  (*server)->stop();
  over = true;
  ticks.join();
  return 0;
}

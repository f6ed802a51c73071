// Times the answers of the pages over a fleet:
//   insight_bench FOLDER [GROUPS] [PLAYED_WEEKS]
// FOLDER becomes a store of GROUPS groups (1000): a simulated shop is collected, trained (without the LSTM) and played
// for PLAYED_WEEKS (4) by the control code that production runs, then linked into the store under every other name. A
// folder that is there already is used as it is. Prints Markdown tables; times are the calling thread's processor time,
// resident memory is the process's own.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "../must.h"
#include "adapters/local/folder_object_store.h"
#include "control/group.h"
#include "core/series.h"
#include "insight/insight.h"
#include "insight/what_if.h"
#include "simulation/simulated_group.h"
#include "simulation/workload.h"
#include "wiring/session.h"

using namespace almanac;
using bench::must;
namespace fs = std::filesystem;

namespace {

constexpr Duration kInterval{300};

wiring::Config config_of(const std::string& folder, int groups) {
  wiring::Config config;
  config.store = folder;
  config.interval = kInterval;
  for (int i = 0; i < groups; ++i) {
    wiring::GroupConfig group;
    group.name = i == 0 ? "shop" : fmt::format("shop-{:04}", i);
    group.policy.min = 2;
    group.policy.max = 80;
    config.groups.push_back(group);
  }
  return config;
}

// One shop as production would have run it; returns the time after its last tick.
Timestamp play(ports::ObjectStore& store, const wiring::Config& config, int weeks) {
  simulation::WorkloadOptions options;
  options.played_weeks = weeks;
  const auto shop = must(simulation::make_workload(options));
  simulation::CloudOptions cloud_options;
  cloud_options.plant = shop.plant;
  cloud_options.start = ceil_to(shop.trace.range().start, kInterval);
  cloud_options.initial = 10;
  cloud_options.outages = shop.outages;
  simulation::SimulatedCloud cloud(shop.trace, cloud_options);
  must(store.put("shop/business_calendar.json", shop.business_calendar, ports::PutCondition::always()));
  auto settings = wiring::group_settings(config, config.groups.front());
  settings.use_lstm = false;
  const std::shared_ptr<void> not_owned;
  control::Group group({.store = store,
                        .settings = settings,
                        .calendars = records::CalendarStore(store, "shop"),
                        .collect = {.first = shop.history.start},
                        .metrics = {not_owned, &cloud.metrics()},
                        .target = {not_owned, &cloud.group()}});
  const Timestamp start = ceil_to(shop.played.start, kInterval), end = floor_to(shop.played.end, kInterval);
  cloud.advance_to(start);
  must(group.collect(start));
  Timestamp training = start;
  for (Timestamp now = start; now < end; now += kInterval) {
    if (now > start) cloud.advance_to(now);
    if (now >= training) {
      must(group.train(now));
      training += kDay;
    }
    must(group.tick(now));
  }
  return end - kInterval;
}

void link_groups(const fs::path& folder, const wiring::Config& config) {
  for (std::size_t i = 1; i < config.groups.size(); ++i) {
    const fs::path there = folder / config.groups[i].name;
    if (fs::exists(there)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder / "shop")) {
      const fs::path target = there / fs::relative(entry.path(), folder / "shop");
      if (entry.is_directory()) {
        fs::create_directories(target);
      } else if (entry.path().filename().string().front() != '~') {
        fs::create_directories(target.parent_path());
        fs::create_hard_link(entry.path(), target);
      }
    }
  }
}

double resident_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  return 0;
}

// Milliseconds of this thread's processor time: what else the machine does is none of the answers' doing.
double spent_ms() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return 1e3 * static_cast<double>(spent.tv_sec) + 1e-6 * static_cast<double>(spent.tv_nsec);
}

struct Times {
  std::vector<double> ms;
  std::size_t bytes = 0;

  template <typename Call>
  void take(Call&& call) {
    const double start = spent_ms();
    bytes = std::max(bytes, call());
    ms.push_back(spent_ms() - start);
  }
  double at(double share) {
    std::sort(ms.begin(), ms.end());
    return ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
  }
};

void print(const char* what, Times times) {
  std::printf("| %s | %zu | %.1f | %.1f | %.1f | %.0f |\n", what, times.ms.size(), times.at(0.5), times.at(0.99),
              times.at(1), static_cast<double>(times.bytes) / 1024);
}

template <typename Call>
Times timed(int count, Call&& call) {
  Times times;
  for (int i = 0; i < count; ++i) times.take([&] { return must(call()).size(); });
  return times;
}

// What was planned a week ahead beside what was then decided and what load came.
void print_plans(ports::ObjectStore& store, const wiring::Config& config, Timestamp end) {
  const auto settings = wiring::group_settings(config, config.groups.front());
  const auto all = must(dataset::Dataset(store, "shop", kInterval).read_all());
  const auto known = control::know(all, settings, end);
  std::printf("\n| planned on | instance-hours planned | decided | error | within q50 | q90 | q99 |\n");
  std::printf("|---|---:|---:|---:|---:|---:|---:|\n");
  records::DecisionLog log(store, "shop");
  const auto points = must(log.between({end - 10 * kWeek, end}));
  for (Timestamp at = floor_to(points.front().now, kDay) + kWeek; at + kWeek <= end; at += 3 * kDay) {
    insight::GroupReader reader(store, settings, {});
    const auto view = must(reader.view(at));
    const auto plan = must(insight::what_if(*view, std::nullopt, 7)).current;
    double decided = 0;
    for (const auto& point : points)
      if (point.now >= at && point.now < at + kWeek) decided += point.desired * 300.0 / 3600;
    int windows = 0, within[3] = {};
    for (std::size_t i = 0; i < plan.q50.size(); ++i) {
      const auto first = static_cast<std::size_t>((at - known.history.start) / kInterval) + i;
      double peak = 0;
      for (long long k = 0; k < view->cover_window() / kInterval && !is_missing(peak); ++k) {
        const double value = known.history.peak.at(first + static_cast<std::size_t>(k));
        peak = is_missing(value) ? kMissing : std::max(peak, value);
      }
      if (is_missing(peak) || is_missing(plan.q50[i])) continue;
      ++windows;
      within[0] += peak <= plan.q50[i], within[1] += peak <= plan.q90[i], within[2] += peak <= plan.q99[i];
    }
    std::printf("| %s | %.0f | %.0f | %+.1f %% | %.0f %% | %.0f %% | %.0f %% |\n",
                format_timestamp(at).substr(0, 10).c_str(), plan.instance_hours, decided,
                100 * (plan.instance_hours / decided - 1), 100.0 * within[0] / windows, 100.0 * within[1] / windows,
                100.0 * within[2] / windows);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: insight_bench FOLDER [GROUPS] [PLAYED_WEEKS]\n");
    return 2;
  }
  const fs::path folder = argv[1];
  const int groups = argc > 2 ? std::atoi(argv[2]) : 1000;
  const int weeks = argc > 3 ? std::atoi(argv[3]) : 4;
  const auto config = config_of(folder, groups);
  adapters::FolderObjectStore store(folder, {.durable = false});
  if (!fs::exists(folder / "shop" / "decisions")) play(store, config, weeks);
  link_groups(folder, config);
  // A week before the end of what was played, so that events lie ahead.
  const auto last = must(records::DecisionLog(store, "shop").newest({Timestamp{}, Timestamp::max()}, 1));
  const Timestamp tick = last.front().decision.now - kWeek, now = tick + Duration{20};

  const double before = resident_mb();
  std::vector<insight::Insight::Source> sources;
  for (const auto& group : config.groups) sources.push_back({wiring::group_settings(config, group), {}});
  insight::Insight insight(std::move(sources), store, [now] { return now; });
  const double start = spent_ms();
  insight.warm_up();
  const double warm_up = (spent_ms() - start) / 1000;
  const double fleet = resident_mb();
  std::printf("%d groups: warm-up %.1f s (%.1f ms a group), %.0f MB resident, %.0f of them before\n\n", groups, warm_up,
              1000 * warm_up / groups, fleet, before);
  std::printf("| answer | calls | median ms | p99 ms | worst ms | kB |\n|---|---:|---:|---:|---:|---:|\n");
  PageQuery page;
  print("fleet, first 100 of all", timed(200, [&] { return insight.groups(page); }));
  page.limit = 1000;
  print("fleet, 1,000 at once", timed(20, [&] { return insight.groups(page); }));
  Times ticks;
  for (const auto& group : config.groups) {
    ticks.take([&] {
      insight.tick_done(group.name, now);
      return std::size_t{0};
    });
  }
  print("refresh after a tick", ticks);
  const RangeQuery month{now - 30 * kDay, std::nullopt};
  print("series of 30 days, cold", timed(1, [&] { return insight.series("shop", month, std::nullopt); }));
  print("series of 30 days", timed(50, [&] { return insight.series("shop", month, std::nullopt); }));
  print("series of a day", timed(50, [&] { return insight.series("shop", {}, std::nullopt); }));
  print("group", timed(20, [&] { return insight.group("shop"); }));
  print("forecast of 12 hours, first", timed(1, [&] { return insight.forecast("shop", 12 * kHour); }));
  print("decisions, a page of 100", timed(20, [&] { return insight.decisions("shop", {}, {}); }));
  print("decision", timed(20, [&] { return insight.decision("shop", tick); }));
  print("calendar of 4 weeks, first", timed(1, [&] { return insight.calendar("shop", {}); }));
  print("savings of 14 days, first", timed(1, [&] { return insight.savings("shop", 14); }));
  const auto calendar = must(store.get("shop/business_calendar.json")).bytes;
  print("what-if of 7 days", timed(5, [&] { return insight.plan("shop", calendar, "business_calendar.json", 7); }));
  print("what-if of 28 days", timed(3, [&] { return insight.plan("shop", calendar, "business_calendar.json", 28); }));
  std::printf("\n%.0f MB resident at the end\n", resident_mb());
  print_plans(store, config, last.front().decision.now - kHour);
  return 0;
}

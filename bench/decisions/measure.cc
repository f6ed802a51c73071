#include "measure.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <span>
#include <thread>

#include "adapters/local/file.h"
#include "calendar_edits.h"
#include "forecast/prediction_tape.h"
#include "phases.h"
#include "planning/error_budget.h"
#include "scene.h"
#include "simulation/almanac_replay.h"
#include "simulation/backtest.h"
#include "simulation/peers.h"
#include "simulation/simulated_group.h"
#include "simulation/workload.h"
#include "statements.h"

namespace almanac::bench {
namespace {

using nlohmann::json;
using simulation::ReplaySettings;

constexpr Duration kWarmUp{6 * kHour};
constexpr const char* kWhole = "the whole method";

// One row of a table: how it differs from the whole method.
struct Variant {
  std::string part, name;
  std::function<void(ReplaySettings&)> change = [](ReplaySettings&) {};
  std::optional<calendar::Calendar> calendar{};  // instead of the walk's
};

// Rows that share their predictions: the first is walked, the others replay its tape. Rows may then differ only in what
// comes after the predictions; of their calendars, in what these state.
struct Walk {
  std::vector<Variant> rows;
  std::uint64_t seed = 1;
  calendar::Calendar calendar;
};

// A clock of the thread: on a machine that others use too, wall clock says little.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

json key_of(const std::string& part, const std::string& row, const Scene& scene, std::uint64_t seed) {
  return {{"part", part}, {"row", row}, {"trace", scene.trace.name}, {"boot", scene.plant.boot}, {"seed", seed}};
}

json number(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

json phases_json(const Scene& scene, const simulation::BacktestRun& run) {
  json phases = json::array();
  const auto events = scene.events();
  for (const PhaseTally& tally : tally_phases(scene.trace, scene.plant, scene.window, run.decisions, events))
    phases.push_back({{"requests", tally.requests}, {"violating", tally.violating}});
  return phases;
}

json run_json(const Scene& scene, const simulation::BacktestRun& run, double knob) {
  return {{"knob", knob},
          {"cost", run.score.cost},
          {"share", run.score.violating_share},
          {"phases", phases_json(scene, run)}};
}

json runs_json(const Scene& scene, const simulation::PolicyResult& policy) {
  json runs = json::array();
  for (const auto& run : policy.runs) runs.push_back(run_json(scene, run, run.knob));
  return runs;
}

json around_json(const Scene& scene, const simulation::PolicyResult& policy) {
  json runs = json::array();
  for (const auto& run : policy.runs) {
    const AroundEvents around = around_new_kinds(scene, run.decisions);
    runs.push_back({{"knob", run.knob}, {"cost", around.cost}, {"share", around.share}});
  }
  return runs;
}

// What would have come of each stated objective had the price stayed where its error budget starts.
json unmoved_json(const Scene& scene, const simulation::PolicyResult& sweep, const simulation::PolicyResult& stated) {
  json runs = json::array();
  for (const auto& objective : stated.runs) {
    const double position = planning::initial_budget(objective.knob).position;
    const double price = planning::lambda_grid()[static_cast<std::size_t>(std::lround(position))];
    for (const auto& run : sweep.runs)
      if (run.knob == price) runs.push_back(run_json(scene, run, objective.knob));
  }
  return runs;
}

simulation::BacktestResult play(const Scene& scene, std::vector<simulation::PolicyFamily> policies) {
  simulation::BacktestConfig config;
  config.trace = &scene.trace;
  config.plant = scene.plant;
  config.window = scene.window;
  config.policies = std::move(policies);
  config.warm_up = kWarmUp;
  config.threads = 1;
  return simulation::run_backtest(config);
}

json forecasters_json(const simulation::Replay& replay) {
  json scores = json::array();
  for (const auto& score : replay.scores)
    scores.push_back({{"forecaster", score.forecaster}, {"pinball", score.pinball}, {"windows", score.windows}});
  return scores;
}

class Measurer {
 public:
  Measurer(const MeasureOptions& options, Results& results) : options_(options), results_(results) {}

  // Every job in turn by as many threads as wanted; the first error ends it.
  Result<void> run(std::vector<std::function<Result<void>()>> jobs) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::optional<Error> error;
    const auto work = [&] {
      for (std::size_t i = next++; i < jobs.size(); i = next++) {
        auto done = jobs[i]();
        const std::lock_guard lock(mutex);
        if (!done && !error) error = done.error();
        if (error) next = jobs.size();
      }
    };
    std::vector<std::thread> helpers;
    for (unsigned i = 1; i < std::min<std::size_t>(options_.threads, jobs.size()); ++i) helpers.emplace_back(work);
    work();
    for (auto& helper : helpers) helper.join();
    if (error) return tl::unexpected(*error);
    return {};
  }

  Result<void> walk(const Scene& scene, const Walk& walk) {
    const auto missing = [&](const Variant& row) {
      return !results_.has(key_of(row.part, row.name, scene, walk.seed));
    };
    if (std::none_of(walk.rows.begin(), walk.rows.end(), missing)) return {};
    ReplaySettings settings;
    settings.from =
        simulation::replay_start(scene.trace, scene.window.from, static_cast<std::size_t>(kWarmUp / kMinute));
    settings.to = scene.window.to;
    settings.seed = walk.seed;
    const auto tape = std::make_shared<forecast::PredictionTape>();
    for (const Variant& row : walk.rows) {
      if (tape->sealed() && !missing(row)) continue;
      auto mine = settings;
      row.change(mine);
      mine.method.tape = tape;
      const double wall = wall_seconds(), cpu = cpu_seconds();
      const auto replay =
          simulation::replay_almanac(scene.trace, row.calendar.value_or(walk.calendar), scene.plant, mine);
      if (!replay) return tl::unexpected(replay.error());
      const bool recorded = !tape->sealed();
      tape->seal();
      if (!missing(row)) continue;
      json record = key_of(row.part, row.name, scene, walk.seed);
      record["fitted"] = recorded;
      record["train_seconds"] = replay->train_seconds;
      record["decide_seconds"] = replay->decide_seconds;
      record["ticks"] = replay->ticks.size();
      record["cpu_seconds"] = cpu_seconds() - cpu;
      record["forecasters"] = forecasters_json(*replay);
      const double played = cpu_seconds();
      const auto result = play(scene, {simulation::almanac_family(*replay), simulation::objective_family(*replay)});
      record["play_cpu_seconds"] = cpu_seconds() - played;
      record["cost_01"] = number(result.policies[0].cost_at_01);
      record["cost_1"] = number(result.policies[0].cost_at_1);
      record["stated"] = runs_json(scene, result.policies[1]);
      if (!scene.new_kinds.empty()) record["around"] = around_json(scene, result.policies[1]);
      add(record, wall_seconds() - wall);
      if (row.name != kWhole) continue;
      record["row"] = "no controller: the price stays where it starts";
      record["stated"] = unmoved_json(scene, result.policies[0], result.policies[1]);
      add(std::move(record), 0);
    }
    return {};
  }

  Result<void> peers(const Scene& scene) {
    json record = key_of("peers", "peers", scene, 0);
    if (results_.has(record)) return {};
    const double wall = wall_seconds(), cpu = cpu_seconds();
    const auto result = play(scene, simulation::peers());
    record["cpu_seconds"] = cpu_seconds() - cpu;
    record["peers"] = json::array();
    for (const auto& policy : result.policies)
      record["peers"].push_back({{"policy", policy.policy},
                                 {"cost_01", number(policy.cost_at_01)},
                                 {"cost_1", number(policy.cost_at_1)},
                                 {"runs", runs_json(scene, policy)}});
    add(std::move(record), wall_seconds() - wall);
    return {};
  }

 private:
  void add(json record, double wall) {
    record["wall_seconds"] = wall;
    record["version"] = options_.version;
    std::fprintf(stderr, "%s: %s, %s, seed %d: %.0f s\n", record["trace"].get<std::string>().c_str(),
                 record["part"].get<std::string>().c_str(), record["row"].get<std::string>().c_str(),
                 record["seed"].get<int>(), wall);
    results_.add(record);
  }

  const MeasureOptions& options_;
  Results& results_;
};

const std::vector<std::string>& hourly_context() {
  static const std::vector<std::string> names{"half_hour_ago", "hour_ago",     "two_hours_ago", "three_hours_ago",
                                              "hours_mean_6",  "hours_high_6", "hours_mean_24", "hours_high_24",
                                              "since_burst",   "minute",       "minute_sin_1",  "minute_cos_1",
                                              "minute_sin_2",  "minute_cos_2", "minute_sin_3",  "minute_cos_3"};
  return names;
}

std::function<void(ReplaySettings&)> without_context(std::vector<std::string> names) {
  return [names](ReplaySettings& settings) { settings.method.blank_context = names; };
}

std::vector<Row> rows_of(const Scene& scene, std::string network_column = "network_in") {
  return simulation::collected_rows(
      scene.trace, scene.trace.range(),
      {.unit_capacity = scene.plant.unit_capacity, .network_column = std::move(network_column)});
}

std::function<void(ReplaySettings&)> on_rows(
    std::vector<Row> rows, const std::function<void(Row&)>& change = [](Row&) {}) {
  for (Row& row : rows) change(row);
  return [rows = std::make_shared<const std::vector<Row>>(std::move(rows))](auto& s) { s.rows = rows; };
}

// What the fitted models do not depend on, after the whole method itself.
std::vector<Variant> rows_after_prediction() {
  std::vector<Variant> rows{
      {"ablation", kWhole},
      {"ablation", "no calibration apart near events", [](auto& s) { s.method.situations = false; }},
      {"ablation", "no volatility", [](auto& s) { s.method.volatility = false; }},
      {"ablation", "no additive errors in the mixture", [](auto& s) { s.method.additive = false; }},
      {"ablation", "no experts", [](auto& s) { s.experts = false; }},
  };
  for (const char* name : {"lstm+trees", "lstm", "trees", "linear", "seasonal_naive"})
    rows.push_back({"ablation", std::string("always ") + name, [name](auto& s) { s.method.forecaster = name; }});
  return rows;
}

std::vector<Walk> ablations(const Scene& scene, const MeasureOptions& options, std::uint64_t seed) {
  const calendar::Calendar none;
  std::vector<Variant> rows = rows_after_prediction();
  if (options.calendar.empty())
    std::erase_if(rows, [](const Variant& row) { return row.name == "no calibration apart near events"; });
  std::vector<Walk> walks{{std::move(rows), seed, scene.calendar}};
  const auto alone = [&](std::string name, std::function<void(ReplaySettings&)> change) {
    walks.push_back({{{"ablation", std::move(name), std::move(change)}}, seed, scene.calendar});
  };
  if (!options.calendar.empty()) {
    walks.push_back({{{"ablation", "no calendar"}}, seed, none});
    alone("no analogues",
          without_context({"analogue", "analogue_high", "analogue_spread", "analogue_known", "analogue_error"}));
  }
  alone("no minute of the hour, no hourly references", without_context(hourly_context()));
  if (scene.trace.native_step < ReplaySettings{}.interval)  // else no row has one
    alone("no 1-minute peaks", on_rows(rows_of(scene), [](Row& row) { row.request_peak.reset(); }));
  if (scene.trace.metrics.contains("network_in"))
    alone("no network_in", on_rows(rows_of(scene, "")));
  else if (scene.trace.metrics.contains("bytes_out"))
    alone("with bytes_out as the network metric", on_rows(rows_of(scene, "bytes_out")));
  if (options.every_minute) alone("decisions every minute", [](auto& s) { s.interval = kMinute; });
  return walks;
}

std::vector<Walk> wrong_calendars(const Scene& scene, std::uint64_t seed) {
  const auto events = scene.events();
  const auto wrong = [&](const char* name, std::vector<calendar::Event> claimed) {
    return Walk{{{"calendars", name}}, seed, calendar::Calendar::of(std::move(claimed), scene.calendar.timezone())};
  };
  return {wrong("one in five announced once more by mistake", with_mistaken(events, scene.tested())),
          wrong("one in five an hour early or late", with_moved(events, scene.tested())),
          wrong("all an hour early or late", with_all_moved(events, scene.tested())),
          wrong("one in five missing", with_missing(events, scene.tested()))};
}

// Statements change no prediction: features hold what is stated only before the first event of all.
Walk statements(const Scene& scene, std::uint64_t seed) {
  Walk walk{{}, seed, stating(scene, kStatements[0])};
  for (const Statement& statement : kStatements)
    walk.rows.push_back({"statements", std::string(statement.name), [](ReplaySettings&) {}, stating(scene, statement)});
  return walk;
}

// What each metric adds. Where requests are the demand, it can also be told from CPU and instances in service, as in a
// group whose requests nobody counts.
std::vector<Walk> metrics_walks(const Scene& scene, std::uint64_t seed) {
  const auto walk = [&](const char* name, std::function<void(Row&)> change) {
    return Walk{{{"metrics", name, on_rows(scene.collected, change)}}, seed, scene.calendar};
  };
  std::vector<Walk> walks{walk("every metric", [](Row&) {}),
                          walk("without network_in", [](Row& row) { row.network_in.reset(); })};
  if (scene.trace.unit == simulation::Trace::Unit::requests_per_second)
    for (const bool network : {true, false})
      walks.push_back(
          walk(network ? "without request_count" : "without request_count and network_in", [network](Row& row) {
            row.request_count.reset();
            row.request_peak.reset();
            if (!network) row.network_in.reset();
          }));
  return walks;
}

Result<Scene> load_scene(const std::string& folder, const std::string& trace, const std::string& calendar,
                         Duration boot, const std::string& start, const std::string& end) {
  Scene scene;
  auto loaded = simulation::load_trace(folder + "/" + trace);
  if (!loaded) return tl::unexpected(loaded.error());
  scene.trace = std::move(*loaded);
  if (!calendar.empty()) {
    const auto text = adapters::read_file(folder + "/" + calendar);
    if (!text) return tl::unexpected(text.error());
    auto parsed = calendar::Calendar::parse(*text, calendar);
    if (!parsed) return tl::unexpected(parsed.error());
    scene.calendar = std::move(*parsed);
  }
  const auto plant = simulation::plant_for(scene.trace, boot);
  if (!plant) return tl::unexpected(plant.error());
  scene.plant = *plant;
  const auto time = [](const std::string& text) -> std::optional<Timestamp> {
    const auto parsed = parse_timestamp(text);
    return parsed ? std::optional(*parsed) : std::nullopt;
  };
  const auto window = simulation::test_window(scene.trace, time(start), time(end));
  if (!window) return tl::unexpected(window.error());
  scene.window = *window;
  return scene;
}

Result<Scene> demo_scene(const simulation::WorkloadOptions& options = {}) {
  auto workload = simulation::make_workload(options);
  if (!workload) return tl::unexpected(workload.error());
  Scene scene;
  scene.trace = std::move(workload->trace);
  scene.trace.name = "the demo's generator";
  scene.plant = workload->plant;
  scene.window = {scene.trace.minute_at(workload->played.start), scene.trace.minute_at(workload->played.end)};
  scene.calendar = calendar::Calendar::of(workload->events, "Europe/Paris");
  // Before Almanac somebody else ran the group: CPU is that of so many instances, and full at times.
  simulation::CloudOptions cloud_options{
      .plant = scene.plant, .start = workload->history.start, .initial = scene.plant.min};
  simulation::SimulatedCloud cloud(scene.trace, cloud_options);
  const auto tracking = simulation::make_target_tracking(60);
  cloud.advance_to(workload->played.end, tracking.get());
  auto rows = cloud.metrics().read(scene.trace.range(), ReplaySettings{}.interval);
  if (!rows) return tl::unexpected(rows.error());
  scene.collected = std::move(*rows);
  return scene;
}

}  // namespace

Result<void> measure(const MeasureOptions& options, Results& results) {
  const auto wants = [&](std::string_view part) {
    return options.parts.empty() || std::find(options.parts.begin(), options.parts.end(), part) != options.parts.end();
  };
  const auto is_there = [&](const std::string& trace) {
    const bool there = std::filesystem::exists(options.traces + "/" + trace);
    if (!there) std::fprintf(stderr, "%s is not in %s: skipped\n", trace.c_str(), options.traces.c_str());
    return there;
  };
  std::vector<Scene> scenes;  // outlive the jobs
  scenes.reserve(5);
  Measurer measurer(options, results);
  std::vector<std::function<Result<void>()>> jobs;
  const auto add_walks = [&](const Scene& scene, std::vector<Walk> walks) {
    for (Walk& walk : walks)
      jobs.emplace_back([&measurer, &scene, walk = std::move(walk)] { return measurer.walk(scene, walk); });
  };
  if ((wants("ablation") || wants("peers") || wants("calendars")) && is_there(options.trace)) {
    auto loaded =
        load_scene(options.traces, options.trace, options.calendar, options.boot, options.test_start, options.test_end);
    if (!loaded) return tl::unexpected(loaded.error());
    const Scene& scene = scenes.emplace_back(std::move(*loaded));
    if (wants("peers")) jobs.emplace_back([&measurer, &scene] { return measurer.peers(scene); });
    for (std::uint64_t seed = 1; seed <= options.seeds; ++seed) {
      if (wants("ablation")) add_walks(scene, ablations(scene, options, seed));
      if (wants("calendars") && !options.calendar.empty()) add_walks(scene, wrong_calendars(scene, seed));
    }
  }
  if (wants("statements")) {
    std::vector<Scene> stated;
    if (is_there("worldcup98.csv")) {
      auto loaded = load_scene(options.traces, "worldcup98.csv", "worldcup98.ics", options.boot, "1998-06-18T00:00:00Z",
                               "1998-07-14T00:00:00Z");
      if (!loaded) return tl::unexpected(loaded.error());
      make_kinds_of_knock_out_matches(*loaded);
      stated.push_back(std::move(*loaded));
    }
    auto demo = demo_scene({.played_weeks = 3});
    if (!demo) return tl::unexpected(demo.error());
    add_invented_events(*demo);
    stated.push_back(std::move(*demo));
    for (Scene& one : stated) {
      const Scene& scene = scenes.emplace_back(std::move(one));
      for (std::uint64_t seed = 1; seed <= options.seeds; ++seed) add_walks(scene, {statements(scene, seed)});
    }
  }
  if (wants("metrics")) {
    const std::size_t first = scenes.size();
    if (is_there("bitbrains_vm488.csv")) {
      auto loaded = load_scene(options.traces, "bitbrains_vm488.csv", "", options.boot, "", "");
      if (!loaded) return tl::unexpected(loaded.error());
      loaded->collected = rows_of(*loaded);
      scenes.push_back(std::move(*loaded));
    }
    auto demo = demo_scene();
    if (!demo) return tl::unexpected(demo.error());
    scenes.push_back(std::move(*demo));
    for (const Scene& scene : std::span(scenes).subspan(first))
      if (scene.trace.metrics.contains("network_in"))
        for (std::uint64_t seed = 1; seed <= options.seeds; ++seed) add_walks(scene, metrics_walks(scene, seed));
  }
  return measurer.run(std::move(jobs));
}

}  // namespace almanac::bench

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "adapters/local/folder_object_store.h"
#include "adapters/local/system_clock.h"
#include "adapters/simulated/simulated_world.h"
#include "app/commands.h"
#include "app/group_commands.h"
#include "app/log.h"
#include "app/report_data.h"
#include "control/explain.h"
#include "control/group.h"
#include "ports/memory_object_store.h"
#include "records/living_daemon.h"
#include "simulation/backtest.h"
#include "simulation/simulated_group.h"
#include "simulation/workload.h"

namespace almanac::app {
namespace {

constexpr const char* kGroup = "shop";
constexpr Duration kInterval{300};
constexpr double kObjective = 0.001;

// The shop, its cloud, and the control code that production runs, in simulated time.
class Demo {
 public:
  Demo(simulation::Workload workload, std::uint64_t seed) : workload_(std::move(workload)) {
    simulation::CloudOptions options;
    options.plant = workload_.plant;
    options.start = ceil_to(workload_.trace.range().start, kInterval);
    options.initial = 10;
    options.outages = workload_.outages;
    cloud_ = std::make_unique<simulation::SimulatedCloud>(workload_.trace, options);
    control::GroupSettings settings;
    settings.name = kGroup;
    settings.interval = kInterval;
    settings.policy.min = workload_.plant.min;
    settings.policy.max = workload_.plant.max;
    settings.policy.objective = kObjective;
    settings.policy.utilisation = workload_.plant.objective;
    settings.seed = seed;
    // The cloud keeps its faces, and lives as long as the group.
    const std::shared_ptr<void> not_owned;
    group_ = std::make_unique<control::Group>(control::GroupParts{.store = store_,
                                                                  .settings = settings,
                                                                  .calendars = records::CalendarStore(store_, kGroup),
                                                                  .collect = {.first = workload_.history.start},
                                                                  .metrics = {not_owned, &cloud_->metrics()},
                                                                  .target = {not_owned, &cloud_->group()}});
  }

  // Eight weeks under someone else's target tracking, collected in one go.
  Result<control::CollectReport> live_history() {
    const auto put = store_.put(std::string(kGroup) + "/business_calendar.json", workload_.business_calendar,
                                ports::PutCondition::always());
    if (!put) return tl::unexpected(put.error());
    const auto* family = simulation::find_peer("target_tracking");
    const simulation::Scene scene{&workload_.plant, nullptr, 0};
    const auto someone_else = family->make(family->usual, scene);
    cloud_->advance_to(start(), someone_else.get());
    return group_->collect(start());
  }

  Result<control::TrainReport> train(Timestamp now, const ProgressSink& progress) {
    return group_->train(now, {}, progress);
  }

  // Two weeks of ticks, with a training every night.
  Result<void> live_on(const ProgressSink& progress) {
    const double total = static_cast<double>((end() - start()).count());
    Timestamp next_training = start() + kDay;
    for (Timestamp now = start(); now < end(); now += kInterval) {
      cloud_->advance_to(now);
      if (now >= next_training) {
        if (auto trained = train(now, {}); !trained) return tl::unexpected(trained.error());
        next_training += kDay;
      }
      const auto ticked = group_->tick(now);
      if (!ticked) return tl::unexpected(ticked.error());
      report(progress, {"two weeks of ticks", static_cast<double>((now - start()).count()), total,
                        format_timestamp(now).substr(0, 10)});
    }
    cloud_->advance_to(end());
    return {};
  }

  Timestamp start() const { return ceil_to(workload_.played.start, kInterval); }
  Timestamp end() const { return floor_to(workload_.played.end, kInterval); }
  const simulation::Workload& workload() const { return workload_; }
  const simulation::SimulatedCloud& cloud() const { return *cloud_; }
  ports::MemoryObjectStore& store() { return store_; }
  std::map<Health, long long> counts() const { return group_->counts(); }
  Result<std::vector<records::Record>> records() {
    records::Ledger ledger(store_, kGroup);
    const auto shared = ledger.between({start(), end()});
    if (!shared) return tl::unexpected(shared.error());
    std::vector<records::Record> all;
    for (const auto& record : *shared) all.push_back(*record);
    return all;
  }

 private:
  simulation::Workload workload_;
  std::unique_ptr<simulation::SimulatedCloud> cloud_;
  ports::MemoryObjectStore store_;
  std::unique_ptr<control::Group> group_;
};

// What the group really did, as the run of one more policy.
simulation::PolicyResult own_result(const Demo& demo) {
  simulation::PolicyResult own;
  own.policy = "almanac";
  simulation::BacktestRun run;
  run.score = demo.cloud().score({demo.start(), demo.end()});
  const auto& desired = demo.cloud().desired();
  const std::size_t from = demo.workload().trace.minute_at(demo.start());
  for (std::size_t minute = from; minute < desired.size(); ++minute) {
    if (run.decisions.empty() || run.decisions.back().desired != desired[minute]) {
      run.decisions.push_back({minute, desired[minute]});
    }
  }
  own.runs.push_back(std::move(run));
  return own;
}

Result<simulation::BacktestResult> play_peers(const Demo& demo, const ProgressSink& progress) {
  simulation::BacktestConfig config;
  config.trace = &demo.workload().trace;
  config.plant = demo.workload().plant;
  config.window = {config.trace->minute_at(demo.start()), config.trace->minute_at(demo.end())};
  auto policies = simulation::select_policies(simulation::peers(),
                                              {"target_tracking", "hpa", "step", "static", "clairvoyant_boot"});
  if (!policies) return tl::unexpected(policies.error());
  config.policies = std::move(*policies);
  return simulation::run_backtest(config, progress);
}

void print_table(const simulation::BacktestResult& result, Console& console) {
  Table table({{"policy"},
               {"instance-hours", Table::Align::right},
               {"violating requests", Table::Align::right},
               {"violation minutes", Table::Align::right},
               {"cost", Table::Align::right},
               {"knob"}});
  for (const auto* each : simulation::ranked(result, kObjective)) {
    const simulation::PolicyResult& policy = *each;
    const auto& run = policy.shown(kObjective);
    const std::string share = fmt::format("{:.3f} %", 100 * run.score.violating_share);
    table.add(
        {policy.policy == "almanac" ? console.style.bold(policy_title(policy.policy)) : policy_title(policy.policy),
         fmt::format("{:.0f}", run.score.instance_hours),
         run.score.violating_share <= kObjective ? console.style.good(share) : console.style.bad(share),
         std::to_string(run.score.violation_minutes), fmt::format("{:.3f}", run.score.cost),
         policy.knob.empty() ? "none: it is given the objective" : fmt::format("{} {:.4g}", policy.knob, run.knob)});
  }
  console.out
      << table.text(console.style)
      << "Cost: instance-hours relative to a clairvoyant without launch delay. Each peer has the knob that served "
         "it best\nin hindsight: the cheapest that keeps 0.1 % of requests, else its usual one.\n";
}

// Three decisions that teach something: what the calendar did, what nobody could know, what happens without metrics.
std::vector<ReportInput::Explained> choose(const Demo& demo, const std::vector<records::Record>& records) {
  const records::Record* calendar = nullptr;
  const records::Record* crowd = nullptr;
  const records::Record* blind = nullptr;
  const auto gain = [](const records::Record& r) {
    return r.decision.desired_without_calendar ? r.decision.desired - *r.decision.desired_without_calendar : 0;
  };
  const auto step = [](const records::Record& r) { return r.decision.desired - r.decision.desired_before; };
  for (const auto& record : records) {
    const Timestamp now = record.decision.now;
    if (gain(record) > 0 && (calendar == nullptr || gain(record) > gain(*calendar))) calendar = &record;
    for (const auto& span : demo.workload().flash_crowds) {
      if (span.contains(now) && (crowd == nullptr || step(record) > step(*crowd))) crowd = &record;
    }
    if (record.decision.health == Health::hold && blind == nullptr) blind = &record;
  }
  std::vector<ReportInput::Explained> chosen;
  const auto add = [&](const records::Record* record, std::string title) {
    if (record != nullptr) chosen.push_back({*record, std::move(title), ""});
  };
  if (calendar != nullptr)
    add(calendar, fmt::format("The calendar at work: {}", fmt::join(calendar->decision.events, ", ")));
  add(crowd, "A crowd that nobody announced");
  add(blind, "The metrics are gone");
  return chosen;
}

// A folder whose shop lives is somebody's demo: nothing in it may change under the daemon.
// The first line of the configuration that the demo writes: its folder is known by it.
constexpr std::string_view kOurs = "# Where the demo's shop goes on";

// A folder that holds somebody's configuration or history is not the demo's to write into.
Result<void> check_is_the_demos(const std::string& folder) {
  const std::string settings = folder + "/almanac.yaml";
  std::error_code ignored;
  if (std::filesystem::exists(settings, ignored)) {
    std::ifstream file(settings);
    std::string first;
    if (std::getline(file, first) && first.starts_with(kOurs)) return {};
    return fail(ErrorCode::invalid_input, settings + " is not a demo's");
  }
  const auto keys = adapters::FolderObjectStore(folder + "/store").list("");
  if (!keys) return tl::unexpected(with_context(keys.error(), folder));
  if (keys->empty()) return {};
  return fail(ErrorCode::invalid_input, folder + "/store holds what no demo left there");
}

Result<void> check_nobody_lives_in(const std::string& folder) {
  adapters::FolderObjectStore store(folder + "/store");
  const auto living = records::living_daemon(store, adapters::SystemClock().now());
  if (!living) return tl::unexpected(with_context(living.error(), folder));
  if (!*living) return {};
  return fail(ErrorCode::conflict,
              fmt::format("the demo in {} still runs ({}), and nothing of it was touched; stop it, or choose another "
                          "folder with --out",
                          folder, **living));
}

// Keeps what the run left in its store, so that the other commands can be tried on it.
Result<void> keep(ports::MemoryObjectStore& memory, const std::string& folder) {
  adapters::FolderObjectStore files(folder, {.durable = false});
  const auto old = files.list(std::string(kGroup) + "/");
  if (!old) return tl::unexpected(old.error());
  for (const auto& key : *old) {
    if (auto removed = files.remove(key); !removed) return removed;
  }
  const auto keys = memory.list("");
  if (!keys) return tl::unexpected(keys.error());
  for (const auto& key : *keys) {
    const auto object = memory.get(key);
    if (!object) return tl::unexpected(object.error());
    if (auto put = files.put(key, object->bytes, ports::PutCondition::always()); !put)
      return tl::unexpected(put.error());
  }
  return {};
}

// What the shop was asked for, so that a cloud in the store can go on where the demo's ended.
std::vector<std::pair<Timestamp, int>> asked(const Demo& demo) {
  std::vector<std::pair<Timestamp, int>> all;
  const auto own = own_result(demo);
  for (const auto& change : own.runs.front().decisions) {
    all.emplace_back(demo.workload().trace.time_of(change.minute), change.desired);
  }
  return all;
}

std::string settings_text(const Demo& demo, std::uint64_t seed) {
  const auto& plant = demo.workload().plant;
  return fmt::format(
      "{}: almanac run --config almanac.yaml --speed 300 --listen 127.0.0.1:8080\n"
      "store: store\n"
      "groups:\n"
      "  - name: {}\n"
      "    source: {{simulated: {{seed: {}, boot: {}m, history: 8w}}}}\n"
      "    scaling: {{min: {}, max: {}}}\n"
      "    objective: {{violating_requests: {:g}%, utilisation: {:g}%}}\n",
      kOurs, kGroup, seed, plant.boot, plant.min, plant.max, 100 * kObjective, 100 * plant.objective);
}

// The shop goes on in the daemon, with its history, its model and its decisions: until Ctrl-C where a person watches,
// else for some seconds.
Result<ExitCode> live_on(const std::string& settings, bool watched, Console& console) {
  CommonOptions common;
  common.config = settings;
  RunOptions run;
  run.speed = 300;
  run.listen = "127.0.0.1:8080";
  run.else_listen = "127.0.0.1:0";
  run.serving = [&console](const std::string& url) {
    console.out << fmt::format("The dashboard: {}\n", console.style.bold(url)) << std::flush;
  };
  if (!watched) run.lasts = Duration{5};
  if (watched) set_log_level("info");
  return run_run(common, run, console);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

Result<ExitCode> run_demo(const CommonOptions& common, const DemoOptions& options, Console& console) {
  const auto begin = std::chrono::steady_clock::now();
  if (auto ours = check_is_the_demos(options.folder); !ours) {
    console.err << fmt::format("error: {}; nothing was touched. Choose another folder with --out\n",
                               ours.error().message);
    return kUsage;
  }
  if (auto free = check_nobody_lives_in(options.folder); !free) return tl::unexpected(free.error());
  std::ostream& talk = common.json ? console.err : console.out;
  const auto say = [&](const std::string& text) {
    console.bar.clear();
    talk << fmt::format("[{:5.1f} s] {}\n", seconds_since(begin), text) << std::flush;
  };
  simulation::WorkloadOptions shop;
  shop.seed = options.seed;
  auto workload = simulation::make_workload(shop);
  if (!workload) return tl::unexpected(workload.error());
  Demo demo(std::move(*workload), options.seed);
  say(fmt::format("A shop opens: eight weeks of load, {} events in its calendar; an instance boots in {} minutes.",
                  demo.workload().events.size(), demo.workload().plant.boot));
  const auto collected = demo.live_history();
  if (!collected) return tl::unexpected(collected.error());
  say(fmt::format("Collected {} five-minute rows; {} intervals had no metrics.", collected->rows.added,
                  collected->gaps));
  const auto trained = demo.train(demo.start(), console.bar.sink());
  if (!trained) return tl::unexpected(trained.error());
  say(fmt::format(
      "Trained; the {} forecaster wins by rolling-origin loss. Now two weeks of ticks, with a training a night.",
      trained->winner));
  if (auto lived = demo.live_on(console.bar.sink()); !lived) return tl::unexpected(lived.error());
  auto result = play_peers(demo, console.bar.sink());
  if (!result) return tl::unexpected(result.error());
  result->policies.insert(result->policies.begin(), own_result(demo));
  const auto records = demo.records();
  if (!records) return tl::unexpected(records.error());
  std::string ladder;
  for (const auto& [health, count] : demo.counts())
    ladder += fmt::format("{}{} {}", ladder.empty() ? "" : ", ", count, to_string(health));
  say(fmt::format("{} decisions ({}).", records->size(), ladder));

  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error) return fail(ErrorCode::permission_denied, options.folder + ": " + error.message());
  // A minute has passed since the first look.
  if (auto free = check_nobody_lives_in(options.folder); !free) return tl::unexpected(free.error());
  if (auto kept = keep(demo.store(), options.folder + "/store"); !kept) return tl::unexpected(kept.error());
  adapters::FolderObjectStore store(options.folder + "/store");
  const auto founded = adapters::simulated::SimulatedWorld::found(store, kGroup, options.seed, shop.start,
                                                                  shop.history_weeks, asked(demo));
  if (!founded) return tl::unexpected(founded.error());
  const std::string settings = options.folder + "/almanac.yaml";
  std::ofstream(settings, std::ios::trunc) << settings_text(demo, options.seed);

  ReportInput report;
  report.kind = "demo";
  report.trace = &demo.workload().trace;
  report.result = &*result;
  report.interval = kInterval;
  report.objective = kObjective;
  report.timezone = shop.timezone;
  report.calendar = "business_calendar.json";
  report.command = fmt::format("almanac demo --seed {}", options.seed);
  report.events = demo.workload().events;
  for (const auto& span : demo.workload().flash_crowds) report.unannounced.push_back(span);
  report.records = *records;
  report.scores = trained->scores;
  report.winner = trained->winner;
  const auto calendar = calendar::Calendar::parse_json(demo.workload().business_calendar, "business_calendar.json");
  if (!calendar) return tl::unexpected(calendar.error());
  report.decisions = choose(demo, *records);
  report.notes = {
      "Peers run at the knob that served them best in hindsight: the cheapest that keeps the objective, else "
      "their usual one. Almanac has no knob; it was given the objective alone.",
      "During the metrics outage capacity is held; requests are scored all the same."};
  const std::string file = std::filesystem::absolute(options.folder + "/report.html").string();
  if (auto written = write_report(report, file); !written) return tl::unexpected(written.error());

  if (common.json) {
    console.out << report_json(report) << "\n";
    return kDone;
  }
  console.out << "\n";
  print_table(*result, console);
  for (const auto& explained : report.decisions) {
    console.out << "\n"
                << console.style.bold("--- " + explained.title) << "\n"
                << control::explain(explained.record, *calendar);
  }
  console.out << fmt::format("\nThe report: {}\nThe store:  {}/store (try: almanac explain --config {})\n", file,
                             options.folder, settings);
  if (options.no_run) return kDone;
  const bool watched = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  console.out << fmt::format("\nThe shop goes on, 300 times as fast as time{}.\n",
                             watched ? "; Ctrl-C ends it" : ", for some seconds")
              << std::flush;
  return live_on(settings, watched, console);
}

}  // namespace almanac::app

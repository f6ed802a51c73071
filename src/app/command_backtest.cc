#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <thread>

#include "adapters/local/file.h"
#include "app/commands.h"
#include "app/group_commands.h"
#include "app/report_data.h"
#include "simulation/almanac_replay.h"
#include "simulation/backtest.h"

namespace almanac::app {
namespace {

constexpr Duration kWarmUp{6 * kHour};
constexpr double kObjective = 0.001;
constexpr std::string_view kObjectivePolicy = "almanac_objective";

Result<calendar::Calendar> load_calendar(const std::optional<std::string>& file) {
  if (!file) return calendar::Calendar();
  const auto text = adapters::read_file(*file);
  if (!text) return tl::unexpected(text.error());
  auto parsed = calendar::Calendar::parse(*text, *file);
  if (parsed) {
    std::vector<std::string> problems;
    for (const auto& problem : parsed->problems()) problems.push_back(problem.where + ": " + problem.message);
    print_notices("calendar", problems);
  }
  return parsed;
}

bool wants_almanac(const std::vector<std::string>& policies) {
  return std::any_of(policies.begin(), policies.end(), [](const std::string& name) {
    return name == "all" || name == "almanac" || name == kObjectivePolicy;
  });
}

// What a reader of the figures must know before waiting for them.
std::vector<std::string> doubts(const simulation::Trace& trace, const simulation::TestWindow& window) {
  constexpr Duration kLittle = kWeek;
  const Duration history = trace.time_of(window.from) - trace.range().start;
  if (history >= kLittle) return {};
  return {
      fmt::format("only {} before the test window to learn from: a week has not been seen once, and the figures say "
                  "little about Almanac; give a longer trace, or a later --test-start",
                  format_duration(history))};
}

std::string cost_text(const std::optional<double>& cost) {
  return cost ? fmt::format("{:.3f}", *cost) : "never";
}

std::string delay_text(const simulation::BacktestResult& result) {
  return result.metrics_delay.count() > 0 ? fmt::format("metrics known {} after their minute, to every policy",
                                                        format_duration(result.metrics_delay))
                                          : std::string();
}

void print_result(const simulation::BacktestResult& result, Console& console) {
  console.out << fmt::format(
      "{}: {} to {}, launch to in service {} min, cost relative to a clairvoyant without launch "
      "delay\n",
      result.trace, format_timestamp(result.window.start), format_timestamp(result.window.end), result.plant.boot);
  if (const auto late = delay_text(result); !late.empty()) console.out << late << "\n";
  const bool swept = std::any_of(result.policies.begin(), result.policies.end(),
                                 [](const auto& policy) { return policy.runs.size() > 1; });
  std::vector<Table::Column> columns{{"policy"}};
  if (swept) {
    for (const char* title : {"within 0.1 %", "within 1 %", "at 0.1 %", "at 1 %"}) {
      columns.push_back({title, Table::Align::right});
    }
  }
  for (const char* title : {"knob", "cost", "violating", "viol. minutes", "instance-hours", "changes/day"}) {
    columns.push_back({title, Table::Align::right});
  }
  Table table(columns);
  for (const auto* each : simulation::ranked(result, kObjective)) {
    const simulation::PolicyResult& policy = *each;
    if (policy.policy == kObjectivePolicy) continue;  // told below
    const auto& run = policy.shown(kObjective);
    std::vector<std::string> cells{policy.policy == "almanac" ? console.style.bold("almanac") : policy.policy};
    if (swept) {
      cells.push_back(cost_text(policy.cost_within(0.001)));
      cells.push_back(cost_text(policy.cost_within(0.01)));
      cells.push_back(cost_text(policy.cost_at_01));
      cells.push_back(cost_text(policy.cost_at_1));
    }
    for (std::string& cell : std::vector<std::string>{
             fmt::format("{:.4g}", run.knob), fmt::format("{:.3f}", run.score.cost),
             fmt::format("{:.3f} %", 100 * run.score.violating_share), std::to_string(run.score.violation_minutes),
             fmt::format("{:.0f}", run.score.instance_hours), fmt::format("{:.1f}", run.score.changes_per_day)}) {
      cells.push_back(std::move(cell));
    }
    table.add(std::move(cells));
  }
  console.out << table.text(console.style);
  if (swept) {
    console.out
        << "within: the cost of the cheapest setting that ran with at most that share violating. at: read off the "
           "sweep at that\nshare, between two settings. The columns from knob on are of one setting: the cheapest "
           "within 0.1 %, else the usual one.\n";
  }
}

// What stating an objective came to, beside what the best fixed price would have cost at the same share.
void print_objectives(const simulation::BacktestResult& result, Console& console) {
  for (const auto& line : simulation::objective_lines(result)) console.out << line << "\n";
}

std::string command_text(const BacktestOptions& options) {
  std::string text = "almanac backtest --trace " + options.trace;
  if (options.calendar) text += " --calendar " + *options.calendar;
  text += " --boot " + format_duration(options.boot);
  if (options.metrics_delay.count() > 0) text += " --metrics-delay " + format_duration(options.metrics_delay);
  if (options.test_start) text += " --test-start " + format_timestamp(*options.test_start);
  if (options.test_end) text += " --test-end " + format_timestamp(*options.test_end);
  text += fmt::format(" --policies {}", fmt::join(options.policies, ","));
  return text + (options.sweep ? " --sweep" : "");
}

}  // namespace

Result<ExitCode> run_backtest_command(const CommonOptions& common, const BacktestOptions& options, Console& console) {
  const auto trace = simulation::load_trace(options.trace);
  if (!trace) return tl::unexpected(trace.error());
  const auto calendar = load_calendar(options.calendar);
  if (!calendar) return tl::unexpected(calendar.error());
  const auto window = simulation::test_window(*trace, options.test_start, options.test_end, options.test_fraction);
  if (!window) return tl::unexpected(window.error());
  const auto plant = simulation::plant_for(*trace, options.boot);
  if (!plant) return tl::unexpected(plant.error());

  simulation::BacktestConfig config;
  config.trace = &*trace;
  config.plant = *plant;
  config.window = *window;
  config.sweep = options.sweep;
  config.warm_up = kWarmUp;
  // Minutes are what a backtest knows.
  config.metrics_delay = (options.metrics_delay + kMinute - Duration{1}) / kMinute * kMinute;
  config.threads = std::max(1U, std::min(8U, std::thread::hardware_concurrency()));

  // The replay is needed before its family can be named; a wrong name must not cost minutes of training.
  simulation::Replay replay;
  std::vector<simulation::PolicyFamily> available = simulation::peers();
  available.insert(available.begin(), {simulation::almanac_family(replay), simulation::objective_family(replay)});
  auto chosen = simulation::select_policies(available, options.policies);
  if (!chosen) {
    console.err << "error: --policies: " << chosen.error().message << "\n";
    return kUsage;
  }
  if (options.out) {
    if (auto prepared = simulation::prepare_folder(*options.out); !prepared) return tl::unexpected(prepared.error());
  }
  if (wants_almanac(options.policies)) {
    print_notices(options.trace, doubts(*trace, *window));
    simulation::ReplaySettings settings;
    const auto warm = static_cast<std::size_t>(kWarmUp / kMinute);
    settings.from = simulation::replay_start(*trace, config.window.from, warm);
    settings.to = config.window.to;
    settings.seed = options.seed;
    settings.metrics_delay = config.metrics_delay;
    settings.use_lstm = !options.no_lstm;
    auto made = simulation::replay_almanac(*trace, *calendar, *plant, settings, console.bar.sink());
    if (!made) return tl::unexpected(with_context(made.error(), options.trace + ": before the test window"));
    replay = std::move(*made);
  }
  config.policies = std::move(*chosen);
  const auto result = simulation::run_backtest(config, console.bar.sink());
  console.bar.clear();
  if (common.json) {
    console.out << simulation::summary_json(result);
  } else {
    print_result(result, console);
    print_objectives(result, console);
    if (!replay.winner.empty())
      console.out << fmt::format("forecaster in use at the end: {}, near events {}\n", replay.winner,
                                 replay.winner_near_events);
  }
  if (!options.out) return kDone;
  if (auto written = simulation::write_backtest(result, *trace, *options.out); !written) {
    return tl::unexpected(written.error());
  }
  ReportInput report;
  report.kind = "backtest";
  report.trace = &*trace;
  // The report compares sweeps; what stating an objective came to is told in words.
  simulation::BacktestResult swept = result;
  std::erase_if(swept.policies, [](const auto& policy) { return policy.policy == kObjectivePolicy; });
  report.result = &swept;
  report.notes = simulation::objective_lines(result);
  report.objectives = simulation::stated_objectives(result);
  if (const auto late = delay_text(result); !late.empty()) report.notes.insert(report.notes.begin(), late);
  report.objective = kObjective;
  if (options.calendar) {
    report.calendar = *options.calendar;
    report.timezone = calendar->timezone();
    report.events = calendar->between(result.window);
  }
  report.command = command_text(options);
  if (!replay.ticks.empty()) report.replay = &replay;
  const std::string file = *options.out + "/report.html";
  if (auto written = write_report(report, file); !written) return tl::unexpected(written.error());
  if (!common.json) console.out << "written: " << file << ", summary.json and decisions/ beside it\n";
  return kDone;
}

}  // namespace almanac::app

#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/progress.h"
#include "core/result.h"
#include "core/time.h"
#include "simulation/plant.h"
#include "simulation/policy.h"
#include "simulation/trace.h"

namespace almanac::simulation {

// The minutes of a trace that are scored: [from, to).
struct TestWindow {
  std::size_t from = 0;
  std::size_t to = 0;
};

// The window from `start` to `end` where given (end: else the trace's), else the last `fraction` of the trace's
// minutes. invalid_input when it is empty, outside of the trace, or no minute in it has a value.
Result<TestWindow> test_window(const Trace& trace, std::optional<Timestamp> start, std::optional<Timestamp> end,
                               double fraction = 0.4);

// The plant scaled to a trace: the referee's unit capacity. invalid_input when the trace holds no demand to scale by.
Result<Plant> plant_for(const Trace& trace, Duration boot);

// The families of `available` that `names` ask for, in the order asked; "all" is every one. invalid_input names the
// unknown one and what there is.
Result<std::vector<PolicyFamily>> select_policies(const std::vector<PolicyFamily>& available,
                                                  const std::vector<std::string>& names);

struct BacktestConfig {
  const Trace* trace = nullptr;
  Plant plant;
  TestWindow window;
  std::vector<PolicyFamily> policies;  // peers(), and whatever else can be made for a scene (almanac_family(...))
  // The demand as metrics tell it, where that is less than the truth (an outage of metrics): what policies see, while
  // the trace is what they are scored on. nullptr: the trace's demand.
  const Series* observed = nullptr;
  // How long after its end what is measured of a minute is known, to every policy; rounded up to whole minutes.
  Duration metrics_delay{0};
  bool sweep = true;           // every knob of each policy; else its usual one
  Duration warm_up{6 * 3600};  // played before the window, so that nobody starts cold; earlier is history
  unsigned threads = 2;
  // Set by another thread to stop: runs that have not begun stay empty, and the result is of no use. nullptr: nobody.
  const std::atomic<bool>* cancelled = nullptr;
};

// The capacity in force from `minute` of the trace on.
struct CapacityChange {
  std::size_t minute = 0;
  int desired = 0;
  bool operator==(const CapacityChange&) const = default;
};

struct BacktestRun {
  double knob = 0;
  Score score;
  std::vector<CapacityChange> decisions;  // the first at the window's start, then every change
};

struct PolicyResult {
  std::string policy;
  std::string knob;  // what the knob is
  double usual = 0;  // the knob's usual setting
  std::vector<BacktestRun> runs;
  // Read off the sweep at 0.1 % and 1 % violating requests, between the two settings beside that share: no setting need
  // have come to it. Empty when the policy never gets there.
  std::optional<double> cost_at_01, cost_at_1;

  // The cheapest run with at most `share` of requests violating: a setting that really ran. nullptr when there is none.
  const BacktestRun* cheapest_within(double share) const;
  // Its cost; empty when there is none.
  std::optional<double> cost_within(double share) const;
  // The run that tables and charts show: the cheapest that keeps the objective, else the usual knob's.
  const BacktestRun& shown(double objective) const;
};

struct BacktestResult {
  std::string trace;
  Plant plant;
  TimeRange window;
  std::vector<PolicyResult> policies;
  Duration metrics_delay{0};
};

// Plays every policy at every knob on the same plant and scores what it decided. The window starts with the first
// decision's capacity in service, as the referee starts; the same configuration gives the same result to the bit,
// whatever the number of threads. Policies that read ahead are on their honour (policy.h).
BacktestResult run_backtest(const BacktestConfig& config, const ProgressSink& progress = {});

// Desired capacity of each minute [0, to): `changes` ascending; before the first one, its capacity.
std::vector<int> expand(const std::vector<CapacityChange>& changes, std::size_t to);

// Decisions as the referee reads them: header "timestamp,desired_capacity", one row for each change.
std::string format_decisions(const Trace& trace, const std::vector<CapacityChange>& changes);
// Reads such a file; capacities are rounded up and cut to the plant's limits, rows after the trace are left out, of
// those before it the last one counts. invalid_input names file and line.
Result<std::vector<CapacityChange>> parse_decisions(std::string_view text, std::string_view name, const Trace& trace,
                                                    const Plant& plant);

// What stating an objective came to: a run of the policy almanac_objective.
struct StatedObjective {
  double objective = 0;
  Score score;
  std::optional<double> swept_cost;   // of the sweep of `almanac` at the realised share, read between two settings
  std::optional<double> least_share;  // that any price of the sweep lets through; empty without a sweep
};
std::vector<StatedObjective> stated_objectives(const BacktestResult& result);

// The same in words, one line each. Where even the highest price cannot keep twice the objective the line says so.
std::vector<std::string> objective_lines(const BacktestResult& result);

// The policies as a table shows them: by the cost of the run shown; a sweep of which no setting keeps the objective
// stands behind those that do, and who knows the future last.
std::vector<const PolicyResult*> ranked(const BacktestResult& result, double objective);

// Knows the load ahead and competes with nobody.
bool is_reference(const PolicyResult& policy);

// {"trace", "boot_minutes", "unit_capacity", "objective", "test_start", "test_end", "metrics_delay_seconds", "results":
// [...]}, one result for
// each policy and knob: policy, knob, cost, violating_share, violation_minutes, instance_hours, changes_per_day,
// saturated_share, cost_at_0.1%, cost_at_1%, cost_within_0.1%, cost_within_1% (the policy's; null when it never gets
// there).
std::string summary_json(const BacktestResult& result);

// Makes the folders that write_backtest() writes into and sees that it may, before hours are spent on what it is to
// write. permission_denied, storage_full.
Result<void> prepare_folder(const std::string& directory);

// Writes <directory>/summary.json and <directory>/decisions/<policy>@<knob>.csv, making the folders.
// permission_denied, storage_full, unavailable; the message names the file.
Result<void> write_backtest(const BacktestResult& result, const Trace& trace, const std::string& directory);

}  // namespace almanac::simulation

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/console.h"
#include "records/overrides.h"

namespace almanac::app {

// One function a command, one source file each (command_*.cc). They print results to the console and return what the
// process exits with; an Error is printed by the caller.

struct BackfillOptions {
  Duration back{63 * kDay};  // what CloudWatch keeps of 5-minute values
};
struct TrainOptions {
  bool fresh = false;    // forget the stored model
  bool no_lstm = false;  // linear and seasonal naive only
};
struct ScaleCommandOptions {
  bool dry_run = false;
  bool when_due = false;  // tick only
};
struct DoctorOptions {
  std::optional<std::string> role;  // whose permissions to look into; empty: those of the credentials in use
  bool try_writes = false;
};
struct ForecastOptions {
  Duration ahead{6 * kHour};
  bool csv = false;
};
struct ExplainOptions {
  std::optional<Timestamp> time;  // empty: the latest decision
};
struct PreviewOptions {
  std::vector<std::string> files;  // calendars to look at instead of the group's
  Duration ahead{28 * kDay};
};
struct PlanOptions {
  std::optional<std::string> calendar;  // a changed calendar, instead of the group's of that name
  int days = 7;
};
struct ImportOptions {
  std::string file;
  std::optional<Duration> step;
};
struct ExportOptions {
  std::string file;  // empty: standard output
  std::optional<Timestamp> from, to;
  bool classic = false;
};
struct RowsRemoveOptions {
  std::optional<Timestamp> from, to;  // both must be given
  bool dry_run = false;
};
struct BacktestOptions {
  std::string trace;
  std::optional<std::string> calendar;
  Duration boot{300};
  Duration metrics_delay{0};
  std::optional<Timestamp> test_start, test_end;
  double test_fraction = 0.4;
  std::vector<std::string> policies{"all"};
  bool sweep = false;
  bool no_lstm = false;
  std::uint64_t seed = 1;
  std::optional<std::string> out;
};
// pause, resume, floor, mode: what a person sets against the configuration.
struct OverrideOptions {
  records::Change::Kind kind = records::Change::Kind::pause;
  std::string group;
  std::string value;                 // of floor: a number or "off"; of mode: its name or "configured"
  std::optional<std::string> until;  // a time, or a duration from now
  std::string why, who;              // who: empty for whoever is logged in
};
struct RunOptions {
  double speed = 1;
  std::optional<Duration> lasts;                          // wall time; empty: until a signal
  std::optional<std::string> listen;                      // instead of the configuration's
  std::optional<std::string> token_file;                  // the same
  std::optional<std::string> else_listen;                 // where `listen` is taken
  std::function<void(const std::string& url)> serving{};  // told once it serves
};
struct SchemaOptions {
  bool tables = false;  // the key tables of docs/formats.md instead of the JSON Schema
};
struct DemoOptions {
  std::string folder = "almanac-demo";
  std::uint64_t seed = 1;
  bool no_run = false;  // the daemon does not go on where the two weeks end
};

Result<ExitCode> run_collect(const CommonOptions& common, Console& console);
// What the metric source still knows of the past: so that a new group has a model on its first day.
Result<ExitCode> run_backfill(const CommonOptions& common, const BackfillOptions& options, Console& console);
Result<ExitCode> run_train(const CommonOptions& common, const TrainOptions& options, Console& console);
Result<ExitCode> run_scale(const CommonOptions& common, const ScaleCommandOptions& options, Console& console);
// collect, then scale: what cron or a timer calls.
Result<ExitCode> run_tick(const CommonOptions& common, const ScaleCommandOptions& options, Console& console);
Result<ExitCode> run_forecast(const CommonOptions& common, const ForecastOptions& options, Console& console);
Result<ExitCode> run_explain(const CommonOptions& common, const ExplainOptions& options, Console& console);
Result<ExitCode> run_preview(const CommonOptions& common, const PreviewOptions& options, Console& console);
// Takes the groups' calendars as they are now, although they have less than before.
Result<ExitCode> run_accept(const CommonOptions& common, Console& console);
// Looks at everything a tick needs, and says how to mend what is amiss. kData when something must be mended.
Result<ExitCode> run_doctor(const CommonOptions& common, const DoctorOptions& options, Console& console);
// What the coming days need, under the present calendar and under a changed one.
Result<ExitCode> run_plan(const CommonOptions& common, const PlanOptions& options, Console& console);
Result<ExitCode> run_import(const CommonOptions& common, const ImportOptions& options, Console& console);
Result<ExitCode> run_export(const CommonOptions& common, const ExportOptions& options, Console& console);
// Takes the rows of a time range out of the history: mistyped dates, a test that went into the wrong store.
Result<ExitCode> run_rows_remove(const CommonOptions& common, const RowsRemoveOptions& options, Console& console);
Result<ExitCode> run_backtest_command(const CommonOptions& common, const BacktestOptions& options, Console& console);
Result<ExitCode> run_override(const CommonOptions& common, const OverrideOptions& options, Console& console);
// All stages of all groups on schedule, until it is told to stop.
Result<ExitCode> run_run(const CommonOptions& common, const RunOptions& options, Console& console);
// What almanac.yaml may say.
Result<ExitCode> run_schema(const SchemaOptions& options, Console& console);
Result<ExitCode> run_demo(const CommonOptions& common, const DemoOptions& options, Console& console);

}  // namespace almanac::app

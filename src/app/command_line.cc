#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>

#include "app/commands.h"
#include "app/log.h"
#include "app/time_option.h"
#include "core/nearest.h"
#include "core/version.h"

namespace almanac::app {
namespace {

constexpr const char* kFooter =
    R"(Exit codes: 0 done; 2 the command line or almanac.yaml is wrong; 3 a file, row or model cannot be used, or what was
asked for is not there; 4 store, metrics or group did not answer, try again; 5 no permission or no space left.

Groups stand in almanac.yaml (or --config, or $ALMANAC_CONFIG). To try Almanac without one, on a simulated shop that is
kept in ./almanac-data:
  almanac --simulated collect && almanac --simulated train && almanac --simulated scale && almanac --simulated explain)";

// Everything the command line can say.
struct Parsed {
  CommonOptions common;
  BackfillOptions backfill;
  TrainOptions train;
  ScaleCommandOptions scale;
  DoctorOptions doctor;
  ForecastOptions forecast;
  ExplainOptions explain;
  PreviewOptions preview;
  PlanOptions plan;
  ImportOptions import_;
  ExportOptions export_;
  RowsRemoveOptions rows_remove;
  BacktestOptions backtest;
  DemoOptions demo;
  SchemaOptions schema;
  OverrideOptions override_;
  RunOptions run;
  std::string log_level;             // empty: warning, and info for the daemon
  std::vector<std::string> notices;  // of what was understood, with a doubt
  std::function<Result<ExitCode>(Console&)> command;
};

// Options whose text is read by our own parsers, with their message where it is wrong.
CLI::Option* add_time(CLI::App& app, Parsed& parsed, const std::string& name, std::optional<Timestamp>& target,
                      const std::string& help) {
  return app
      .add_option_function<std::string>(
          name,
          [&parsed, &target, name](const std::string& text) {
            const auto time = parse_timestamp(text);
            if (!time) throw CLI::ValidationError(name, time.error().message);
            if (!names_zone(text)) parsed.notices.push_back(zone_notice(name, text));
            target = *time;
          },
          help)
      ->type_name("TIME");
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::function<void(Duration)> set,
                          const std::string& help) {
  return app
      .add_option_function<std::string>(
          name,
          [set = std::move(set), name](const std::string& text) {
            const auto parsed = parse_duration(text);
            if (!parsed) throw CLI::ValidationError(name, parsed.error().message);
            set(*parsed);
          },
          help)
      ->type_name("DURATION");
}

CLI::App& add_command(CLI::App& app, Parsed& parsed, const std::string& name, const std::string& help,
                      const std::string& examples, std::function<Result<ExitCode>(Console&)> run) {
  CLI::App* command = app.add_subcommand(name, help);
  command->footer("Examples:\n" + examples);
  if (run) command->final_callback([&parsed, run = std::move(run)] { parsed.command = run; });
  return *command;
}

void add_pipeline(CLI::App& app, Parsed& p) {
  add_command(app, p, "collect", "Read every finished interval since the last row into the store",
              "  almanac collect\n  almanac collect --group shop --json",
              [&p](Console& console) { return run_collect(p.common, console); });
  CLI::App& backfill = add_command(app, p, "backfill", "Load what the metric source still knows of the past",
                                   "  almanac backfill\n  almanac backfill --back 2w --group shop",
                                   [&p](Console& console) { return run_backfill(p.common, p.backfill, console); });
  add_duration(
      backfill, "--back", [&p](Duration d) { p.backfill.back = d; }, "how far back (default 63d)");
  CLI::App& train = add_command(app, p, "train", "Learn the history; write lstm_model.h5 into the store",
                                "  almanac train\n  almanac train --fresh",
                                [&p](Console& console) { return run_train(p.common, p.train, console); });
  train.add_flag("--fresh", p.train.fresh, "forget the stored model and start anew");
  train.add_flag("--no-lstm", p.train.no_lstm, "linear and seasonal naive only: quicker");
  CLI::App& scale = add_command(app, p, "scale", "Forecast, decide, record and act: once a tick",
                                "  almanac scale\n  almanac scale --dry-run --json",
                                [&p](Console& console) { return run_scale(p.common, p.scale, console); });
  scale.add_flag("--dry-run", p.scale.dry_run, "decide and record, but send nothing");
  CLI::App& tick = add_command(app, p, "tick", "collect, then scale, at one time: what a timer calls",
                               "  * * * * * almanac tick --when-due --config /etc/almanac.yaml",
                               [&p](Console& console) { return run_tick(p.common, p.scale, console); });
  tick.add_flag("--dry-run", p.scale.dry_run, "decide and record, but send nothing");
  tick.add_flag("--when-due", p.scale.when_due,
                "decide once an interval, when its metrics are there; for a timer that calls every minute");
}

void add_questions(CLI::App& app, Parsed& p) {
  CLI::App& forecast = add_command(app, p, "forecast", "Peak demand of the next hours, with its uncertainty",
                                   "  almanac forecast\n  almanac forecast --ahead 12h --csv > forecast.csv",
                                   [&p](Console& console) { return run_forecast(p.common, p.forecast, console); });
  add_duration(
      forecast, "--ahead", [&p](Duration d) { p.forecast.ahead = d; }, "how far to look (default 6h, at most 7d)");
  forecast.add_flag("--csv", p.forecast.csv, "comma-separated values");
  CLI::App& explain = add_command(app, p, "explain", "Why a decision was what it was, in plain words",
                                  "  almanac explain\n  almanac explain 2026-11-27T07:55Z --group shop",
                                  [&p](Console& console) { return run_explain(p.common, p.explain, console); });
  add_time(explain, p, "time", p.explain.time, "the decision in force at this time (default: the latest)");
  CLI::App& doctor =
      add_command(app, p, "doctor", "Look at everything a tick needs, and say how to mend it",
                  "  almanac doctor\n  almanac doctor --role arn:aws:iam::123456789012:role/almanac-tick",
                  [&p](Console& console) { return run_doctor(p.common, p.doctor, console); });
  doctor.add_option("--role", p.doctor.role, "look into the permissions of this role (an ARN)");
  doctor.add_flag("--try-writes", p.doctor.try_writes,
                  "see whether writing is allowed by asking for what stands already");
  CLI::App& calendar = add_command(app, p, "calendar", "The business calendar", "  almanac calendar preview", nullptr);
  calendar.require_subcommand(1);
  CLI::App& preview = add_command(calendar, p, "preview", "Coming events in local and UTC time, with their phases",
                                  "  almanac calendar preview\n  almanac calendar preview --ahead 2w sales.ics",
                                  [&p](Console& console) { return run_preview(p.common, p.preview, console); });
  preview.add_option("files", p.preview.files, "calendar files to look at instead of the group's");
  add_duration(
      preview, "--ahead", [&p](Duration d) { p.preview.ahead = d; }, "how far to look (default 4w)");
  add_command(calendar, p, "accept", "Use the calendars as they are now, although they have less than before",
              "  almanac calendar accept\n  almanac calendar accept --group shop",
              [&p](Console& console) { return run_accept(p.common, console); });
}

void add_run(CLI::App& app, Parsed& p) {
  CLI::App& run = add_command(app, p, "run", "The daemon: every stage of every group, on schedule",
                              "  almanac run --config /etc/almanac.yaml\n  almanac run --listen 127.0.0.1:8080\n"
                              "  almanac run --speed 300 --for 1m",
                              [&p](Console& console) { return run_run(p.common, p.run, console); });
  run.add_option("--listen", p.run.listen, "serve dashboard, API and metrics here (127.0.0.1:8080)")
      ->type_name("ADDRESS:PORT");
  run.add_option("--token-file", p.run.token_file, "file with the token that changes need (else $ALMANAC_TOKEN)");
  run.add_option("--speed", p.run.speed, "simulated groups only: time goes so many times as fast")
      ->check(CLI::Range(1.0, 3600.0));
  add_duration(
      run, "--for", [&p](Duration d) { p.run.lasts = d; }, "stop after so long (wall time)");
}

// What people set against the configuration: all of it ends by itself, and says who and why.
void add_overrides(CLI::App& app, Parsed& p) {
  using Kind = records::Change::Kind;
  const auto add = [&](const std::string& name, Kind kind, const std::string& help,
                       const std::string& examples) -> CLI::App& {
    CLI::App& command = add_command(app, p, name, help, examples, [&p, kind](Console& console) {
      p.override_.kind = kind;
      return run_override(p.common, p.override_, console);
    });
    command.add_option("group", p.override_.group, "the group's name")->required();
    command.add_option("--why", p.override_.why, "the reason, for the ledger and everybody who looks");
    command.add_option("--who", p.override_.who, "who asks for it (default: whoever is logged in)");
    return command;
  };
  const auto add_until = [&](CLI::App& command, const std::string& help) {
    command.add_option("--until", p.override_.until, help)->type_name("TIME|DURATION");
  };
  add_until(add("pause", Kind::pause, "Decide and record, but send nothing for a while",
                "  almanac pause shop --until 2h --why 'database migration'"),
            "when it ends by itself: 2h, 2026-11-27T10:00Z");
  add("resume", Kind::resume, "End a pause", "  almanac resume shop --why 'migration done'");
  CLI::App& floor =
      add("floor", Kind::floor, "Never fewer instances than this for a while",
          "  almanac floor shop 20 --until 2026-11-27T22:00Z --why 'press day'\n  almanac floor shop off");
  floor.add_option("instances", p.override_.value, "how many, or off")->required();
  add_until(floor, "when it ends by itself: 2h, 2026-11-27T10:00Z");
  CLI::App& mode = add("mode", Kind::mode, "Another mode than the configured one",
                       "  almanac mode shop own --until 1w\n  almanac mode shop configured");
  mode.add_option("mode", p.override_.value, "observe, floor, own, or configured")->required();
  add_until(mode, "when the configured mode returns (default: when you say so)");
}

void add_plan(CLI::App& app, Parsed& p) {
  CLI::App& plan =
      add_command(app, p, "plan", "Capacity of the coming days, and what a changed calendar would make of it",
                  "  almanac plan --days 14\n  almanac plan --calendar new.json --group shop --json",
                  [&p](Console& console) { return run_plan(p.common, p.plan, console); });
  plan.add_option("--calendar", p.plan.calendar,
                  "a changed calendar, JSON or iCalendar: takes the place of the group's file of that name, or of the "
                  "only one there is");
  plan.add_option("--days", p.plan.days, "how far to look")->check(CLI::Range(1, 28))->capture_default_str();
}

void add_files(CLI::App& app, Parsed& p) {
  CLI::App& import_ = add_command(app, p, "import", "Merge the rows of a CSV file into the history",
                                  "  almanac import history.csv --group shop\n  almanac import - < rows.csv",
                                  [&p](Console& console) { return run_import(p.common, p.import_, console); });
  import_.add_option("file", p.import_.file, "a CSV file with a header; - is standard input")->required();
  add_duration(
      import_, "--step", [&p](Duration d) { p.import_.step = d; }, "spacing of the rows, if not to be guessed");
  CLI::App& export_ =
      add_command(app, p, "export", "Write the history as one CSV file",
                  "  almanac export > history.csv\n  almanac export rows.csv --from 2026-11-01 --classic",
                  [&p](Console& console) { return run_export(p.common, p.export_, console); });
  export_.add_option("file", p.export_.file, "file to write (default: standard output)");
  add_time(export_, p, "--from", p.export_.from, "first interval");
  add_time(export_, p, "--to", p.export_.to, "end, exclusive");
  export_.add_flag("--classic", p.export_.classic, "the first five columns only");
  CLI::App& rows =
      add_command(app, p, "rows", "The rows of the history",
                  "  almanac rows remove --from 2027-11-01T00:00Z --to 2027-12-01T00:00Z --dry-run", nullptr);
  rows.require_subcommand(1);
  CLI::App& remove = add_command(rows, p, "remove", "Take the rows of a time range out of the history; a copy is kept",
                                 "  almanac rows remove --from 2027-11-01T00:00Z --to 2027-12-01T00:00Z --dry-run\n"
                                 "  almanac rows remove --group shop --from 2026-11-27T08:00Z --to 2026-11-27T09:00Z",
                                 [&p](Console& console) { return run_rows_remove(p.common, p.rows_remove, console); });
  add_time(remove, p, "--from", p.rows_remove.from, "start of the first interval (required)");
  add_time(remove, p, "--to", p.rows_remove.to, "end, exclusive (required)");
  remove.add_flag("--dry-run", p.rows_remove.dry_run, "say what would go, and change nothing");
}

void add_simulations(CLI::App& app, Parsed& p) {
  CLI::App& backtest = add_command(
      app, p, "backtest", "Replay a trace against Almanac and its peers",
      "  almanac backtest --trace worldcup98.csv --calendar worldcup98.ics --policies all --sweep --out result\n"
      "  almanac backtest --trace requests.csv --policies almanac,hpa --boot 10m --test-fraction 0.3 --json",
      [&p](Console& console) { return run_backtest_command(p.common, p.backtest, console); });
  backtest.add_option("--trace", p.backtest.trace, "CSV with timestamp and request_count or cpu_utilization")
      ->required();
  backtest.add_option("--calendar", p.backtest.calendar, "business calendar, JSON or iCalendar");
  add_duration(
      backtest, "--boot", [&p](Duration d) { p.backtest.boot = d; }, "launch to in service (default 5m)");
  add_duration(
      backtest, "--metrics-delay", [&p](Duration d) { p.backtest.metrics_delay = d; },
      "from a minute's end until policies know its metrics (default 0s)");
  add_time(backtest, p, "--test-start", p.backtest.test_start, "begin of the test window; what lies before is history");
  add_time(backtest, p, "--test-end", p.backtest.test_end, "its end, exclusive (default: the trace's)");
  backtest.add_option("--test-fraction", p.backtest.test_fraction, "the last part of the trace, without --test-start")
      ->check(CLI::Range(0.01, 0.99))
      ->capture_default_str();
  backtest.add_option("--policies", p.backtest.policies, "almanac,static,step,... or all")->delimiter(',');
  backtest.add_flag("--sweep", p.backtest.sweep, "every setting of each policy's knob: costs at 0.1 % and 1 %");
  backtest.add_option("--out", p.backtest.out, "folder for summary.json, decisions/ and report.html");
  backtest.add_option("--seed", p.backtest.seed, "of the training")->capture_default_str();
  backtest.add_flag("--no-lstm", p.backtest.no_lstm, "linear and seasonal naive only: quicker");
  CLI::App& demo = add_command(app, p, "demo", "Two simulated weeks of a shop, from raw metrics to report.html",
                               "  almanac demo\n  almanac demo --seed 7 --out /tmp/demo",
                               [&p](Console& console) { return run_demo(p.common, p.demo, console); });
  demo.add_option("--out", p.demo.folder, "folder of the demo's store and report")->capture_default_str();
  demo.add_option("--seed", p.demo.seed, "which shop")->capture_default_str();
  demo.add_flag("--no-run", p.demo.no_run, "end with the report; do not go on in the daemon");
}

void add_schema(CLI::App& app, Parsed& p) {
  CLI::App& schema = add_command(app, p, "schema", "What almanac.yaml may say, as a JSON Schema",
                                 "  almanac schema > almanac.schema.json\n  almanac schema --tables",
                                 [&p](Console& console) { return run_schema(p.schema, console); });
  schema.add_flag("--tables", p.schema.tables, "the same keys as Markdown tables");
}

void add_common(CLI::App& app, Parsed& p) {
  app.add_option("--config", p.common.config, "settings (default: $ALMANAC_CONFIG, ./almanac.yaml)");
  app.add_flag("--simulated", p.common.simulated, "without settings: a simulated shop in ./almanac-data");
  app.add_option("--store", p.common.store, "folder or s3://bucket/prefix, instead of the configuration's");
  app.add_option("-g,--group", p.common.groups, "only these groups")->delimiter(',');
  add_time(app, p, "--now", p.common.now, "pretend that this is the time");
  app.add_flag("--json", p.common.json, "results as JSON");
  app.add_option("--log-level", p.log_level, "debug, info, warning, error or off (default: warning; run: info)");
}

// The command that was understood, and those around it: "almanac", "calendar", "preview".
std::vector<const CLI::App*> understood(const CLI::App& app) {
  std::vector<const CLI::App*> path{&app};
  while (!path.back()->get_subcommands().empty()) path.push_back(path.back()->get_subcommands().front());
  return path;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known, const std::string& otherwise) {
  const auto meant = nearest(word, known);
  return meant ? fmt::format("; did you mean \"{}\"?", *meant) : otherwise;
}

// An option that nobody knows, with the nearest of those that may stand there; empty: there is none.
std::string unknown_option(const std::vector<const CLI::App*>& path, const std::vector<std::string>& strange) {
  const auto found =
      std::find_if(strange.begin(), strange.end(), [](const auto& word) { return word.starts_with('-'); });
  if (found == strange.end()) return "";
  const std::string word = found->substr(0, found->find('='));
  std::vector<std::string> known;
  for (const CLI::App* at : path) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back(name);
    }
  }
  // The hyphens are everybody's and make no two names alike.
  const auto meant = nearest(word.substr(std::min(word.find_first_not_of('-'), word.size())), known);
  return fmt::format("unknown option \"{}\"{}", word, meant ? fmt::format("; did you mean \"--{}\"?", *meant) : "");
}

// What is wrong with the command line. Where an option or a command is missing, CLI11 says only that; the word that
// stands in its place is nearly always a slip of the finger.
std::string mistake_words(const CLI::App& app, const CLI::ParseError& error) {
  const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
  if (code != CLI::ExitCodes::RequiredError && code != CLI::ExitCodes::ExtrasError) return error.what();
  const std::vector<const CLI::App*> path = understood(app);
  const std::vector<std::string> strange = app.remaining(true);
  std::vector<std::string> known;
  for (const CLI::App* command : path.back()->get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(command->get_name());
  const bool strange_command = !known.empty() && !strange.empty() && !strange.front().starts_with('-');
  if (!strange_command) {
    const std::string option = unknown_option(path, strange);
    if (!option.empty()) return option;
  }
  if (known.empty()) return error.what();  // an option or a file that lacks, or one file too many
  if (strange.empty()) return fmt::format("a command is required; expected one of {}", fmt::join(known, ", "));
  return fmt::format("unknown command \"{}\"{}", strange.front(),
                     did_you_mean(strange.front(), known, fmt::format("; expected one of {}", fmt::join(known, ", "))));
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  Parsed parsed;
  CLI::App app(
      "almanac: capacity that reads the calendar. It learns how a service's load moves, reads the business\n"
      "calendar, and has the instances running before the traffic arrives.",
      "almanac");
  app.set_version_flag("--version", fmt::format("almanac {}", program_version()));
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();  // common options may stand after the command too
  app.get_formatter()->column_width(34);
  add_common(app, parsed);
  add_pipeline(app, parsed);
  add_questions(app, parsed);
  add_plan(app, parsed);
  add_run(app, parsed);
  add_overrides(app, parsed);
  add_files(app, parsed);
  add_simulations(app, parsed);
  add_schema(app, parsed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error) == 0 ? kDone : kUsage;  // --help, --version
    std::cerr << "error: " << mistake_words(app, error) << "\nRun with --help for more information.\n";
    return kUsage;
  }
  if (parsed.log_level.empty()) parsed.log_level = app.got_subcommand("run") ? "info" : "warning";
  if (!set_log_level(parsed.log_level)) {
    std::cerr << "error: --log-level: expected debug, info, warning, error or off, found \"" << parsed.log_level
              << "\"\n";
    return kUsage;
  }
  for (const std::string& notice : parsed.notices) log_warning(notice);
  ProgressBar bar(std::cerr, style_of(2).colour);
  Console console{std::cout, std::cerr, style_of(1), bar};
  const auto done = parsed.command(console);
  bar.clear();
  if (!done) {
    std::cerr << "error: " << done.error().message << "\n";
    return exit_code_of(done.error());
  }
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "error: standard output cannot be written\n";
    return kDenied;
  }
  return *done;
}

}  // namespace almanac::app

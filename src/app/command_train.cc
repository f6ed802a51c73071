#include <fmt/format.h>

#include <ostream>

#include "app/commands.h"
#include "app/group_commands.h"

namespace almanac::app {
namespace {

void print_report(const control::TrainReport& report, const std::string& group, Console& console) {
  console.out << fmt::format("{}: {} on {} rows, {} to {}; forecasts {} ahead; {:.0f} kB\n", group,
                             report.from_scratch ? "trained anew" : "trained further", report.rows,
                             format_timestamp(report.history.start), format_timestamp(report.history.end),
                             format_duration(report.cover_window), static_cast<double>(report.model_bytes) / 1000);
  Table table({{"forecaster"},
               {"pinball loss", Table::Align::right},
               {"below median", Table::Align::right},
               {"below q90", Table::Align::right},
               {"windows", Table::Align::right},
               {""}});
  for (const auto& score : report.scores) {
    table.add({score.forecaster, fmt::format("{:.4f}", score.pinball), fmt::format("{:.0f} %", 100 * score.coverage50),
               fmt::format("{:.0f} %", 100 * score.coverage90), std::to_string(score.windows),
               score.forecaster == report.winner ? console.style.good("in use") : ""});
  }
  console.out << table.text(console.style);
}

void write_report(const control::TrainReport& report, JsonWriter& json) {
  json.field("winner", report.winner);
  json.field("rows", report.rows);
  json.field("from_scratch", report.from_scratch);
  json.field("trained_until",
             report.trained_until ? std::optional(format_timestamp(*report.trained_until)) : std::nullopt);
  json.field("capacity_per_instance", report.unit_capacity);
  json.field("cover_window_seconds", static_cast<long long>(report.cover_window.count()));
  json.field("model_bytes", report.model_bytes);
  json.key("scores");
  json.begin_array();
  for (const auto& score : report.scores) {
    json.begin_object();
    json.field("forecaster", score.forecaster);
    json.field("pinball", score.pinball);
    json.field("coverage50", score.coverage50);
    json.field("coverage90", score.coverage90);
    json.field("windows", score.windows);
    json.end_object();
  }
  json.end_array();
  write_notices(json, report.notices);
}

}  // namespace

Result<ExitCode> run_train(const CommonOptions& common, const TrainOptions& options, Console& console) {
  const auto train = [&](Session& session, control::Group& group, JsonWriter& json) -> Result<void> {
    const auto report =
        group.train(session.now(), {.from_scratch = options.fresh, .use_lstm = !options.no_lstm}, console.bar.sink());
    if (!report) return tl::unexpected(report.error());
    console.bar.clear();
    print_notices(group.name(), report->notices);
    write_report(*report, json);
    if (!common.json) print_report(*report, group.name(), console);
    return {};
  };
  return for_each_whole_group(common, Access::write, console, train);
}

}  // namespace almanac::app

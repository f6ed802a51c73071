#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "adapters/local/file.h"
#include "app/commands.h"
#include "app/group_commands.h"
#include "dataset/import_export.h"

namespace almanac::app {
namespace {

Result<std::string> read_input(const std::string& file) {
  if (file != "-") return adapters::read_file(file);
  return std::string{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

void print_import(const dataset::ImportReport& report, const std::string& group, const std::string& file,
                  Console& console) {
  console.out << fmt::format("{}: {} rows read from {}: {} added, {} changed, {} known already\n", group,
                             report.rows_read, file, report.appended.added, report.appended.changed,
                             report.appended.unchanged);
  if (!report.range.empty()) {
    console.out << fmt::format("  {} to {}, a row every {}\n", format_timestamp(report.range.start),
                               format_timestamp(report.range.end), dataset::describe(report.spacing));
  }
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(kShown, report.gaps.size()); ++i) {
    console.out << fmt::format("  gap: {} to {} ({})\n", format_timestamp(report.gaps[i].start),
                               format_timestamp(report.gaps[i].end), format_duration(report.gaps[i].duration()));
  }
  if (report.gaps.size() > kShown) console.out << fmt::format("  and {} more gaps\n", report.gaps.size() - kShown);
}

// Rows of which nothing can be used are no import, whatever each warning says of them.
ExitCode done(const dataset::ImportReport& report, const std::string& file, Duration interval, Console& console) {
  if (report.rows_read == 0 || !report.range.empty()) return kDone;
  console.err << fmt::format("error: {}: none of its {} row{} became an interval of {}; nothing was imported\n", file,
                             report.rows_read, report.rows_read == 1 ? "" : "s", format_duration(interval));
  return kData;
}

Result<std::unique_ptr<control::Group>> one_group(Result<Session>& session) {
  if (!session) return tl::unexpected(session.error());
  const auto group = session->only_group();
  if (!group) return tl::unexpected(group.error());
  return session->history(**group);
}

}  // namespace

Result<ExitCode> run_import(const CommonOptions& common, const ImportOptions& options, Console& console) {
  auto session = Session::open(common, Access::write, Needs::store);
  const auto chosen = one_group(session);
  if (!chosen) {
    console.err << "error: " << chosen.error().message << "\n";
    return exit_code_before_work(chosen.error());
  }
  control::Group& group = **chosen;
  const auto text = read_input(options.file);
  if (!text) return tl::unexpected(text.error());
  const auto report = dataset::import_csv(group.dataset(), *text, options.file, session->now(), options.step);
  if (!report) return tl::unexpected(report.error());
  print_notices(group.name(), report->warnings);
  if (!common.json) {
    print_import(*report, group.name(), options.file, console);
    return done(*report, options.file, group.dataset().interval(), console);
  }
  JsonWriter json;
  json.begin_object();
  json.field("group", group.name());
  json.field("rows_read", report->rows_read);
  json.field("step_seconds", static_cast<long long>(report->spacing.step().count()));
  json.key("spacings");
  json.begin_array();
  for (const auto& part : report->spacing.parts) {
    json.begin_object();
    json.field("seconds", static_cast<long long>(part.step.count()));
    json.field("rows", part.rows);
    json.end_object();
  }
  json.end_array();
  const bool some = !report->range.empty();
  json.field("from", some ? std::optional(format_timestamp(report->range.start)) : std::nullopt);
  json.field("to", some ? std::optional(format_timestamp(report->range.end)) : std::nullopt);
  json.field("added", report->appended.added);
  json.field("changed", report->appended.changed);
  json.field("unchanged", report->appended.unchanged);
  json.key("gaps");
  json.begin_array();
  for (const TimeRange& gap : report->gaps) {
    json.begin_object();
    json.field("from", format_timestamp(gap.start));
    json.field("to", format_timestamp(gap.end));
    json.end_object();
  }
  json.end_array();
  write_notices(json, report->warnings);
  json.end_object();
  console.out << json.text() << "\n";
  return done(*report, options.file, group.dataset().interval(), console);
}

Result<ExitCode> run_export(const CommonOptions& common, const ExportOptions& options, Console& console) {
  if (options.from && options.to && *options.from >= *options.to) {
    console.err << fmt::format("error: --to must be later than --from; found {} to {}\n",
                               format_timestamp(*options.from), format_timestamp(*options.to));
    return kUsage;
  }
  auto session = Session::open(common, Access::look, Needs::store);
  const auto chosen = one_group(session);
  if (!chosen) {
    console.err << "error: " << chosen.error().message << "\n";
    return exit_code_before_work(chosen.error());
  }
  control::Group& group = **chosen;
  constexpr Timestamp kEnd{Duration{253402300800LL}};  // the year 10000
  const TimeRange range{options.from.value_or(Timestamp{}), options.to.value_or(kEnd)};
  const auto form = options.classic ? dataset::RowForm::classic : dataset::RowForm::full;
  const auto text = dataset::export_csv(group.dataset(), range, form);
  if (!text) return tl::unexpected(text.error());
  print_notices(group.name(), group.dataset().take_warnings());
  if (options.file.empty() || options.file == "-") {
    console.out << *text;
    return kDone;
  }
  std::ofstream out(options.file, std::ios::binary | std::ios::trunc);
  out << *text;
  out.close();
  if (!out) return fail(ErrorCode::permission_denied, options.file + ": cannot be written");
  return kDone;
}

}  // namespace almanac::app

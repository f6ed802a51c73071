#include <fmt/format.h>

#include <ostream>

#include "app/commands.h"
#include "app/group_commands.h"

namespace almanac::app {
namespace {

void print(const control::CollectReport& report, const std::string& group, JsonWriter& json,
           const CommonOptions& common, Console& console) {
  console.bar.clear();
  print_notices(group, report.notices);
  json.field("from", format_timestamp(report.range.start));
  json.field("to", format_timestamp(report.range.end));
  json.field("added", report.rows.added);
  json.field("changed", report.rows.changed);
  json.field("gaps", report.gaps);
  json.field("last_row", report.last_row ? std::optional(format_timestamp(*report.last_row)) : std::nullopt);
  write_notices(json, report.notices);
  if (common.json) return;
  console.out << fmt::format("{}: {} rows added, {} changed, {} intervals without metrics; last row {}\n", group,
                             report.rows.added, report.rows.changed, report.gaps,
                             report.last_row ? format_timestamp(*report.last_row) : "none");
}

}  // namespace

Result<ExitCode> run_collect(const CommonOptions& common, Console& console) {
  const auto collect = [&](Session& session, control::Group& group, JsonWriter& json) -> Result<void> {
    const auto report = group.collect(session.now(), console.bar.sink());
    if (!report) return tl::unexpected(with_context(report.error(), "group " + group.name()));
    print(*report, group.name(), json, common, console);
    return {};
  };
  return for_each_whole_group(common, Access::write, console, collect);
}

Result<ExitCode> run_backfill(const CommonOptions& common, const BackfillOptions& options, Console& console) {
  const auto backfill = [&](Session& session, control::Group& group, JsonWriter& json) -> Result<void> {
    const Timestamp now = session.now();
    const auto report = group.backfill(now - options.back, now, console.bar.sink());
    if (!report) return tl::unexpected(with_context(report.error(), "group " + group.name()));
    print(*report, group.name(), json, common, console);
    return {};
  };
  return for_each_whole_group(common, Access::write, console, backfill);
}

}  // namespace almanac::app

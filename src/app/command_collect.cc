#include <fmt/format.h>

#include <ostream>

#include "app/commands.h"
#include "app/group_commands.h"
#include "control/collector.h"

namespace almanac::app {
namespace {

void print(const control::CollectReport& report, const WiredGroup& group, const CommonOptions& common,
           Console& console) {
  console.bar.clear();
  print_notices(group.name(), report.notices);
  JsonWriter& json = group.json;
  json.field("from", format_timestamp(report.range.start));
  json.field("to", format_timestamp(report.range.end));
  json.field("added", report.rows.added);
  json.field("changed", report.rows.changed);
  json.field("gaps", report.gaps);
  json.field("last_row", report.last_row ? std::optional(format_timestamp(*report.last_row)) : std::nullopt);
  write_notices(json, report.notices);
  if (common.json) return;
  console.out << fmt::format("{}: {} rows added, {} changed, {} intervals without metrics; last row {}\n", group.name(),
                             report.rows.added, report.rows.changed, report.gaps,
                             report.last_row ? format_timestamp(*report.last_row) : "none");
}

}  // namespace

Result<ExitCode> run_collect(const CommonOptions& common, Console& console) {
  return for_each_wired_group(common, Access::write, console, [&](WiredGroup group) -> Result<void> {
    GroupWiring& w = group.wiring;
    const auto report = control::Collector(*w.source, w.dataset, w.collect)
                            .collect(group.session.now(), group.calendar, console.bar.sink());
    if (!report) return tl::unexpected(with_context(report.error(), "group " + group.name()));
    print(*report, group, common, console);
    return {};
  });
}

Result<ExitCode> run_backfill(const CommonOptions& common, const BackfillOptions& options, Console& console) {
  return for_each_wired_group(common, Access::write, console, [&](WiredGroup group) -> Result<void> {
    GroupWiring& w = group.wiring;
    const Timestamp now = group.session.now();
    const auto report = control::Collector(*w.source, w.dataset, w.collect)
                            .backfill(now - options.back, now, group.calendar, console.bar.sink());
    if (!report) return tl::unexpected(with_context(report.error(), "group " + group.name()));
    print(*report, group, common, console);
    return {};
  });
}

}  // namespace almanac::app

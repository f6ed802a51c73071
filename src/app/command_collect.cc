#include <fmt/format.h>

#include <ostream>

#include "app/commands.h"
#include "app/group_commands.h"

namespace almanac::app {

Result<ExitCode> run_collect(const CommonOptions& common, Console& console) {
  return for_each_group(
      common, console, [&](Session& session, const GroupConfig& group, JsonWriter& json) -> Result<void> {
        auto wiring = session.wire(group);
        if (!wiring) return tl::unexpected(wiring.error());
        GroupWiring& w = **wiring;
        auto calendar = w.calendars.load();
        if (!calendar) return tl::unexpected(calendar.error());
        const auto report =
            control::Collector(*w.source, w.dataset, w.collect).collect(session.now(), *calendar, console.bar.sink());
        if (!report) return tl::unexpected(with_context(report.error(), "group " + group.name));
        console.bar.clear();
        print_notices(group.name, report->notices);
        json.field("from", format_timestamp(report->range.start));
        json.field("to", format_timestamp(report->range.end));
        json.field("added", report->rows.added);
        json.field("changed", report->rows.changed);
        json.field("gaps", report->gaps);
        json.field("last_row", report->last_row ? std::optional(format_timestamp(*report->last_row)) : std::nullopt);
        write_notices(json, report->notices);
        if (!common.json) {
          console.out << fmt::format("{}: {} rows added, {} changed, {} intervals without metrics; last row {}\n",
                                     group.name, report->rows.added, report->rows.changed, report->gaps,
                                     report->last_row ? format_timestamp(*report->last_row) : "none");
        }
        return {};
      });
}

}  // namespace almanac::app

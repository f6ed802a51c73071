#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "app/commands.h"
#include "app/group_commands.h"

namespace almanac::app {
namespace {

void print(const control::ScaleReport& report, const CommonOptions& common, const std::string& group, JsonWriter& json,
           Console& console) {
  print_notices(group, report.record.notices);
  json.field("repeated", report.repeated);
  json.key("decision");
  json.raw(records::to_json(report.record));
  if (!common.json) console.out << decision_line(report.record, report.repeated) << "\n";
}

}  // namespace

Result<ExitCode> run_scale(const CommonOptions& common, const ScaleCommandOptions& options, Console& console) {
  const Access access = options.dry_run ? Access::rehearsal : Access::write;
  const auto scale = [&](Session& session, control::Group& group, JsonWriter& json) -> Result<void> {
    const auto notifiers = session.notifiers();
    if (!notifiers) return tl::unexpected(notifiers.error());
    control::ScaleOptions scaling;
    scaling.dry_run = options.dry_run;
    scaling.notifiers = *notifiers;
    const auto report = group.scale(session.now(), scaling);
    if (!report) return tl::unexpected(report.error());
    print(*report, common, group.name(), json, console);
    return {};
  };
  return for_each_whole_group(common, access, console, scale);
}

Result<ExitCode> run_tick(const CommonOptions& common, const ScaleCommandOptions& options, Console& console) {
  ExitCode uncollected = kDone;
  const auto tick_group = [&](Session& session, control::Group& group, JsonWriter& json) -> Result<void> {
    const auto notifiers = session.notifiers();
    if (!notifiers) return tl::unexpected(notifiers.error());
    const auto report = group.tick(session.now(), {.dry_run = options.dry_run, .when_due = options.when_due},
                                   console.bar.sink(), *notifiers);
    if (!report) return tl::unexpected(report.error());
    console.bar.clear();
    json.field("added", report->collected ? report->collected->rows.added : 0);
    if (report->waiting) {
      json.field("waiting", *report->waiting);
      if (!common.json) console.out << group.name() << ": " << *report->waiting << "\n";
    } else {
      print(report->scaled, common, group.name(), json, console);
    }
    // A source that does not answer is one of the things a tick lives with. One that is not there, or says what nobody
    // can read, stays so until somebody is told; the decision, taken without it, stands all the same.
    if (const auto& error = report->uncollected; error && !is_retryable(error->code)) {
      console.err << "error: group " << group.name() << ": " << error->message << "\n";
      write_error(json, *error);
      uncollected = std::max(uncollected, exit_code_of(*error));
    }
    return {};
  };
  const auto done = for_each_whole_group(common, Access::write, console, tick_group);
  return done ? std::max(*done, uncollected) : done;
}

}  // namespace almanac::app

#include <fmt/format.h>

#include <ostream>

#include "app/commands.h"
#include "app/group_commands.h"
#include "core/json_writer.h"
#include "dataset/removal.h"

namespace almanac::app {
namespace {

std::string words(const dataset::Removal& removal, const RowsRemoveOptions& options, const std::string& group,
                  const std::string& store) {
  const std::string span = fmt::format("{} to {}", format_timestamp(*options.from), format_timestamp(*options.to));
  const std::size_t count = removal.rows.size();
  std::string text;
  if (count == 0) {
    text = fmt::format("{}: no row starts in {}; nothing was changed\n", group, span);
  } else {
    text = fmt::format("{}: {} row{} of {} {}, the first {}, the last {}\n", group, count, count == 1 ? "" : "s", span,
                       options.dry_run ? "would be removed" : "removed", format_timestamp(removal.rows.front().start),
                       format_timestamp(removal.rows.back().start));
    text += options.dry_run ? "  nothing was changed: this was a dry run\n"
                            : fmt::format(
                                  "  a copy is kept as {0}/{1}; importing it brings them back\n"
                                  "  what the group's metric source still tells of that time comes back with the next "
                                  "`collect` or `backfill`: mend it there as well\n"
                                  "  a model that learned from them forgets with `almanac train --fresh`\n",
                                  store, removal.copy);
  }
  if (removal.older > 0) {
    text += fmt::format(
        "  {0} interval{1} of that time stay{2} known from {3}/multi_metric_data.csv, the file of an earlier "
        "system, which is never written: mend or move that file yourself\n",
        removal.older, removal.older == 1 ? "" : "s", removal.older == 1 ? "s" : "", group);
  }
  return text;
}

}  // namespace

Result<ExitCode> run_rows_remove(const CommonOptions& common, const RowsRemoveOptions& options, Console& console) {
  const auto refuse = [&](std::string_view what) {
    console.err << "error: " << what << "\n";
    return kUsage;
  };
  if (!options.from || !options.to) return refuse("--from and --to are both required: nothing is removed open-ended");
  if (*options.from >= *options.to) {
    return refuse(fmt::format("--to must be later than --from; found {} to {}", format_timestamp(*options.from),
                              format_timestamp(*options.to)));
  }
  // A command that writes may begin a store or a group; what is not there has no rows to lose.
  if (const auto there = Session::open(common, Access::look, Needs::store); !there) {
    console.err << "error: " << there.error().message << "\n";
    return exit_code_before_work(there.error());
  }
  auto session = Session::open(common, options.dry_run ? Access::look : Access::write, Needs::store);
  if (!session) {
    console.err << "error: " << session.error().message << "\n";
    return exit_code_before_work(session.error());
  }
  const auto group = session->only_group();
  if (!group) return refuse(group.error().message);
  const auto history = session->history(**group);
  const std::string& name = history->name();
  const auto removal = dataset::remove_rows(session->store(), history->dataset(), {*options.from, *options.to},
                                            session->now(), options.dry_run);
  if (!removal) return tl::unexpected(removal.error());
  print_notices(name, history->dataset().take_warnings());
  if (!common.json) {
    console.out << words(*removal, options, name, session->config().store);
    return kDone;
  }
  JsonWriter json;
  json.begin_object();
  json.field("group", name);
  json.field("from", format_timestamp(*options.from));
  json.field("to", format_timestamp(*options.to));
  json.field("dry_run", options.dry_run);
  json.field("removed", options.dry_run ? 0 : removal->rows.size());
  json.field("found", removal->rows.size());
  json.field("copy", removal->copy.empty() ? std::nullopt : std::optional(removal->copy));
  json.field("left_in_older_file", removal->older);
  json.end_object();
  console.out << json.text() << "\n";
  return kDone;
}

}  // namespace almanac::app

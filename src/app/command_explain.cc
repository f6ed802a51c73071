#include <fmt/format.h>

#include <ostream>

#include "app/commands.h"
#include "app/group_commands.h"
#include "control/explain.h"
#include "records/ledger.h"

namespace almanac::app {

Result<ExitCode> run_explain(const CommonOptions& common, const ExplainOptions& options, Console& console) {
  auto session = Session::open(common, Access::look, Needs::store);
  if (!session) {
    console.err << "error: " << session.error().message << "\n";
    return exit_code_before_work(session.error());
  }
  const auto group = session->only_group();
  if (!group) {
    console.err << "error: " << group.error().message << "\n";
    return kUsage;
  }
  const auto history = session->history(**group);
  const Timestamp time = options.time.value_or(session->now());
  // A dry run explains itself only where nothing else was decided for its tick.
  records::Ledger ledger(session->store(), (*group)->name);
  auto record = ledger.latest(time);
  if (!record) return tl::unexpected(record.error());
  if (!*record) {
    return fail(ErrorCode::not_found,
                fmt::format("group {}: there is no decision at or before {}; `almanac scale` makes "
                            "one",
                            (*group)->name, format_timestamp(time)));
  }
  if ((*record)->decision.dry_run) {
    auto real = ledger.find((*record)->decision.now, false);
    if (real && *real) record = std::move(real);
  }
  if (common.json) {
    console.out << records::to_json(**record) << "\n";
    return kDone;
  }
  const auto calendar = history->calendars().load(session->now());
  console.out << control::explain(**record, calendar ? calendar->calendar : calendar::Calendar());
  return kDone;
}

}  // namespace almanac::app

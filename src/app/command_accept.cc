#include <fmt/format.h>

#include <ostream>

#include "app/commands.h"
#include "app/group_commands.h"

namespace almanac::app {
namespace {

// Names every calendar that cannot be read and has no copy either; what could be read is in use.
Error not_read(const records::LoadedCalendar& loaded) {
  std::vector<std::string> words;
  for (const records::Condition& condition : loaded.conditions)
    if (condition.kind == ports::NotificationKind::calendar_stale) words.push_back(condition.text);
  return {ErrorCode::invalid_input, fmt::format("{}; {}", fmt::join(words, "; "),
                                                loaded.sources.empty() ? "no calendar is in use"
                                                                       : fmt::format("in use as they are now: {}",
                                                                                     fmt::join(loaded.sources, ", ")))};
}

}  // namespace

Result<ExitCode> run_accept(const CommonOptions& common, Console& console) {
  return for_each_group(common, Access::write, Needs::group, console,
                        [&](Session& session, const GroupConfig& group, JsonWriter& json) -> Result<void> {
                          const auto loaded = session.history(group)->calendars().accept(session.now());
                          if (!loaded) return tl::unexpected(loaded.error());
                          if (!loaded->complete) return tl::unexpected(not_read(*loaded));
                          const Timestamp now = session.now();
                          const auto events = loaded->calendar.between({now, now + 28 * kDay});
                          json.field("sources", loaded->sources.size());
                          json.field("events", events.size());
                          write_notices(json, loaded->notices);
                          if (common.json) return {};
                          print_notices(group.name, loaded->notices);
                          if (loaded->sources.empty()) {
                            console.out << group.name << ": no calendar can be read: none is in use\n";
                            return {};
                          }
                          console.out << fmt::format(
                              "{}: {} in use as {} now: {}; {} events in four weeks\n", group.name,
                              loaded->sources.size() == 1 ? "the calendar is" : "the calendars are",
                              loaded->sources.size() == 1 ? "it is" : "they are", fmt::join(loaded->sources, ", "),
                              events.size());
                          return {};
                        });
}

}  // namespace almanac::app

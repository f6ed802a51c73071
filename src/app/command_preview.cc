#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>

#include "adapters/local/file.h"
#include "app/commands.h"
#include "app/group_commands.h"
#include "calendar/floor.h"
#include "calendar/preview.h"
#include "calendar/zone.h"
#include "insight/group_view.h"
#include "insight/outlook.h"

namespace almanac::app {
namespace {

// The calendars of files named on the command line: there is no group, so there is no last good copy either.
// `zone_name` is what is set for the group, if anything is.
Result<records::LoadedCalendar> load_files(const std::vector<std::string>& files,
                                           const std::optional<std::string>& zone_name) {
  records::LoadedCalendar loaded;
  std::shared_ptr<const calendar::Zone> zone;
  if (zone_name)
    if (const auto set = calendar::Zone::iana(*zone_name)) zone = *set;
  std::vector<std::string> texts;
  for (const std::string& file : files) {
    auto text = adapters::read_file(file);
    if (!text) return tl::unexpected(text.error());
    auto parsed = calendar::Calendar::parse(*text, file, zone);
    if (!parsed) return tl::unexpected(parsed.error());
    loaded.parts.push_back(std::move(*parsed));
    loaded.sources.push_back(file);
    texts.push_back(std::move(*text));
  }
  // A file without a zone is read again in the one that the others give.
  if (!zone) zone = calendar::Calendar::zone_of(loaded.parts);
  for (std::size_t i = 0; zone && i < files.size(); ++i) {
    if (!loaded.parts[i].lacks_zone()) continue;
    auto again = calendar::Calendar::parse(texts[i], files[i], zone);
    if (!again) return tl::unexpected(again.error());
    loaded.parts[i] = std::move(*again);
  }
  loaded.calendar = calendar::Calendar::merge(loaded.parts, zone);
  return loaded;
}

// "No events" would be true of a group without a calendar, and not what somebody who looks wants to know.
std::string no_calendar(const GroupConfig& group) {
  if (group.simulated()) {
    return fmt::format("group {} has none yet: the first `almanac collect` opens the simulated shop, which brings one",
                       group.name);
  }
  return fmt::format(
      "group {} has none: put business_calendar.json or .ics files into its folder of the store, or name them with "
      "calendar: in almanac.yaml",
      group.name);
}

bool loses_nothing(const calendar::Calendar& calendar) {
  return std::none_of(calendar.problems().begin(), calendar.problems().end(),
                      [](const calendar::Problem& problem) { return problem.lost; });
}

// The notice is of a calendar that cannot be read, is cut off or held back: people must act.
bool is_stale(const records::LoadedCalendar& loaded, const std::string& notice) {
  return std::any_of(loaded.conditions.begin(), loaded.conditions.end(), [&](const records::Condition& condition) {
    return condition.kind == ports::NotificationKind::calendar_stale && condition.text == notice;
  });
}

// What the group's decisions expect of the events that its calendar holds, from its history; nothing without one.
calendar::ExpectedWords expected_by(Session& session, const GroupConfig& group, const calendar::Calendar& calendar,
                                    Duration ahead) {
  insight::GroupReader reader(session.store(), wiring::group_settings(session.config(), group),
                              wiring::calendar_feeds(group, session.aws()));
  const auto view = reader.view(session.now());
  if (!view || (*view)->known.history.size() == 0) return {};
  const auto outlook = std::make_shared<insight::Outlook>((*view)->known, calendar, (*view)->tick, ahead + 2 * kDay);
  return [view = *view, outlook](const calendar::Event& event) -> std::string {
    const auto expected = outlook->expect(event, outlook->earlier(event));
    if (!expected) return "";
    return event.expected_uplift ? expected->basis : fmt::format("x{:.1f}: {}", expected->middle, expected->basis);
  };
}

}  // namespace

Result<ExitCode> run_preview(const CommonOptions& common, const PreviewOptions& options, Console& console) {
  auto session = Session::open(common, Access::look, options.files.empty() ? Needs::store : Needs::time);
  if (!session) {
    console.err << "error: " << session.error().message << "\n";
    return exit_code_before_work(session.error());
  }
  Result<records::LoadedCalendar> loaded = records::LoadedCalendar{};
  calendar::ExpectedWords expected;
  if (options.files.empty()) {
    const auto group = session->only_group();
    if (!group) {
      console.err << "error: " << group.error().message << "\n";
      return kUsage;
    }
    loaded = session->history(**group)->calendars().load(session->now());
    if (loaded && loaded->sources.empty() && loaded->complete) loaded->notices.push_back(no_calendar(**group));
    if (loaded) expected = expected_by(*session, **group, loaded->calendar, options.ahead);
  } else {
    const auto group = session->only_group();
    loaded = load_files(options.files, group ? (*group)->timezone : std::nullopt);
  }
  if (!loaded) return tl::unexpected(loaded.error());
  // What cannot be used stands in the preview itself; the other notices are of whole calendars.
  std::erase_if(loaded->notices, [&](const std::string& notice) {
    const auto& problems = loaded->calendar.problems();
    return std::any_of(problems.begin(), problems.end(), [&](const calendar::Problem& problem) {
      return notice == problem.where + ": " + problem.message;
    });
  });
  std::vector<calendar::Problem> more;
  for (const std::string& notice : loaded->notices) more.push_back({"calendar", notice, is_stale(*loaded, notice)});
  const TimeRange range{session->now(), session->now() + options.ahead};
  if (const auto group = session->only_group(); group && !(*group)->simulated())
    for (std::string& word : calendar::floors_above(loaded->calendar.between(range), (*group)->policy.max))
      more.push_back({"calendar", std::move(word), false});
  std::vector<std::string> words;
  for (const calendar::Problem& problem : more) words.push_back(problem.message);
  print_notices("calendar", words);
  console.out << (common.json ? calendar::preview_json(loaded->calendar, range, session->now(), expected, more)
                              : calendar::preview_text(loaded->calendar, range, session->now(), expected));
  const bool stale =
      std::any_of(more.begin(), more.end(), [](const calendar::Problem& problem) { return problem.lost; });
  return loaded->complete && !stale && loses_nothing(loaded->calendar) ? kDone : kData;
}

}  // namespace almanac::app

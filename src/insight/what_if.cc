#include "insight/what_if.h"

#include <fmt/format.h>

#include <algorithm>

#include "calendar/floor.h"
#include "calendar/zone.h"

namespace almanac::insight {
namespace {

std::string_view file_name(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool looks_like_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

// Which of the group's calendars a new one takes the place of; nothing: all.
std::optional<std::size_t> replaced(const records::LoadedCalendar& loaded, const ChangedCalendar& changed) {
  const auto only = [&](auto&& fits) -> std::optional<std::size_t> {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < loaded.sources.size(); ++i) {
      if (!fits(loaded.sources[i])) continue;
      if (found) return std::nullopt;
      found = i;
    }
    return found;
  };
  if (const auto same = only([&](const std::string& s) { return file_name(s) == file_name(changed.name); }))
    return same;
  if (loaded.sources.size() == 1) return 0;
  const bool json = looks_like_json(changed.text);
  return only([&](const std::string& s) { return s.ends_with(".json") == json; });
}

// The events of `future` from `now` on, and those of both calendars before; `future` says what kind one was. People
// live where they lived: the time zone stays the past's.
calendar::Calendar with_past(const calendar::Calendar& future, const calendar::Calendar& past, TimeRange history,
                             Timestamp until) {
  std::vector<calendar::Event> events = future.between({history.start, until});
  const std::size_t own = events.size();
  for (calendar::Event event : past.between(history)) {
    // Of one that has not ended only what it did so far is past; without it that load would pass for the usual one.
    const bool runs = event.span.end > history.end;
    const bool known = std::any_of(
        events.begin(), events.begin() + static_cast<std::ptrdiff_t>(own),
        [&](const auto& one) { return runs ? one.span.start == event.span.start : one.span == event.span; });
    if (known) continue;
    event.span.end = std::min(event.span.end, history.end);
    events.push_back(std::move(event));
  }
  return calendar::Calendar::of(std::move(events), past.timezone());
}

constexpr Duration kLeastHistory{14 * kDay};

// A plan is made of the weeks before it: where the last two are not known, it would be blank. Some demand is known.
Result<void> is_recent(const GroupView& view) {
  const Timestamp last = *view.known.last_demand;
  if (view.tick - last <= kLeastHistory) return {};
  return fail(
      ErrorCode::not_found,
      fmt::format("the history ends at {}, {} days ago, and a plan needs the last two weeks; bring it up to date "
                  "(`almanac collect`, or `almanac import` for a file), or plan from where it ends with --now {}",
                  format_timestamp(last), (view.tick - last) / kDay, format_timestamp(last)));
}

PlanSettings settings_of(const GroupView& view) {
  PlanSettings settings;
  settings.cover_window = view.cover_window();
  settings.utilisation = view.settings.policy.utilisation;
  settings.position = view.price_position();
  settings.min = view.limits().min;
  settings.max = view.limits().max;
  return settings;
}

// As CalendarStore decides it.
std::shared_ptr<const calendar::Zone> zone_of_group(const control::GroupSettings& settings,
                                                    const std::vector<calendar::Calendar>& parts) {
  if (settings.timezone)
    if (const auto zone = calendar::Zone::iana(*settings.timezone)) return *zone;
  return calendar::Calendar::zone_of(parts);
}

}  // namespace

Result<WhatIf> what_if(const GroupView& view, const std::optional<ChangedCalendar>& changed, int days) {
  constexpr Duration kRecent{14 * kDay};
  if (days < 1 || days > kMostPlanDays)
    return fail(ErrorCode::invalid_input, fmt::format("days: {}; expected 1 to {}", days, kMostPlanDays));
  if (!view.known.last_demand && view.known.rows > 0) {
    return fail(ErrorCode::invalid_input, fmt::format("there are {} rows, but no demand: {}", view.known.rows,
                                                      control::why_no_demand(view.known)));
  }
  const TimeRange history{view.known.history.start, view.tick};
  const Timestamp known_until = view.known.last_demand.value_or(history.start);
  if (known_until - history.start < kLeastHistory) {
    return fail(
        ErrorCode::unavailable,
        fmt::format("there are {} of history; planning days ahead needs two weeks",
                    format_duration(floor_to(Timestamp{known_until - history.start}, kHour).time_since_epoch())));
  }
  if (auto recent = is_recent(view); !recent) return tl::unexpected(recent.error());
  const Duration ahead = kDay * days;
  const auto first = std::lower_bound(view.points.begin(), view.points.end(), view.tick - kRecent,
                                      [](const records::DecisionPoint& point, Timestamp t) { return point.now < t; });
  const std::span<const records::DecisionPoint> recent(first, view.points.end());
  const calendar::Calendar& present = view.calendar.calendar;
  WhatIf answer;
  answer.unit = view.unit();
  answer.current = plan_load(view.known, present, recent, settings_of(view), ahead);
  const LoadPlan* told = &answer.current;
  const TimeRange coming{view.tick, view.tick + ahead};
  calendar::Calendar asking = present;
  if (changed) {
    auto parsed = calendar::Calendar::parse(changed->text, changed->name);
    if (!parsed) return tl::unexpected(parsed.error());
    const auto at = replaced(view.calendar, *changed);
    std::vector<calendar::Calendar> parts;
    if (at) {
      answer.replaces = view.calendar.sources[*at];
      parts = view.calendar.parts;
      parts[*at] = *parsed;
    } else {
      parts = {*parsed};
    }
    const auto zone = zone_of_group(view.settings, parts);
    if (zone && parsed->lacks_zone()) {
      parsed = calendar::Calendar::parse(changed->text, changed->name, zone);
      if (!parsed) return tl::unexpected(parsed.error());
      parts[at.value_or(0)] = *parsed;
    }
    answer.problems = parsed->problems();
    const calendar::Calendar next = calendar::Calendar::merge(parts, zone);
    if (!view.calendar.sources.empty() && next.timezone() != present.timezone()) {
      answer.problems.push_back(
          {changed->name, fmt::format("its time zone is {}, where {} was; load is planned by the latter, but forecasts "
                                      "would learn days and weeks by the former",
                                      next.timezone(), present.timezone())});
    }
    asking = next;
    answer.events = compare_events(present.between(coming), next.between(coming));
    answer.changed =
        plan_load(view.known, with_past(next, present, history, coming.end + kDay), recent, settings_of(view), ahead);
    told = &*answer.changed;
  }
  if (!changed) answer.problems = present.problems();
  if (told->most_needed > view.limits().max) {
    answer.problems.push_back(
        {"plan",
         fmt::format("what is expected on {} needs {:.0f}, held to max {}: raise it if this load is to be served",
                     present.local_time(told->most_needed_at), told->most_needed, view.limits().max),
         false});
  }
  for (std::string& word : calendar::floors_above(asking.between(coming), view.limits().max))
    answer.problems.push_back({"calendar", std::move(word)});
  if (view.tick - known_until > kDay) {
    answer.problems.push_back(
        {"history",
         fmt::format("it ends at {}, {} ago: what has changed since is not in this plan", format_timestamp(known_until),
                     format_duration(floor_to(Timestamp{view.tick - known_until}, kHour).time_since_epoch()))});
  }
  for (const std::string& name : told->untold) {
    answer.problems.push_back(
        {name,
         "no earlier event can be compared and no expected_uplift is given; it is taken to change "
         "nothing"});
  }
  return answer;
}

std::optional<double> percent_more(const LoadPlan& current, const LoadPlan& changed) {
  if (current.instance_hours <= 0) return std::nullopt;
  return 100 * (changed.instance_hours / current.instance_hours - 1);
}

}  // namespace almanac::insight

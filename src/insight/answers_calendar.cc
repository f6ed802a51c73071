#include <fmt/format.h>

#include <algorithm>

#include "calendar/floor.h"
#include "core/series.h"
#include "insight/answers.h"
#include "insight/insight.h"
#include "insight/json.h"
#include "insight/outlook.h"
#include "insight/savings.h"

namespace almanac::insight {
namespace {

constexpr std::size_t kEarlierShown = 8;
constexpr Duration kCalendarAhead{28 * kDay};
constexpr Duration kLongestCalendar{400 * kDay};

void put_problems(JsonWriter& json, std::span<const calendar::Problem> problems) {
  json.key("problems");
  json.begin_array();
  for (const calendar::Problem& problem : problems) {
    json.begin_object();
    json.field("where", problem.where);
    json.field("message", problem.message);
    json.field("lost", problem.lost);
    json.end_object();
  }
  json.end_array();
}

void put_expectation(JsonWriter& json, const Outlook& outlook, const calendar::Event& event) {
  const auto earlier = outlook.earlier(event);
  const auto expected = outlook.expect(event, earlier);
  json.key("expected");
  if (expected) {
    json.begin_object();
    put_number(json, "low", expected->low);
    put_number(json, "middle", expected->middle);
    put_number(json, "high", expected->high);
    json.field("basis", expected->basis);
    json.end_object();
  } else {
    json.null();
  }
  json.key("earlier");
  json.begin_array();
  for (std::size_t i = 0; i < std::min(kEarlierShown, earlier.size()); ++i) {
    json.begin_object();
    put_event_fields(json, earlier[i].event);
    put_number(json, "uplift", earlier[i].uplift);
    put_number(json, "peak", earlier[i].peak);
    json.end_object();
  }
  json.end_array();
}

void put_side(JsonWriter& json, std::string_view name, const LoadPlan& plan) {
  json.key(name);
  json.begin_object();
  put_column(json, "capacity", plan.capacity);
  put_column(json, "q50", plan.q50);
  put_column(json, "q90", plan.q90);
  put_column(json, "q99", plan.q99);
  put_number(json, "instance_hours", plan.instance_hours);
  json.end_object();
}

void put_edited(JsonWriter& json, std::span<const EditedEvent> edited) {
  const auto text = [&](std::string_view name, const std::string& value) {
    json.key(name);
    value.empty() ? json.null() : json.value(value);
  };
  json.key("events_changed");
  json.begin_array();
  for (const EditedEvent& event : edited) {
    json.begin_object();
    put_event_fields(json, event.after);
    json.key("fields");
    json.begin_array();
    for (const auto& field : event.fields) {
      json.begin_object();
      json.field("field", field.name);
      text("before", field.before);
      text("after", field.after);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

// Uses of one event by the page: by its id and start it is one occurrence.
std::string id_of(const calendar::Event& event) {
  return fmt::format("{}@{}", event.uid.empty() ? event.name : event.uid, event.span.start.time_since_epoch().count());
}

std::string calendar_answer(const GroupView& view, TimeRange range, std::span<const FeedState> feeds) {
  const Duration ahead = std::max(Duration{0}, range.end - view.tick) + kDay;
  const Outlook outlook(view.known, view.calendar.calendar, view.tick, ahead);
  JsonWriter json;
  json.begin_object();
  json.field("timezone", view.calendar.calendar.timezone());
  put_time(json, "now", view.tick);
  put_time(json, "from", range.start);
  put_time(json, "to", range.end);
  json.key("events");
  json.begin_array();
  const auto events = view.calendar.calendar.between(range);
  for (const calendar::Event& event : events) {
    json.begin_object();
    json.field("id", id_of(event));
    put_event_fields(json, event);
    json.field("all_day", event.all_day);
    json.field("minimum_instances", event.minimum_instances);
    put_expectation(json, outlook, event);
    json.end_object();
  }
  json.end_array();
  std::vector<calendar::Problem> problems = view.calendar.calendar.problems();
  for (std::string& word : calendar::floors_above(events, view.limits().max))
    problems.push_back({"calendar", std::move(word)});
  put_problems(json, problems);
  json.key("feeds");
  json.begin_array();
  for (const FeedState& feed : feeds) {
    json.begin_object();
    json.field("name", feed.name);
    json.field("stale", feed.stale);
    json.key("age_seconds");
    feed.age ? json.value(static_cast<long long>(feed.age->count())) : json.null();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.text();
}

Result<std::string> savings_answer(const GroupView& view, int days) {
  SavingsSettings settings;
  settings.objective = view.settings.policy.objective;
  settings.utilisation = view.settings.policy.utilisation;
  settings.min = view.limits().min;
  settings.max = view.limits().max;
  settings.lead_time = view.lead_time();
  const auto savings = compare_with_tracking(view.known, view.points, {view.tick - kDay * days, view.tick}, settings);
  JsonWriter json;
  json.begin_object();
  json.field("days", days);
  if (!savings) {
    // Not yet a comparison is an answer too: the page says why.
    if (savings.error().code != ErrorCode::unavailable) return tl::unexpected(savings.error());
    put_time(json, "from", view.tick - kDay * days);
    put_time(json, "to", view.tick);
    for (const char* name : {"almanac", "target_tracking", "saved_instance_hours", "saved_percent"}) {
      json.key(name);
      json.null();
    }
    json.field("note", savings.error().message);
    json.end_object();
    return json.text();
  }
  put_time(json, "from", savings->range.start);
  put_time(json, "to", savings->range.end);
  json.key("almanac");
  json.begin_object();
  put_number(json, "instance_hours", savings->instance_hours);
  json.key("violating_share");
  savings->violating_share ? json.raw(fmt::format("{:.4g}", *savings->violating_share)) : json.null();
  json.end_object();
  json.key("target_tracking");
  json.begin_object();
  put_number(json, "instance_hours", savings->tracking_hours);
  json.key("violating_share");
  json.raw(fmt::format("{:.4g}", savings->tracking_share));
  json.field("target_cpu", savings->target_cpu / 100);
  json.field("keeps_objective", savings->tracking_keeps);
  json.end_object();
  const double saved = savings->tracking_hours - savings->instance_hours;
  put_number(json, "saved_instance_hours", saved);
  put_number(json, "saved_percent", savings->tracking_hours > 0 ? 100 * saved / savings->tracking_hours : kMissing);
  json.field("note", note_of(*savings, settings));
  json.end_object();
  return json.text();
}

bool stale_at(const records::Record& record, const std::string& feed) {
  return std::any_of(record.conditions.begin(), record.conditions.end(), [&](const records::Condition& condition) {
    return condition.kind == ports::NotificationKind::calendar_stale && condition.subject == feed;
  });
}

}  // namespace

std::vector<FeedState> feeds_of(const GroupView& view, GroupReader& reader, Timestamp now) {
  constexpr std::size_t kLookBack = 300;  // ticks
  constexpr std::string_view kCopy = " (last good copy)";
  std::vector<FeedState> feeds;
  std::vector<std::string> names;
  for (std::string name : view.calendar.sources) {
    if (name.ends_with(kCopy)) name.resize(name.size() - kCopy.size());
    names.push_back(std::move(name));
  }
  for (const records::Condition& condition : view.calendar.conditions) {
    const bool stale = condition.kind == ports::NotificationKind::calendar_stale;
    if (stale && std::find(names.begin(), names.end(), condition.subject) == names.end())
      names.push_back(condition.subject);
  }
  for (const std::string& name : names) {
    FeedState feed{name, view.latest && stale_at(*view.latest, name), std::nullopt};
    if (view.latest && !feed.stale) feed.age = std::max(Duration{0}, now - view.latest->decision.now);
    if (feed.stale) {
      const auto before = reader.newest({view.tick - kDay, view.tick}, kLookBack);
      const auto good = before ? std::find_if(before->begin(), before->end(),
                                              [&](const auto& record) { return !stale_at(record, name); })
                               : std::vector<records::Record>::const_iterator();
      if (before && good != before->end()) feed.age = now - good->decision.now;
    }
    feeds.push_back(std::move(feed));
  }
  return feeds;
}

void put_what_if(JsonWriter& json, const WhatIf& what_if) {
  const LoadPlan& current = what_if.current;
  const LoadPlan& changed = what_if.changed ? *what_if.changed : current;
  std::vector<Timestamp> times;
  for (std::size_t i = 0; i < current.capacity.size(); ++i)
    times.push_back(current.start + current.step * static_cast<long long>(i));
  put_time(json, "from", current.start);
  put_time(json, "to", current.start + current.step * static_cast<long long>(times.size()));
  json.field("step_seconds", static_cast<long long>(current.step.count()));
  json.field("unit", to_string(what_if.unit));
  put_times(json, "time", times);
  put_side(json, "current", current);
  put_side(json, "changed", changed);
  json.key("difference");
  json.begin_object();
  put_number(json, "instance_hours", changed.instance_hours - current.instance_hours);
  put_number(json, "percent", percent_more(current, changed));
  json.end_object();
  json.key("replaces");
  what_if.replaces.empty() ? json.null() : json.value(what_if.replaces);
  put_events(json, "events_added", what_if.events.added);
  put_events(json, "events_removed", what_if.events.removed);
  put_edited(json, what_if.events.edited);
  json.key("expected");
  json.begin_array();
  for (const auto& [event, words] : changed.expected) {
    json.begin_object();
    json.field("event", event);
    json.field("words", words);
    json.end_object();
  }
  json.end_array();
  put_problems(json, what_if.problems);
}

Result<std::string> Insight::calendar(const std::string& name, RangeQuery range) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const auto from = reader(**group);
  const auto view = from->view(now_());
  if (!view) return tl::unexpected(view.error());
  TimeRange asked;
  asked.start = range.from.value_or((*view)->tick);
  asked.end = range.to.value_or(asked.start + kCalendarAhead);
  if (asked.empty() || asked.duration() > kLongestCalendar)
    return fail(ErrorCode::invalid_input, "expected a range of time of at most 400 days");
  const auto feeds = feeds_of(**view, *from, now_());
  const std::string key =
      fmt::format("calendar {} {}", asked.start.time_since_epoch().count(), asked.end.time_since_epoch().count());
  return from->answer(now_(), key,
                      [&](const GroupView& v) -> Result<std::string> { return calendar_answer(v, asked, feeds); });
}

Result<std::string> Insight::savings(const std::string& name, int days) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  if (auto fits = check_days(days, kMostSavingsDays); !fits) return tl::unexpected(fits.error());
  return reader(**group)->answer(now_(), fmt::format("savings {}", days),
                                 [days](const GroupView& view) { return savings_answer(view, days); });
}

Result<std::string> Insight::plan(const std::string& name, const std::string& calendar_text,
                                  const std::string& file_name, int days) {
  const auto view = this->view(name);
  if (!view) return tl::unexpected(view.error());
  const MutexLock one_at_a_time(planning_);
  const auto made = what_if(**view, ChangedCalendar{calendar_text, file_name.empty() ? "calendar" : file_name}, days);
  if (!made) return tl::unexpected(made.error());
  JsonWriter json;
  json.begin_object();
  put_what_if(json, *made);
  json.end_object();
  return json.text();
}

}  // namespace almanac::insight

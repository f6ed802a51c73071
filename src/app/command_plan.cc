#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "adapters/local/file.h"
#include "app/commands.h"
#include "app/group_commands.h"
#include "core/series.h"
#include "insight/answers.h"
#include "insight/group_view.h"
#include "insight/what_if.h"

namespace almanac::app {
namespace {

using insight::LoadPlan;
using insight::WhatIf;

// The steps of a plan that begin on one local day; the first and the last day are seldom whole.
struct Day {
  std::string date;  // "Fri 2026-11-27"
  std::string part;  // "from 14:05", "until 14:05"; empty: all of it
  std::size_t first = 0, end = 0;
};

std::string local_date(const calendar::Calendar& calendar, Timestamp t) {
  return calendar.local_time(t).substr(0, 14);
}

std::string clock(const calendar::Calendar& calendar, Timestamp t) {
  return calendar.local_time(t).substr(15, 5);
}

std::vector<Day> days_of(const LoadPlan& plan, const calendar::Calendar& calendar) {
  std::vector<Day> days;
  for (std::size_t i = 0; i < plan.capacity.size(); ++i) {
    std::string date = local_date(calendar, plan.start + plan.step * static_cast<long long>(i));
    if (days.empty() || days.back().date != date) days.push_back({std::move(date), "", i, i});
    days.back().end = i + 1;
  }
  if (days.empty()) return days;
  const Timestamp end = plan.start + plan.step * static_cast<long long>(plan.capacity.size());
  if (days.front().date == local_date(calendar, plan.start - plan.step))
    days.front().part = "from " + clock(calendar, plan.start);
  if (days.back().date == local_date(calendar, end))
    days.back().part += (days.back().part.empty() ? "until " : " until ") + clock(calendar, end);
  return days;
}

double highest(const std::vector<double>& values, const Day& day) {
  double best = kMissing;
  for (std::size_t i = day.first; i < day.end; ++i)
    if (!is_missing(values[i])) best = is_missing(best) ? values[i] : std::max(best, values[i]);
  return best;
}

double hours_on(const LoadPlan& plan, const Day& day) {
  double hours = 0;
  for (std::size_t i = day.first; i < day.end; ++i)
    if (!is_missing(plan.capacity[i])) hours += plan.capacity[i] * static_cast<double>(plan.step.count()) / 3600;
  return hours;
}

std::string number(double value, int decimals) {
  return is_missing(value) ? "" : fmt::format("{:.{}f}", value, decimals);
}

std::string instances(const LoadPlan& plan, const Day& day) {
  const double most = highest(plan.capacity, day);
  return is_missing(most) ? "" : fmt::format("{:.0f}", std::ceil(most - 1e-9));
}

std::string events_on(const calendar::Calendar& calendar, const WhatIf& what_if, const LoadPlan& plan, const Day& day) {
  const TimeRange span{plan.start + plan.step * static_cast<long long>(day.first),
                       plan.start + plan.step * static_cast<long long>(day.end)};
  std::vector<std::string> names;
  const auto is_among = [](const calendar::Event& event, const std::vector<calendar::Event>& all) {
    return std::find(all.begin(), all.end(), event) != all.end();
  };
  for (const auto& event : calendar.between(span))
    names.push_back((is_among(event, what_if.events.removed) ? "- " : "") + event.name);
  for (const auto& event : what_if.events.added)
    if (event.span.overlaps(span)) names.push_back("+ " + event.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

// How the group's capacity is called: "instances" and "inst.-hours", or "units" and "unit-hours".
struct Names {
  std::string capacity, hours;

  explicit Names(CapacityUnit unit)
      : capacity(words(unit)),
        hours(unit == CapacityUnit::instances ? "inst.-hours" : fmt::format("{}-hours", word(unit))) {}
};

void print_days(const WhatIf& what_if, const calendar::Calendar& calendar, Console& console) {
  const Names names(what_if.unit);
  std::vector<Table::Column> columns{{"day (local)"},
                                     {"peak", Table::Align::right},
                                     {"q99", Table::Align::right},
                                     {names.capacity, Table::Align::right},
                                     {names.hours, Table::Align::right}};
  const LoadPlan* changed = what_if.changed ? &*what_if.changed : nullptr;
  if (changed != nullptr) {
    for (const std::string& title : {std::string("peak"), std::string("q99"), names.capacity, names.hours})
      columns.push_back({"new " + title, Table::Align::right});
  }
  columns.push_back({"events"});
  Table table(columns);
  const LoadPlan& current = what_if.current;
  for (const Day& day : days_of(current, calendar)) {
    std::vector<std::string> cells{day.part.empty() ? day.date : day.date + " " + day.part,
                                   number(highest(current.q50, day), 1), number(highest(current.q99, day), 1),
                                   instances(current, day), number(hours_on(current, day), 0)};
    if (changed != nullptr) {
      for (std::string& cell :
           std::vector<std::string>{number(highest(changed->q50, day), 1), number(highest(changed->q99, day), 1),
                                    instances(*changed, day), number(hours_on(*changed, day), 0)})
        cells.push_back(std::move(cell));
    }
    cells.push_back(events_on(calendar, what_if, current, day));
    table.add(std::move(cells));
  }
  console.out << table.text(console.style);
}

void print_events(const std::string& title, const std::vector<calendar::Event>& events,
                  const calendar::Calendar& calendar, Console& console) {
  if (events.empty()) return;
  console.out << title << "\n";
  for (const auto& event : events) {
    console.out << fmt::format("  {} to {}  {} ({})\n", calendar.local_time(event.span.start),
                               calendar.local_time(event.span.end), event.name, event.kind);
  }
}

void print_edited(const std::vector<insight::EditedEvent>& edited, const calendar::Calendar& calendar,
                  Console& console) {
  if (!edited.empty()) console.out << "changed:\n";
  for (const auto& event : edited) {
    std::vector<std::string> fields;
    const auto stated = [](const std::string& text) { return text.empty() ? std::string("not stated") : text; };
    for (const auto& field : event.fields)
      fields.push_back(fmt::format("{} {} -> {}", field.name, stated(field.before), stated(field.after)));
    console.out << fmt::format("  {}  {}: {}\n", calendar.local_time(event.after.span.start), event.after.name,
                               fmt::join(fields, ", "));
  }
}

void print_plan(const std::string& group, const WhatIf& what_if, const calendar::Calendar& calendar,
                const PlanOptions& options, Console& console) {
  console.out << fmt::format("{}: {} days from {}; peaks in busy {}\n", group, options.days,
                             calendar.local_time(what_if.current.start), words(what_if.unit));
  const std::string hours = fmt::format("{}-hours", word(what_if.unit));
  print_days(what_if, calendar, console);
  if (what_if.changed) {
    print_events("added:", what_if.events.added, calendar, console);
    print_events("removed:", what_if.events.removed, calendar, console);
    print_edited(what_if.events.edited, calendar, console);
  }
  for (const auto& [event, words] : (what_if.changed ? *what_if.changed : what_if.current).expected)
    console.out << fmt::format("expected: \"{}\" {}\n", event, words);
  for (const auto& problem : what_if.problems)
    console.out << fmt::format("problem: {}: {}\n", problem.where, problem.message);
  if (!what_if.changed) {
    console.out << fmt::format("{:.0f} {} in all\n", what_if.current.instance_hours, hours);
    return;
  }
  const double more = what_if.changed->instance_hours - what_if.current.instance_hours;
  const auto percent = insight::percent_more(what_if.current, *what_if.changed);
  const std::string instead = what_if.replaces.empty() ? "all calendars" : what_if.replaces;
  console.out << fmt::format("With {} instead of {}: {:.0f} {} instead of {:.0f}, {:+.0f}{}\n", *options.calendar,
                             instead, what_if.changed->instance_hours, hours, what_if.current.instance_hours, more,
                             percent ? fmt::format(" ({:+.1f} %)", *percent) : "");
}

}  // namespace

Result<ExitCode> run_plan(const CommonOptions& common, const PlanOptions& options, Console& console) {
  std::optional<insight::ChangedCalendar> changed;
  if (options.calendar) {
    auto text = adapters::read_file(*options.calendar);
    if (!text) return tl::unexpected(text.error());
    changed = insight::ChangedCalendar{std::move(*text), *options.calendar};
  }
  return for_each_group(common, Access::look, Needs::store, console,
                        [&](Session& session, const GroupConfig& group, JsonWriter& json) -> Result<void> {
                          insight::GroupReader reader(session.store(), wiring::group_settings(session.config(), group),
                                                      wiring::calendar_feeds(group, session.aws()));
                          const auto view = reader.view(session.now());
                          if (!view) return tl::unexpected(with_context(view.error(), "group " + group.name));
                          const auto what_if = insight::what_if(**view, changed, options.days);
                          if (!what_if) return tl::unexpected(with_context(what_if.error(), "group " + group.name));
                          print_notices(group.name, (*view)->problems);
                          insight::put_what_if(json, *what_if);
                          if (!common.json)
                            print_plan(group.name, *what_if, (*view)->calendar.calendar, options, console);
                          return {};
                        });
}

}  // namespace almanac::app

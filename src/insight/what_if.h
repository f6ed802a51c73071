#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "core/result.h"
#include "insight/event_changes.h"
#include "insight/group_view.h"
#include "insight/load_plan.h"

namespace almanac::insight {

// What the coming days need under the present calendar and under a changed one.
struct WhatIf {
  CapacityUnit unit = CapacityUnit::instances;  // of capacities and of the hours of them
  LoadPlan current;
  std::optional<LoadPlan> changed;
  std::string replaces;  // the calendar that the changed one takes the place of; empty: all of them, or none was given
  EventChanges events;   // of the coming days
  // Of the changed calendar, minimums above the maximum, events of which nothing is known, and a history that ended
  // more than a day ago.
  std::vector<calendar::Problem> problems;
};

struct ChangedCalendar {
  std::string text;  // JSON or iCalendar
  std::string name;  // of the file
};

inline constexpr int kMostPlanDays = 28;

// The changed calendar replaces the one of the group's that has its file name; else the only one there is; else the
// only one of its form (JSON or iCalendar); else all of them. Events of the past are both calendars': leaving old
// entries out of a new file does not make what they did unknown.
// invalid_input: a calendar of which nothing can be read, days out of bounds (1 to kMostPlanDays); unavailable with
// under two weeks of history; not_found where it ended more than two weeks ago.
Result<WhatIf> what_if(const GroupView& view, const std::optional<ChangedCalendar>& changed, int days);

// Percent that `changed` needs more than `current`; empty where that needs nothing.
std::optional<double> percent_more(const LoadPlan& current, const LoadPlan& changed);

}  // namespace almanac::insight

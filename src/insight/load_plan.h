#pragma once

#include <span>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "control/knowledge.h"
#include "core/time.h"
#include "records/decision_point.h"

namespace almanac::insight {

// What the days ahead are likely to need. Coarser than a tick's forecast (docs/algorithms.md, "Days ahead").
struct LoadPlan {
  Timestamp start{};
  Duration step{300};
  std::vector<double> q50, q90, q99;  // peak demand in the cover window from there, busy instances; kMissing: unknown
  std::vector<double> capacity;       // expected; instances
  double instance_hours = 0;          // of the steps whose capacity is known
  double most_needed = 0;             // the highest capacity that a step asks for before `max` bounds it
  Timestamp most_needed_at{};
  std::vector<std::string> untold;  // events of which nothing is known: they are taken to do nothing
  struct Expected {
    std::string event;  // name
    std::string words;  // "x4 as stated; no earlier event of this kind", "like earlier events of other kinds"
  };
  std::vector<Expected> expected;  // what each event of these days is taken to do, in order of their starts
};

struct PlanSettings {
  Duration cover_window{600};
  double utilisation = 0.8;
  double position = 12;  // of the price on planning::lambda_grid()
  int min = 1;
  int max = 1000;
};

// Plans [now, now + ahead), `now` the end of `known`. `calendar` holds the events of the past as well as the coming
// ones: what earlier ones did is what coming ones are expected to do. `recent` are the decisions of the last two weeks:
// how uncertain the ticks' forecasts were.
LoadPlan plan_load(const control::Knowledge& known, const calendar::Calendar& calendar,
                   std::span<const records::DecisionPoint> recent, const PlanSettings& settings, Duration ahead);

}  // namespace almanac::insight

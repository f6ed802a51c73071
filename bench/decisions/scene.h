#pragma once

#include <vector>

#include "calendar/calendar.h"
#include "core/row.h"
#include "simulation/backtest.h"
#include "simulation/plant.h"
#include "simulation/trace.h"

namespace almanac::bench {

// A trace, who scales it, and what is scored.
struct Scene {
  simulation::Trace trace;
  simulation::Plant plant;
  simulation::TestWindow window;
  calendar::Calendar calendar;
  std::vector<Row> collected;              // by a group under this load, for the tables of metrics
  std::vector<calendar::Event> new_kinds;  // events of kinds that never were before, for the table of statements

  TimeRange tested() const { return {trace.time_of(window.from), trace.time_of(window.to)}; }
  std::vector<calendar::Event> events() const {
    return calendar.between({trace.range().start - kDay, trace.range().end + kDay});
  }
};

}  // namespace almanac::bench

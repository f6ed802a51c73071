#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "calendar/event.h"
#include "core/result.h"
#include "core/time.h"
#include "simulation/plant.h"
#include "simulation/trace.h"

namespace almanac::simulation {

// A shop that does not exist, for the demo and for tests: what a believable service looks like to an autoscaler.
struct WorkloadOptions {
  std::uint64_t seed = 1;
  Timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 2 / 2}};  // the first Monday from this day on
  int history_weeks = 8;  // >= 1; in the default span clocks go forward on the day before the played weeks begin
  int played_weeks = 2;   // >= 0
  std::string timezone = "Europe/Paris";
  double busy_day_peak =
      700;  // requests/s at the top of an ordinary evening when the trace begins; sales reach three times that
  double weekly_growth = 0.02;
};

struct Workload {
  Trace trace;                          // requests/s per minute, and the metric network_in (bytes in the minute)
  Plant plant;                          // 70 requests/s an instance, 8 minutes to boot, 2 to 80 instances
  TimeRange history;                    // local midnight to local midnight
  TimeRange played;                     // what follows it, to the end of the trace
  std::string business_calendar;        // text of a business_calendar.json with every event
  std::vector<calendar::Event> events;  // the same, as the calendar reads it, ascending
  std::vector<TimeRange> flash_crowds;  // nobody announced them: they are in no calendar
  std::vector<TimeRange> outages;       // the load is there, but its metrics are missing
};

// Demand of options.history_weeks + options.played_weeks, the same bits for the same options on one machine:
//   daily and weekly season in local time, growth, day-to-day and minute-to-minute noise (lognormal, Poisson counts);
//   "flash-sale": two hours on most Thursdays, opening sharply; "weekend-sale": Saturday morning to Sunday night, every
//   third week; "campaign": a mail on every other Tuesday, a fast rise and a slow decay; one flash crowd and one
//   metrics outage in the history and, where anything is played, one each after it.
// invalid_input: an unknown time zone, or options out of bounds.
Result<Workload> make_workload(const WorkloadOptions& options = {});

}  // namespace almanac::simulation

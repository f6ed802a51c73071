#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/row.h"
#include "core/series.h"
#include "core/time.h"

namespace almanac::simulation {

// A recorded load, cut into minutes: what the plant plays and what every policy is judged on.
struct Trace {
  // The unit of `demand`. Costs and violating shares do not depend on it: the plant's unit capacity has the same unit.
  enum class Unit {
    requests_per_second,
    busy_instances,  // CPU-only traces: cpu% / 100 x in-service instances (one instance where the trace has no such
                     // column)
  };

  std::string name;  // in messages and reports: the file's name
  Unit unit = Unit::requests_per_second;
  Duration native_step{60};               // distance of the trace's own rows, 1 second to 1 hour
  Series demand;                          // step one minute; mean over the minute; NaN where the trace has no value
  std::map<std::string, Series> metrics;  // the other numeric columns by name, step = native_step, NaN = missing

  std::size_t minutes() const { return demand.size(); }
  TimeRange range() const { return {demand.start, demand.end()}; }
  // The minute that holds `t`; 0 before the trace, minutes() after it.
  std::size_t minute_at(Timestamp t) const;
  Timestamp time_of(std::size_t minute) const { return demand.time_at(minute); }
};

// Reads a trace from any text that a dataset::Table reads: a header with `timestamp` (also time, ...) first and
// `request_count` (count in the row's interval, from its timestamp on) or else `cpu_utilization` (%, also `cpu`), then
// rows on a regular grid of 1 second to 1 hour. An empty field and a row that is not there are missing values and stay
// missing. Rows of whole minutes are spread evenly over their minutes, shorter ones are averaged into the minute they
// start in. The arithmetic is the referee's (tests/referee/README.md). Errors (invalid_input) name `name`, the line,
// and what was expected: no such column, a time off the grid, out of order or twice, rows of several spacings, a value
// that is negative, infinite or not a number, a demand that is never above 0.
Result<Trace> parse_trace(std::string_view text, std::string_view name);

// Reads the file; its name without the folder becomes the trace's. not_found, permission_denied, invalid_input.
Result<Trace> load_trace(const std::string& path);

struct CollectOptions {
  Duration interval{300};
  // Scales a CPU-only trace to the plant: its rows say in_service_instances = 1 / unit_capacity (or the trace's own
  // count divided by it), so that cpu/100 x in-service is the demand in busy instances of the plant. Not used
  // otherwise.
  double unit_capacity = 1;
  std::string network_column = "network_in";  // the extra metric that plays the part of network_in
};

// The rows that production would have collected of `range` (cut to the trace): one for each interval of the UTC grid,
// ascending, is_sale_active missing. request_count is scaled up from the minutes that have a value, if at least half of
// the interval's have; request_peak is the highest 1-minute count x (interval in minutes), missing where the trace's
// own rows are as long as the interval or longer. Intervals of which nothing is known are left out.
std::vector<Row> collected_rows(const Trace& trace, TimeRange range, const CollectOptions& options = {});

}  // namespace almanac::simulation

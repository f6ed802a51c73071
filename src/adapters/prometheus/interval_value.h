#pragma once

#include <optional>

#include "adapters/prometheus/answer.h"
#include "core/time.h"

namespace almanac::adapters::prometheus {

// What the values of a query say of an interval.
struct IntervalValue {
  double mean = 0;
  std::optional<double> highest_minute;  // empty where values are farther apart than a minute

  bool operator==(const IntervalValue&) const = default;
};

// A value is of the time that ends at it: of (t - resolution, t], as rate(x[1m]) at t is of the minute before t. So an
// interval has the values after its start up to its end. Values closer than a minute make the mean of their minute; the
// mean of the interval is that of its minutes. A minute counts where at least half of its values are there, an interval
// where at least half of its minutes are; empty: not known, which is never 0. `points` are finite; `resolution` divides
// the minute or is whole minutes, and divides the interval.
std::optional<IntervalValue> interval_value(const Points& points, TimeRange interval, Duration resolution);

}  // namespace almanac::adapters::prometheus

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/row.h"
#include "core/series.h"
#include "core/time.h"

namespace almanac::forecast {

// What a group's rows say about demand, on the regular grid of its interval. All vectors have the same length; a gap or
// an unknown value is kMissing. Demand is in busy instances: what so many instances would serve at 100 % CPU. Demand
// does not depend on how many instances were running, CPU % does.
struct History {
  Timestamp start{};
  Duration interval{300};
  std::vector<double> mean;     // mean demand of the interval, busy instances
  std::vector<double> peak;     // highest 1-minute demand of the interval; the mean where no 1-minute values exist
  std::vector<double> network;  // bytes received per interval
  std::vector<double> active;   // active calendar events as they were collected

  std::size_t size() const { return mean.size(); }
  Timestamp end() const { return start + interval * static_cast<long long>(size()); }
  Timestamp time_at(std::size_t i) const { return start + interval * static_cast<long long>(i); }
};

// What one instance serves at 100 % CPU, requests/s: the median of request rate / busy instances over rows with all
// three metrics and a CPU between 10 and 90 % (an idle or a saturated instance says nothing). Empty with under 12 such
// rows.
std::optional<double> estimate_unit_capacity(std::span<const Row> rows, Duration interval);

// Rows (ascending, on the grid) to demand. With `unit_capacity` (requests/s of one instance at 100 % CPU) demand comes
// from request_count; rows without it, and groups without request counts, use CPU % / 100 x in-service instances.
// A history that reaches as far as `rows` do can be extended by add_rows(), which sets the intervals of these rows.
History build_history(std::span<const Row> rows, Duration interval, std::optional<double> unit_capacity);
void add_rows(History& history, std::span<const Row> rows, std::optional<double> unit_capacity);

}  // namespace almanac::forecast

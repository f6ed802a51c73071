#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/row.h"
#include "core/series.h"
#include "core/time.h"

namespace almanac::dataset {

// Rows on a regular grid, one for every interval: rows[i] starts at range.start + i * step. An interval about which
// nothing is known has a row whose values are all missing.
struct Grid {
  TimeRange range{};
  Duration step{300};
  std::vector<Row> rows;
  std::vector<TimeRange> gaps;  // the intervals without any row, joined to the longest stretches, ascending

  // One column as a series (missing = NaN).
  Series series(std::optional<double> Row::*field) const;
};

// Lays ascending rows that start on the grid of `step` onto it. Without `range` the grid reaches from the first row to
// the last; rows outside of a given range are left out, and its ends are widened to the grid.
Grid to_grid(std::span<const Row> rows, Duration step, std::optional<TimeRange> range = std::nullopt);

// Converts ascending rows, of which row i covers [start, start + lasts[i]), to rows of the grid of `to`; any positive
// lengths, rows off the grid too. Each new value is known when rows that know it cover at least half of its interval:
//   cpu_utilization, in_service_instances  the mean, weighted by overlap
//   network_in, request_count              each row's rate over what it covers, weighted by overlap, times `to` (a gap
//                                          inside an interval counts as its known part; missing is not zero)
//   is_sale_active, request_peak           the maximum over rows that overlap by half of the shorter one or more
// So intervals that are covered whole, by rows that do not overlap, hold together exactly the requests of those rows.
// request_peak is per 5 minutes whatever the step. Where it is missing, it is made from the request_count of rows of a
// minute or less: the highest 1-minute count x 5. Intervals without any value are left out. Rows on the grid that all
// last `to` come back as they were.
std::vector<Row> resample(std::span<const Row> rows, std::span<const Duration> lasts, Duration to);

// The same for rows that all last `from`.
std::vector<Row> resample(std::span<const Row> rows, Duration from, Duration to);

// "2 gaps, 3h25m in all, the longest 2026-11-27T08:00:00Z to 2026-11-27T11:00:00Z"; "no gaps".
std::string describe_gaps(std::span<const TimeRange> gaps);

}  // namespace almanac::dataset

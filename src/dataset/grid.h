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

// The spacing of ascending rows: the most frequent distance between neighbours, the shorter of two equally frequent
// ones. `interval` where that cannot tell: for fewer than two rows, when the most frequent distance is longer than
// `interval` and some neighbours are exactly `interval` apart (rows with many gaps), and when it is over a day.
Duration infer_step(std::span<const Row> rows, Duration interval);

// Lays ascending rows that start on the grid of `step` onto it. Without `range` the grid reaches from the first row to
// the last; rows outside of a given range are left out, and its ends are widened to the grid.
Grid to_grid(std::span<const Row> rows, Duration step, std::optional<TimeRange> range = std::nullopt);

// Converts ascending rows, each of which covers [start, start + from), to rows of the grid of `to`; any two positive
// steps, rows off the grid too. Each new value is known when rows that know it cover at least half of its interval:
//   cpu_utilization, in_service_instances  the mean, weighted by overlap
//   network_in, request_count              the mean rate, weighted by overlap, times `to` (a gap inside an interval
//                                          counts as its known part; missing is not zero)
//   is_sale_active, request_peak           the maximum over rows that overlap by half of the shorter step or more
// request_peak is per 5 minutes whatever the step. Where it is missing and `from` is a minute or less, it is made from
// request_count: the highest 1-minute count x 5. Intervals without any value are left out. With `from` == `to`, rows on
// the grid come back as they were.
std::vector<Row> resample(std::span<const Row> rows, Duration from, Duration to);

// "2 gaps, 3h25m in all, the longest 2026-11-27T08:00:00Z to 2026-11-27T11:00:00Z"; "no gaps".
std::string describe_gaps(std::span<const TimeRange> gaps);

}  // namespace almanac::dataset

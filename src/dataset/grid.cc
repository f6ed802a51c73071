#include "dataset/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "core/check.h"
#include "dataset/csv.h"

namespace almanac::dataset {
namespace {

enum class Kind { mean, sum, maximum };

// In the order of kFields.
constexpr std::array<Kind, kFields.size()> kKinds{Kind::mean,    Kind::sum,  Kind::sum,
                                                  Kind::maximum, Kind::mean, Kind::maximum};

// Gathers what overlaps one interval of the new grid.
struct Bin {
  struct Value {
    double weighted = 0;  // sum of value x seconds of overlap
    double amount = 0;    // sum of value x the part of its row that overlaps
    double seconds = 0;
    std::optional<double> maximum;  // of rows that overlap enough
    double any_maximum = 0;
  };
  std::array<Value, kFields.size()> values{};

  void add(const Row& row, Duration lasts, Duration overlap, bool enough) {
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      const auto& known = row.*kFields[i].member;
      if (!known) continue;
      Value& value = values[i];
      const double weighted = *known * static_cast<double>(overlap.count());
      value.weighted += weighted;
      value.amount += weighted / static_cast<double>(lasts.count());
      value.seconds += static_cast<double>(overlap.count());
      value.any_maximum = std::max(value.any_maximum, *known);
      if (enough) value.maximum = std::max(value.maximum.value_or(0), *known);
    }
  }

  std::optional<Row> to_row(Timestamp start, Duration to) const {
    Row row{};
    row.start = start;
    bool known = false;
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      const Value& value = values[i];
      if (value.seconds <= 0 || 2 * value.seconds < static_cast<double>(to.count())) continue;
      row.*kFields[i].member = kKinds[i] == Kind::mean  ? value.weighted / value.seconds
                               : kKinds[i] == Kind::sum ? value.amount * static_cast<double>(to.count()) / value.seconds
                                                        : value.maximum.value_or(value.any_maximum);
      known = true;
    }
    return known ? std::optional(row) : std::nullopt;
  }
};

std::vector<Row> resample_values(std::span<const Row> rows, std::span<const Duration> lasts, Duration to) {
  std::map<Timestamp, Bin> bins;  // the few that the rows still to come may touch
  std::vector<Row> result;
  const auto close_until = [&](Timestamp t) {
    while (!bins.empty() && bins.begin()->first + to <= t) {
      if (auto row = bins.begin()->second.to_row(bins.begin()->first, to)) result.push_back(*row);
      bins.erase(bins.begin());
    }
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    close_until(row.start);
    const Timestamp end = row.start + lasts[i];
    const Duration shorter = std::min(lasts[i], to);
    for (Timestamp bin = floor_to(row.start, to); bin < end; bin += to) {
      const Duration overlap = std::min(end, bin + to) - std::max(row.start, bin);
      bins[bin].add(row, lasts[i], overlap, 2 * overlap >= shorter);
    }
  }
  if (!bins.empty()) close_until(bins.rbegin()->first + to);
  return result;
}

// The highest 1-minute count x 5 of each interval of `to`, of rows of a minute or less, as rows that know request_peak
// alone.
std::vector<Row> peaks_of(std::span<const Row> rows, std::span<const Duration> lasts, Duration to) {
  std::vector<Row> fine;
  std::vector<Duration> fine_lasts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (lasts[i] > kMinute) continue;
    fine.push_back(rows[i]);
    fine_lasts.push_back(lasts[i]);
  }
  std::vector<Row> minutes = resample_values(fine, fine_lasts, kMinute);
  for (Row& minute : minutes) {
    Row peak{};
    peak.start = minute.start;
    if (minute.request_count) peak.request_peak = 5 * *minute.request_count;
    minute = peak;
  }
  return resample_values(minutes, std::vector<Duration>(minutes.size(), kMinute), to);
}

}  // namespace

Series Grid::series(std::optional<double> Row::*field) const {
  Series series{range.start, step, {}};
  series.values.reserve(rows.size());
  for (const Row& row : rows) series.values.push_back((row.*field).value_or(kMissing));
  return series;
}

Grid to_grid(std::span<const Row> rows, Duration step, std::optional<TimeRange> range) {
  ALMANAC_CHECK(step > Duration{0}, "a grid needs a positive step");
  if (!range) range = rows.empty() ? TimeRange{} : TimeRange{rows.front().start, rows.back().start + step};
  Grid grid{{floor_to(range->start, step), ceil_to(range->end, step)}, step, {}, {}};
  if (grid.range.empty()) return grid;
  grid.rows.reserve(static_cast<std::size_t>(grid.range.duration() / step));
  auto row = std::lower_bound(rows.begin(), rows.end(), grid.range.start,
                              [](const Row& r, Timestamp t) { return r.start < t; });
  for (Timestamp t = grid.range.start; t < grid.range.end; t += step) {
    Row here{};
    here.start = t;
    if (row != rows.end() && row->start < t + step) {
      ALMANAC_CHECK(row->start == t, "rows start on the grid; resample() brings others there");
      here = *row++;
    } else if (!grid.gaps.empty() && grid.gaps.back().end == t) {
      grid.gaps.back().end = t + step;
    } else {
      grid.gaps.push_back({t, t + step});
    }
    grid.rows.push_back(here);
  }
  return grid;
}

std::vector<Row> resample(std::span<const Row> rows, std::span<const Duration> lasts, Duration to) {
  ALMANAC_CHECK(to > Duration{0} && lasts.size() == rows.size(), "a grid needs a positive step, each row a length");
  ALMANAC_CHECK(std::all_of(lasts.begin(), lasts.end(), [](Duration d) { return d > Duration{0}; }), "a row lasts");
  const auto on_grid = [&](const Row& row) { return floor_to(row.start, to) == row.start; };
  const auto whole = [&](Duration d) { return d == to; };
  if (std::all_of(lasts.begin(), lasts.end(), whole) && std::all_of(rows.begin(), rows.end(), on_grid))
    return {rows.begin(), rows.end()};
  std::vector<Row> result = resample_values(rows, lasts, to);
  if (to < kMinute) return result;
  const std::vector<Row> peaks = peaks_of(rows, lasts, to);
  auto peak = peaks.begin();
  for (Row& row : result) {
    while (peak != peaks.end() && peak->start < row.start) ++peak;
    if (peak != peaks.end() && peak->start == row.start && !row.request_peak) row.request_peak = peak->request_peak;
  }
  return result;
}

std::vector<Row> resample(std::span<const Row> rows, Duration from, Duration to) {
  ALMANAC_CHECK(from > Duration{0}, "a row lasts");
  return resample(rows, std::vector<Duration>(rows.size(), from), to);
}

std::string describe_gaps(std::span<const TimeRange> gaps) {
  if (gaps.empty()) return "no gaps";
  Duration total{0};
  for (const TimeRange& gap : gaps) total += gap.duration();
  const auto longest = std::max_element(
      gaps.begin(), gaps.end(), [](const TimeRange& a, const TimeRange& b) { return a.duration() < b.duration(); });
  return fmt::format("{} gap{}, {} in all, the longest {} to {}", gaps.size(), gaps.size() == 1 ? "" : "s",
                     format_duration(total), format_timestamp(longest->start), format_timestamp(longest->end));
}

}  // namespace almanac::dataset

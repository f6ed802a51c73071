#pragma once

// Metrics that agree with each other, for tests that let them disagree, and what was made of them.

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "dataset/credibility.h"

namespace almanac::dataset {

inline constexpr Duration kFive{300};
inline constexpr double kUnit = 50;  // requests/s of one instance at 100 % CPU
inline const Timestamp kMonday = *parse_timestamp("2026-11-02T00:00Z");

// 0 at midnight, 1 at noon.
inline double height_of_day(Timestamp t) {
  const double day = static_cast<double>(t.time_since_epoch().count() % 86400) / 86400;
  return 0.5 - 0.5 * std::cos(6.2831853 * day);
}

// A group of ten whose CPU goes from 20 % at night to 70 % at noon, with the requests that make it.
inline Row honest(Timestamp t) {
  Row row;
  row.start = t;
  row.cpu_utilization = 20 + 50 * height_of_day(t);
  row.in_service_instances = 10;
  row.request_count = *row.cpu_utilization / 100 * 10 * kUnit * 300;
  row.request_peak = *row.request_count * 1.2;
  row.network_in = *row.request_count * 800;
  return row;
}

// Visitors by day only: under two requests a minute, and nobody from 22 to 6 o'clock.
inline Row quiet(Timestamp t) {
  Row row;
  row.start = t;
  const auto hour = (t.time_since_epoch().count() % 86400) / 3600;
  const bool night = hour >= 22 || hour < 6;
  row.cpu_utilization = night ? 1.5 : 3.0;
  row.in_service_instances = 2;
  row.request_count = night ? 0 : 8;
  row.network_in = night ? 2e4 : 9e4;
  return row;
}

inline std::vector<Row> rows_of(Duration length, const std::function<Row(Timestamp)>& row, Timestamp from = kMonday) {
  std::vector<Row> rows;
  for (Timestamp t = from; t < from + length; t += kFive) rows.push_back(row(t));
  return rows;
}

inline std::vector<Row> rows_of(Duration length, const std::function<void(Row&)>& change) {
  return rows_of(length, [&](Timestamp t) {
    Row row = honest(t);
    change(row);
    return row;
  });
}

inline Judged judged(const std::vector<Row>& rows, std::optional<double> unit = kUnit) {
  return judge(rows, {kFive, unit, true});
}

inline std::vector<Doubt> kinds(const Judged& judged) {
  std::vector<Doubt> found;
  for (const Doubted& each : summed_up(judged.doubts)) found.push_back(each.doubt);
  return found;
}

inline std::size_t known(const Judged& judged, std::optional<double> Row::*column) {
  return static_cast<std::size_t>(
      std::count_if(judged.rows.begin(), judged.rows.end(), [&](const Row& row) { return (row.*column).has_value(); }));
}

}  // namespace almanac::dataset

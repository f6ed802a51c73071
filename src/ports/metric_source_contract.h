#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "ports/metric_source.h"

namespace almanac::ports {

// The intervals of the contract's range that the source does not know, by their starts.
struct MetricGaps {
  std::vector<Timestamp> unknown;      // nothing at all
  std::vector<Timestamp> no_requests;  // no request counts, but something else
};

// What every MetricSource must keep (metric_source.h), checked on one that knows something about `covered`: a range
// aligned to `interval`, of at least two finished intervals, after which nothing is known yet or has finished.
inline void expect_metric_source_contract(MetricSource& source, TimeRange covered, Duration interval,
                                          const MetricGaps& gaps = {}) {
  const auto rows = source.read(covered, interval);
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  ASSERT_FALSE(rows->empty());
  Timestamp previous = covered.start - interval;
  for (const Row& row : *rows) {
    EXPECT_TRUE(covered.contains(row.start)) << format_timestamp(row.start);
    EXPECT_EQ(floor_to(row.start, interval), row.start) << "off the grid: " << format_timestamp(row.start);
    EXPECT_GT(row.start, previous) << "ascending, each interval once";
    previous = row.start;
    EXPECT_FALSE(row.is_sale_active.has_value()) << "the calendar is the collector's business";
    Row nothing;
    nothing.start = row.start;
    EXPECT_NE(row, nothing) << "a row about which nothing is known";
    for (const auto& value :
         {row.cpu_utilization, row.network_in, row.request_count, row.in_service_instances, row.request_peak})
      EXPECT_GE(value.value_or(0), 0) << format_timestamp(row.start);
    EXPECT_LE(row.cpu_utilization.value_or(0), 100);
  }

  // Missing is missing, not zero.
  const auto row_at = [&](Timestamp start) {
    return std::find_if(rows->begin(), rows->end(), [&](const Row& row) { return row.start == start; });
  };
  for (const Timestamp start : gaps.unknown) {
    EXPECT_EQ(row_at(start), rows->end()) << "nothing is known of " << format_timestamp(start);
  }
  for (const Timestamp start : gaps.no_requests) {
    const auto row = row_at(start);
    ASSERT_NE(row, rows->end()) << "something is known of " << format_timestamp(start);
    EXPECT_FALSE(row->request_count || row->request_peak) << format_timestamp(start);
  }

  // Neither is anything told that has not finished, nor does asking for it change what is told of the rest.
  const auto beyond = source.read({covered.start, covered.end + 3 * interval}, interval);
  ASSERT_TRUE(beyond.has_value()) << beyond.error().message;
  EXPECT_EQ(*beyond, *rows);

  // What is asked in two parts is the same as what is asked at once, and asking changes nothing.
  const Timestamp middle = floor_to(covered.start + covered.duration() / 2, interval);
  auto parts = source.read({covered.start, middle}, interval);
  const auto rest = source.read({middle, covered.end}, interval);
  ASSERT_TRUE(parts.has_value() && rest.has_value());
  parts->insert(parts->end(), rest->begin(), rest->end());
  EXPECT_EQ(*parts, *rows);

  const auto none = source.read({covered.start, covered.start}, interval);
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->empty());
}

}  // namespace almanac::ports

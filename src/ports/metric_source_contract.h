#pragma once

#include <gtest/gtest.h>

#include "ports/metric_source.h"

namespace almanac::ports {

// What every MetricSource must keep (metric_source.h), checked on one that knows something about `covered`: a range
// aligned to `interval`, of at least two finished intervals.
inline void expect_metric_source_contract(MetricSource& source, TimeRange covered, Duration interval) {
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

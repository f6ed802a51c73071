#include "forecast/history.h"

#include <gtest/gtest.h>

#include <cmath>

namespace almanac::forecast {
namespace {

constexpr Timestamp kStart{Duration{1'800'000'000}};
constexpr Duration kFive{300};

Row row_at(int i) {
  return {.start = kStart + kFive * i};
}

TEST(BuildHistory, TurnsRequestsIntoBusyInstances) {
  Row row = row_at(0);
  row.request_count = 60'000;  // 200 requests/s
  row.request_peak = 75'000;   // the busiest minute x 5: 250 requests/s
  row.cpu_utilization = 99.0;  // what we decided, not what was asked for: not used
  row.in_service_instances = 1;
  const auto history = build_history(std::span(&row, 1), kFive, 50.0);
  EXPECT_DOUBLE_EQ(history.mean[0], 4.0);  // 200 / 50
  EXPECT_DOUBLE_EQ(history.peak[0], 5.0);
}

TEST(BuildHistory, UsesCpuTimesInstancesWhereNoRequestsAreCounted) {
  Row row = row_at(0);
  row.cpu_utilization = 60.0;
  row.in_service_instances = 5;
  EXPECT_DOUBLE_EQ(build_history(std::span(&row, 1), kFive, std::nullopt).mean[0], 3.0);
}

TEST(BuildHistory, LeavesGapsMissingNeverZero) {
  const std::vector<Row> rows = {row_at(0), row_at(3)};
  const auto history = build_history(rows, kFive, std::nullopt);
  ASSERT_EQ(history.size(), 4u);
  for (const double demand : history.mean) EXPECT_TRUE(is_missing(demand));
  EXPECT_EQ(history.end(), kStart + kFive * 4);
}

TEST(EstimateUnitCapacity, IsTheMedianOverRowsWhoseCpuSaysSomething) {
  std::vector<Row> rows;
  for (int i = 0; i < 20; ++i) {
    Row row = row_at(i);
    row.cpu_utilization = 50;
    row.in_service_instances = 4;
    row.request_count = 30'000;  // 100 requests/s on 2 busy instances: 50 each
    rows.push_back(row);
  }
  rows[0].cpu_utilization = 100;  // saturated: the requests that were served say nothing about capacity
  rows[1].request_count = 300'000;
  EXPECT_DOUBLE_EQ(*estimate_unit_capacity(rows, kFive), 50.0);
  EXPECT_FALSE(estimate_unit_capacity(std::span(rows).first(11), kFive));
}

}  // namespace
}  // namespace almanac::forecast

#include "insight/quality.h"

#include <gtest/gtest.h>

#include "insight/test_group.h"

namespace almanac::insight {
namespace {

records::DecisionPoint forecast_at(Timestamp now, double q50, double q90, double q99) {
  auto point = records::point_of(test_record(now, 10, 10));
  point.q50 = q50, point.q90 = q90, point.q99 = q99;
  return point;
}

// Four windows of two intervals; what came were 10 busy instances throughout.
TEST(QualityTest, CountsWhatStayedWithinEachQuantileNearEventsAndAway) {
  std::vector<Row> rows;
  for (int i = 0; i < 48; ++i) rows.push_back(test_row(kTestNow + i * kTestInterval, 10, 20));
  const auto known = control::know(rows, test_settings(), kTestNow + 48 * kTestInterval);
  calendar::Event sale;
  sale.span = {kTestNow + 3 * kHour, kTestNow + 4 * kHour};
  const std::vector points{
      forecast_at(kTestNow, 11, 12, 13),                              // all hold
      forecast_at(kTestNow + kHour, 9, 11, 13),                       // above the median
      forecast_at(kTestNow + 2 * kHour, 8, 9, 9.5),                   // above all
      forecast_at(kTestNow + 3 * kHour - kTestInterval, 9, 9.5, 11),  // near the sale, above q90
      forecast_at(kTestNow + 4 * kHour - kTestInterval, 11, 12, 13),  // its window is not over
      forecast_at(kTestNow + kHour, kMissing, kMissing, kMissing),    // nothing was forecast
  };
  const auto quality = judge(known, points, std::vector{sale});
  EXPECT_EQ(quality.windows, 4);
  EXPECT_EQ(quality.near, 1);
  EXPECT_DOUBLE_EQ(*quality.coverage[0].away, 1.0 / 3);
  EXPECT_DOUBLE_EQ(*quality.coverage[1].away, 2.0 / 3);
  EXPECT_DOUBLE_EQ(*quality.coverage[2].away, 2.0 / 3);
  EXPECT_DOUBLE_EQ(*quality.coverage[1].near, 0);
  EXPECT_DOUBLE_EQ(*quality.coverage[2].near, 1);
}

TEST(QualityTest, WithoutWindowsThereIsNoShare) {
  const auto quality = judge(control::know({}, test_settings(), kTestNow), {}, {});
  EXPECT_EQ(quality.windows, 0);
  EXPECT_EQ(quality.coverage[0].near, std::nullopt);
  EXPECT_EQ(quality.coverage[0].away, std::nullopt);
}

}  // namespace
}  // namespace almanac::insight

#include "insight/savings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "insight/load_trace.h"
#include "insight/test_group.h"
#include "simulation/trace.h"

namespace almanac::insight {
namespace {

using testing::HasSubstr;

std::vector<records::DecisionPoint> decisions(Timestamp from, Timestamp to, int desired) {
  std::vector<records::DecisionPoint> points;
  for (Timestamp t = from; t < to; t += kTestInterval)
    points.push_back(records::point_of(test_record(t, desired, desired)));
  return points;
}

TEST(LoadTraceTest, CollectedAgainItIsTheRowsItWasMadeOf) {
  auto rows = test_rows_of(kTestNow - kDay, kTestNow);
  for (auto& row : rows) row.request_peak = *row.request_peak * 1.2;
  rows.erase(rows.begin() + 7);
  const auto known = control::know(rows, test_settings(), kTestNow);
  const auto trace = load_trace(known, {kTestNow - kDay, kTestNow});
  EXPECT_EQ(trace.minutes(), 1440U);
  EXPECT_TRUE(is_missing(trace.demand.values[7 * 5]));
  const auto again = simulation::collected_rows(trace, trace.range());
  const auto history = forecast::build_history(again, kTestInterval, 1.0);
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (is_missing(known.history.mean[i])) continue;
    EXPECT_NEAR(history.mean[i], known.history.mean[i], 1e-9);
    EXPECT_NEAR(history.peak[i], known.history.peak[i], 1e-9);
  }
}

// 20 instances where load needs 4 to 16 busy ones: nothing violates (16 / 0.8 = 20), a day costs 480 instance-hours.
TEST(SavingsTest, AlmanacsSideIsWhatWasInService) {
  const auto known = control::know(test_rows_of(kTestNow - 4 * kDay, kTestNow), test_settings(), kTestNow);
  const auto points = decisions(kTestNow - 2 * kDay, kTestNow, 20);
  const auto savings = compare_with_tracking(known, points, {kTestNow - 14 * kDay, kTestNow}, {});
  ASSERT_TRUE(savings);
  EXPECT_EQ(savings->range.start, kTestNow - 2 * kDay);
  EXPECT_NEAR(savings->instance_hours, 960, 1e-6);
  EXPECT_EQ(savings->violating_share, 0);
  EXPECT_TRUE(savings->carried_out);
  EXPECT_TRUE(savings->tracking_keeps);
  EXPECT_LE(savings->tracking_share, 0.001);
  // Following the load costs less than the most it needs all day.
  EXPECT_LT(savings->tracking_hours, 960);
  EXPECT_GT(savings->tracking_hours, 480 / 0.8);
  EXPECT_THAT(note_of(*savings, {}), HasSubstr("keeps the objective"));
}

TEST(SavingsTest, WhoLetMoreThroughIsComparedWithAPeerThatMayToo) {
  const auto known = control::know(test_rows_of(kTestNow - 4 * kDay, kTestNow), test_settings(), kTestNow);
  auto points = decisions(kTestNow - 2 * kDay, kTestNow, 10);
  for (auto& point : points) point.mode = planning::Mode::observe;
  const auto savings = compare_with_tracking(known, points, {kTestNow - 14 * kDay, kTestNow}, {}).value();
  EXPECT_FALSE(savings.carried_out);
  EXPECT_NEAR(savings.instance_hours, 480, 5);
  EXPECT_GT(*savings.violating_share, 0.3);
  EXPECT_DOUBLE_EQ(savings.allowed, *savings.violating_share);
  EXPECT_THAT(note_of(savings, {}), HasSubstr("no more through than Almanac did"));
}

TEST(SavingsTest, UnderADayOfDecisionsThereIsNothingToCompare) {
  const auto known = control::know(test_rows_of(kTestNow - 4 * kDay, kTestNow), test_settings(), kTestNow);
  const auto points = decisions(kTestNow - 5 * kHour, kTestNow, 20);
  EXPECT_EQ(compare_with_tracking(known, points, {kTestNow - kWeek, kTestNow}, {}).error().code,
            ErrorCode::unavailable);
  EXPECT_EQ(compare_with_tracking(known, {}, {kTestNow - kWeek, kTestNow}, {}).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace almanac::insight

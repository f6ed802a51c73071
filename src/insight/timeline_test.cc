#include "insight/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "insight/test_group.h"
#include "planning/accountant.h"

namespace almanac::insight {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::NanSensitiveDoubleEq;

constexpr double kNone = kMissing;

control::Knowledge known_of(const std::vector<Row>& rows, Timestamp until) {
  return control::know(rows, test_settings(), until);
}

records::DecisionPoint point(Timestamp now, int desired, planning::Mode mode = planning::Mode::own) {
  auto record = test_record(now, desired, desired);
  record.mode = mode;
  return records::point_of(record);
}

TEST(TimelineTest, JoinsRowsAndDecisionsByTheInterval) {
  const Timestamp t = kTestNow;
  const auto known = known_of({test_row(t, 8, 10), test_row(t + kTestInterval, 9, 11)}, t + 2 * kTestInterval);
  const std::vector points{point(t, 10), point(t + kTestInterval, 12)};
  const auto line = make_timeline(known, points, {t - kTestInterval, t + 3 * kTestInterval}, 0.8);
  EXPECT_EQ(line.start, t - kTestInterval);
  EXPECT_THAT(line.demand, ElementsAre(NanSensitiveDoubleEq(kNone), 8, 9, NanSensitiveDoubleEq(kNone)));
  EXPECT_THAT(line.desired, ElementsAre(NanSensitiveDoubleEq(kNone), 10, 12, NanSensitiveDoubleEq(kNone)));
  EXPECT_THAT(line.q90, ElementsAre(NanSensitiveDoubleEq(kNone), 12, 12, NanSensitiveDoubleEq(kNone)));
  EXPECT_EQ(line.health[0], std::nullopt);
  EXPECT_EQ(line.health[1], Health::full);
}

// 80 % of 10 instances is 8; a mean of 9 violates whole, a peak minute of 9 over a mean of 5 by a fifth of 9.
TEST(TimelineTest, WhatViolatesIsWhatTheErrorBudgetCounts) {
  const Timestamp t = kTestNow;
  Row peaky = test_row(t + kTestInterval, 5, 10);
  peaky.request_peak = 9 * 100 * 300.0;
  const std::vector rows{test_row(t, 9, 10), peaky, test_row(t + 2 * kTestInterval, 8, 10)};
  const auto known = known_of(rows, t + 3 * kTestInterval);
  const std::vector points{point(t, 10)};
  const auto line = make_timeline(known, points, {t, t + 3 * kTestInterval}, 0.8);
  EXPECT_THAT(line.violating, ElementsAre(9, testing::DoubleEq(9.0 / 5), 0));
  double budget = 0;
  for (const auto& spent : planning::consumption(planning::load_of(known.history), known.in_service, 0.8, t))
    budget += spent.violating;
  const auto sum = realised(line);
  EXPECT_DOUBLE_EQ(sum.violating, budget);
  EXPECT_DOUBLE_EQ(*sum.share(), budget / 22);
}

TEST(TimelineTest, WhoOnlyWatchesIsJudgedByWhatWouldHaveBeenInService) {
  const Timestamp t = kTestNow;
  const std::vector rows{test_row(t, 9, 10), test_row(t + kTestInterval, 9, 10),
                         test_row(t + 2 * kTestInterval, 9, 10)};
  const auto known = known_of(rows, t + 3 * kTestInterval);
  // Asked for at t, in service a lead time (one interval) later.
  const std::vector points{point(t - kTestInterval, 10, planning::Mode::observe),
                           point(t, 20, planning::Mode::observe)};
  const auto line = make_timeline(known, points, {t, t + 3 * kTestInterval}, 0.8);
  EXPECT_THAT(line.counted, ElementsAre(10, 20, 20));
  EXPECT_THAT(line.violating, ElementsAre(9, 0, 0));
}

TEST(TimelineTest, BeforeTheFirstDecisionNothingIsCounted) {
  const auto known = known_of({test_row(kTestNow, 9, 10)}, kTestNow + kTestInterval);
  const auto line = make_timeline(known, {}, {kTestNow, kTestNow + kTestInterval}, 0.8);
  EXPECT_THAT(line.violating, ElementsAre(NanSensitiveDoubleEq(kNone)));
  EXPECT_EQ(realised(line).share(), std::nullopt);
}

TEST(TimelineTest, LongerStepsTakeMeansMaximaAndTheLast) {
  const Timestamp t = floor_to(kTestNow, kHour);
  const auto known = known_of({test_row(t, 8, 10), test_row(t + 2 * kTestInterval, 10, 20)}, t + 4 * kTestInterval);
  const std::vector points{point(t, 10), point(t + kTestInterval, 12), point(t + 2 * kTestInterval, 11)};
  const auto coarse = aggregate(make_timeline(known, points, {t, t + 4 * kTestInterval}, 0.8), 2 * kTestInterval);
  EXPECT_THAT(coarse.demand, ElementsAre(8, 10));  // the missing rows are no zeros
  EXPECT_THAT(coarse.desired, ElementsAre(12, 11));
  EXPECT_THAT(coarse.in_service, ElementsAre(12, 20));  // as the second decision found it, where the row is missing
  EXPECT_THAT(coarse.q99, ElementsAre(15, 15));
}

TEST(TimelineTest, AnEmptyRangeIsAnEmptyLine) {
  const auto known = known_of({test_row(kTestNow, 8, 10)}, kTestNow + kTestInterval);
  EXPECT_THAT(make_timeline(known, {}, {kTestNow, kTestNow}, 0.8).demand, IsEmpty());
}

}  // namespace
}  // namespace almanac::insight

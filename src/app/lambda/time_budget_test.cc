#include "app/lambda/time_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::app {
namespace {

constexpr Timestamp kNow{Duration{1'764'000'000}};

TEST(TimeBudget, NeedsItsMinimum) {
  const TimeBudget budget(Duration{20});
  EXPECT_TRUE(budget.check(kNow, kNow + Duration{20}));
  const auto refused = budget.check(kNow, kNow + Duration{2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::timed_out);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("2s left before the function's time-out, 20s needed"));
}

TEST(TimeBudget, LearnsFromTheLongestWork) {
  TimeBudget budget(Duration{20});
  budget.took(Duration{40});
  budget.took(Duration{4});
  // 40 s and half of it again.
  EXPECT_FALSE(budget.check(kNow, kNow + Duration{59}));
  EXPECT_TRUE(budget.check(kNow, kNow + Duration{60}));
}

TEST(TimeBudget, ADeadlineThatIsOverOrMissing) {
  const TimeBudget budget(Duration{20});
  EXPECT_THAT(budget.check(kNow, kNow - Duration{5}).error().message, testing::HasSubstr("0s left"));
  EXPECT_TRUE(budget.check(kNow, std::nullopt));
}

}  // namespace
}  // namespace almanac::app

#include "planning/limits.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace almanac::planning {
namespace {

TEST(Limits, TheNarrowerOfBothHold) {
  EXPECT_EQ(within_group({2, 20}, {1, 40}), (Limits{2, 20}));
  EXPECT_EQ(within_group({1, 40}, {2, 20}), (Limits{2, 20}));
  EXPECT_EQ(within_group({1, 20}, {2, 40}), (Limits{2, 20}));
}

TEST(Limits, WithNothingInCommonTheGroupsCount) {
  EXPECT_EQ(within_group({1, 3}, {5, 9}), (Limits{5, 5}));
  EXPECT_EQ(within_group({12, 20}, {5, 9}), (Limits{9, 9}));
}

RC_GTEST_PROP(LimitsProperty, LeaveSomethingWhateverIsGiven, ()) {
  const auto any = [] { return *rc::gen::inRange(0, 50); };
  const Limits stated{any(), any()}, group{any(), any()};
  const Limits left = within_group(stated, group);
  RC_ASSERT(left.min <= left.max);
  RC_ASSERT(left.min >= group.min);
}

}  // namespace
}  // namespace almanac::planning

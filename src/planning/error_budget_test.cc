#include "planning/error_budget.h"

#include <gtest/gtest.h>

namespace almanac::planning {
namespace {

constexpr Timestamp kStart{Duration{1'000'000'800}};  // on an hour: 1000000800 = 277778 * 3600

std::vector<Consumption> hours(int count, double violating_per_interval) {
  std::vector<Consumption> consumption;
  for (int i = 0; i <= count * 12; ++i)  // one interval of the next hour closes the last one
    consumption.push_back({kStart + Duration{300 * i}, 1.0, violating_per_interval});
  return consumption;
}

TEST(LambdaGrid, RisesFrom0Point6To30000In26Points) {
  const auto grid = lambda_grid();
  ASSERT_EQ(grid.size(), 26u);
  EXPECT_DOUBLE_EQ(grid[0], 0.6);
  EXPECT_NEAR(grid[21], 120, 1e-9);
  EXPECT_DOUBLE_EQ(grid[25], 30000);
  for (std::size_t i = 1; i < grid.size(); ++i) EXPECT_GT(grid[i], grid[i - 1]);
}

TEST(ErrorBudget, StartsDearerForAStricterObjective) {
  EXPECT_DOUBLE_EQ(initial_budget(0.001).position, 16);
  EXPECT_NEAR(initial_budget(0.01).position, 11, 1e-9);
}

TEST(ErrorBudget, AnHourWithoutViolationsLowersThePriceByTheGain) {
  // First hour: gain = 0.02 / 6 * 3 = 0.01; nothing spent, demand as on average: position 16 - 0.01.
  const auto budget = count_hours(initial_budget(0.001), hours(1, 0.0), 0.001, 12.0);
  EXPECT_NEAR(budget.position, 16 - 0.01, 1e-12);
  EXPECT_EQ(*budget.counted_until, kStart + kHour);
}

TEST(ErrorBudget, AViolatingHourRaisesThePriceButOneDisasterIsCapped) {
  // 0.5 % violating, where half of 0.1 % is the aim: spent 10 budgets, minus the one earned: + 9 * 0.01.
  EXPECT_NEAR(count_hours(initial_budget(0.001), hours(1, 0.005), 0.001, 12.0).position, 16 + 9 * 0.01, 1e-9);
  // Everything violating would be 2000 budgets; 300 are counted: + 299 * 0.01.
  EXPECT_NEAR(count_hours(initial_budget(0.001), hours(1, 1.0), 0.001, 12.0).position, 16 + 299 * 0.01, 1e-9);
}

TEST(ErrorBudget, CountsEveryHourOnceHoweverOftenItIsShown) {
  const auto once = count_hours(initial_budget(0.001), hours(3, 0.002), 0.001, 12.0);
  EXPECT_EQ(count_hours(once, hours(3, 0.002), 0.001, 12.0), once);
}

TEST(ErrorBudget, HoldsStillWhereHalfOfTheObjectiveIsSpent) {
  EXPECT_NEAR(count_hours(initial_budget(0.01), hours(20, 0.005), 0.01, 12.0).position, 11, 1e-9);
}

}  // namespace
}  // namespace almanac::planning

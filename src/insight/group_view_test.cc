#include "insight/group_view.h"

#include <gtest/gtest.h>

#include "control/explain.h"
#include "planning/error_budget.h"

namespace almanac::insight {
namespace {

TEST(GroupView, AFixedPriceIsShownAsItIs) {
  GroupView view;
  const auto grid = planning::lambda_grid();
  for (const double price : {grid[2], (grid[2] + grid[3]) / 2}) {
    view.settings.policy.fixed_lambda = price;
    EXPECT_NEAR(control::price_at(view.price_position()), price, 1e-9 * price);
  }
}

TEST(GroupView, LimitsAreTheGroupsAndTheSettingsTogether) {
  GroupView view;
  view.settings.policy.min = 2;
  view.settings.policy.max = 40;
  EXPECT_EQ(view.limits(), (planning::Limits{2, 40})) << "before the first decision the group's are not known";
  view.latest.emplace();
  view.latest->group.emplace();
  view.latest->group->min = 4;
  view.latest->group->max = 30;
  EXPECT_EQ(view.limits(), (planning::Limits{4, 30}));
}

}  // namespace
}  // namespace almanac::insight

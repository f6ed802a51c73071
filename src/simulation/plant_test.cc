#include "simulation/plant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>

namespace almanac::simulation {
namespace {

using testing::ElementsAre;

Plant plant_of(double unit_capacity, int boot) {
  Plant plant;
  plant.unit_capacity = unit_capacity;
  plant.boot = boot;
  return plant;
}

TEST(Quantile, InterpolatesAsNumpyDoes) {
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.4), 2.2);  // position 0.4 x 3 = 1.2: 2 + 0.2 x (3 - 2)
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 1), 4);
  EXPECT_DOUBLE_EQ(quantile({7}, 0.999), 7);
}

TEST(UnitCapacity, PutsTheTopOfFiveMinuteMeansAtFortyInstances) {
  // Means 28 and 56; the 99.9 % quantile is 28 + 0.999 x 28 = 55.972; 40 instances at 70 % serve 28 units of c.
  const std::vector<double> demand = {28, 28, kMissing, 28, 28, 28, 56, 56, 56, 56, 56, 9};
  EXPECT_DOUBLE_EQ(unit_capacity(demand), 55.972 / 28);
  EXPECT_EQ(unit_capacity(std::vector<double>{1, 2, 3}), 0);
}

TEST(Need, RoundsUpAtTheObjective) {
  const Plant plant = plant_of(10, 0);  // one instance may serve 8
  EXPECT_EQ(need(0, plant), 1);
  EXPECT_EQ(need(8, plant), 1);
  EXPECT_EQ(need(8.1, plant), 2);
  EXPECT_EQ(need(24.000000001, plant), 3);  // rounding error is not an instance
}

TEST(Plant, ServesAfterTheBootAndDropsAtOnce) {
  const std::vector<int> desired = {2, 5, 5, 5, 3, 6, 6, 6};
  EXPECT_THAT(ready_from_desired(desired, 2), ElementsAre(2, 2, 2, 5, 3, 3, 3, 6));
  EXPECT_THAT(ready_from_desired(desired, 0), testing::ElementsAreArray(desired));
}

TEST(Score, AddsUpWhatWasPaidAndWhatArrivedTooEarly) {
  // c = 10, objective 0.8: an instance serves 8 in peace, 10 at most. Boot 1.
  // minute      0  1   2        3   4
  // demand      8  16  25       -   4
  // desired     1  2   2        9   1
  // ready       1  1   2        2   1
  // over 8 x ready?  no yes yes(25 > 16)  no;   over 10 x ready? no yes(16 > 10) yes(25 > 20)
  const std::vector<double> demand = {8, 16, 25, kMissing, 4};
  const std::vector<int> desired = {1, 2, 2, 9, 1};
  const Score result = score(demand, desired, plant_of(10, 1), 0, 5);
  EXPECT_DOUBLE_EQ(result.violating_share, (16 + 25) / 53.0);
  EXPECT_DOUBLE_EQ(result.saturated_share, (16 + 25) / 53.0);
  EXPECT_EQ(result.violation_minutes, 2);
  EXPECT_EQ(result.minutes, 4);
  EXPECT_DOUBLE_EQ(result.instance_hours, (1 + 2 + 2 + 1) / 60.0);
  EXPECT_DOUBLE_EQ(result.cost, 6.0 / (1 + 2 + 4 + 1));
  EXPECT_DOUBLE_EQ(result.changes_per_day, 2 / (4 / 1440.0));  // 1 -> 2 and 2 -> 1; the unscored minute is skipped

  const Score later = score(demand, desired, plant_of(10, 1), 1, 2);
  EXPECT_EQ(later.minutes, 1);
  EXPECT_DOUBLE_EQ(later.violating_share, 1);  // what was decided before the window still boots within it
}

TEST(Front, KeepsWhatNobodyBeats) {
  const std::vector<FrontPoint> points = {{0.02, 1.1}, {0.0, 2.0}, {0.01, 1.5}, {0.01, 1.6}, {0.015, 1.7}, {0.05, 1.1}};
  EXPECT_THAT(front(points), ElementsAre(FrontPoint{0.0, 2.0}, FrontPoint{0.01, 1.5}, FrontPoint{0.02, 1.1}));
  EXPECT_DOUBLE_EQ(*cost_at(points, 0.005), 1.75);  // halfway from 2.0 to 1.5
  EXPECT_DOUBLE_EQ(*cost_at(points, 0.01), 1.5);
  EXPECT_DOUBLE_EQ(*cost_at(points, 0.9), 1.1);
  EXPECT_FALSE(cost_at({{0.02, 1.1}}, 0.01).has_value());
  EXPECT_FALSE(cost_at({}, 0.01).has_value());
}

TEST(PlantState, CutsToItsLimitsAndRoundsUp) {
  Plant plant = plant_of(1, 0);
  plant.min = 2;
  plant.max = 5;
  PlantState state(plant, 0);
  EXPECT_EQ(state.desired(), 2);
  state.set(3.2);
  EXPECT_EQ(state.desired(), 4);
  state.set(1e30);
  EXPECT_EQ(state.desired(), 5);
}

// Instances one by one, as a cloud keeps them: the rule that the closed form stands for.
std::vector<int> ready_one_by_one(const std::vector<int>& desired, int boot) {
  std::deque<int> launched(static_cast<std::size_t>(desired[0]), -1000);
  std::vector<int> ready;
  for (int t = 0; t < static_cast<int>(desired.size()); ++t) {
    const int wanted = desired[static_cast<std::size_t>(t)];
    while (static_cast<int>(launched.size()) < wanted) launched.push_back(t);
    while (static_cast<int>(launched.size()) > wanted) launched.pop_back();  // the newest, so booting ones first
    ready.push_back(
        static_cast<int>(std::count_if(launched.begin(), launched.end(), [&](int l) { return l + boot <= t; })));
  }
  return ready;
}

RC_GTEST_PROP(Plant, IsWhatInstancesOneByOneWouldDo, ()) {
  const auto desired = *rc::gen::suchThat(rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 12)),
                                          [](const auto& values) { return !values.empty(); });
  const int boot = *rc::gen::inRange(0, 7);
  const auto expected = ready_one_by_one(desired, boot);
  RC_ASSERT(ready_from_desired(desired, boot) == expected);
  PlantState state(plant_of(1, boot), desired[0]);
  for (std::size_t t = 0; t < desired.size(); ++t) {
    state.set(desired[t]);
    RC_ASSERT(state.ready() == expected[t]);
    RC_ASSERT(state.ready() + state.booting() == desired[t]);
    state.tick();
  }
}

RC_GTEST_PROP(Score, MoreInstancesNeverViolateMore, ()) {
  const auto demand = *rc::gen::container<std::vector<double>>(
      40, rc::gen::map(rc::gen::inRange(1, 300), [](int v) { return v * 0.3; }));
  auto desired = *rc::gen::container<std::vector<int>>(40, rc::gen::inRange(1, 12));
  const Plant plant = plant_of(10, *rc::gen::inRange(0, 6));
  const Score before = score(demand, desired, plant, 0, 40);
  desired[*rc::gen::inRange<std::size_t>(0, 40)] += *rc::gen::inRange(1, 5);
  const Score after = score(demand, desired, plant, 0, 40);
  RC_ASSERT(after.violating_share <= before.violating_share);
  RC_ASSERT(after.cost > before.cost);
}

}  // namespace
}  // namespace almanac::simulation

#include "simulation/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "core/random.h"

namespace almanac::simulation {
namespace {

using testing::Each;
using testing::ElementsAre;

Plant plant_of(double unit_capacity, int boot) {
  Plant plant;
  plant.unit_capacity = unit_capacity;
  plant.boot = boot;
  return plant;
}

Series minutes(std::vector<double> demand) {
  return {Timestamp{}, kMinute, std::move(demand)};
}

std::vector<int> play_peer(const std::string& name, double knob, const Series& demand, const Plant& plant, int initial,
                           std::size_t from = 0) {
  const PolicyFamily* family = find_peer(name);
  EXPECT_NE(family, nullptr) << name;
  const auto policy = family->make(knob, {&plant, &demand, from});
  return play(demand, plant, *policy, from, demand.size(), initial);
}

// Days of demand with a sharp peak from 12:00 to 13:00 and an even rest.
Series days_with_a_peak(int days, double usual, double peak) {
  std::vector<double> demand;
  for (int t = 0; t < days * 1440; ++t) demand.push_back(t % 1440 / 60 == 12 ? peak : usual);
  return minutes(demand);
}

TEST(ViewDeathTest, ShowsWhatIsMeasuredOfPublishedMinutesAndTheGroupAsItIs) {
  const Series demand = minutes({1, 2, 3, 4});
  const Plant plant = plant_of(1, 0);
  const std::vector<int> capacity = {4, 5, 6, 7};
  const View view(demand, plant, capacity, capacity, 3, 7, 2);
  EXPECT_EQ(view.minute(), 3U);
  EXPECT_EQ(view.published(), 1U);
  EXPECT_EQ(view.demand(0), 1);
  EXPECT_EQ(view.demand().size(), 1U);
  EXPECT_EQ(view.ready(2), 6);
  EXPECT_DEATH(view.demand(1), "is not published");
  EXPECT_EQ(View(demand, plant, capacity, capacity, 1, 7, 5).published(), 0U);
}

// The load doubles at minute 60. An HPA at 50 % that knows it at once asks for the double a minute later; one whose
// metrics are three minutes late three minutes after that, and every policy lives with the delay.
TEST(Peers, MetricsThatComeLateAreFollowedAsMuchLater) {
  std::vector<double> demand(120, 4);
  std::fill(demand.begin() + 60, demand.end(), 8);
  const Plant plant = plant_of(1, 0);
  const Series series = minutes(demand);
  const auto first_at_16 = [&](std::size_t delay) {
    const auto policy = find_peer("hpa")->make(50, {&plant, &series, 0});
    const auto desired = play(series, plant, *policy, 0, series.size(), 8, delay);
    return std::find(desired.begin(), desired.end(), 16) - desired.begin();
  };
  EXPECT_EQ(first_at_16(0), 61);
  EXPECT_EQ(first_at_16(3), 64);
  for (const PolicyFamily& family : peers()) {
    const auto policy = family.make(family.usual, {&plant, &series, 0});
    EXPECT_EQ(play(series, plant, *policy, 0, series.size(), 8, 5).size(), series.size()) << family.name;
  }
}

TEST(ViewDeathTest, ShowsOnlyFinishedMinutes) {
  const Series demand = minutes({1, 2, 3});
  const Plant plant = plant_of(1, 0);
  const std::vector<int> capacity = {4, 4, 4};
  const View view(demand, plant, capacity, capacity, 2, 4);
  EXPECT_EQ(view.demand(1), 2);
  EXPECT_EQ(view.cpu(1), 50);
  EXPECT_EQ(view.demand().size(), 2U);
  EXPECT_DEATH(view.demand(2), "has not finished");
  EXPECT_DEATH(view.ready(2), "has not finished");
}

TEST(Step, MovesByOneEveryFiveMinutes) {
  // Ten instances of 1 request/s: 8 requests/s are 80 % (+1 at minute 5, 8/11 = 73 % at 10: +1, 8/12 = 67 %: enough).
  const auto desired = play_peer("step", 1, minutes(std::vector<double>(20, 8)), plant_of(1, 0), 10);
  EXPECT_THAT(desired, ElementsAre(10, 10, 10, 10, 10, 11, 11, 11, 11, 11, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12));
  const auto idle = play_peer("step", 1, minutes(std::vector<double>(11, 2)), plant_of(1, 0), 10);
  EXPECT_EQ(idle[5], 9);  // 20 % is below 35 %
  EXPECT_EQ(idle[10], 8);
}

TEST(Hpa, SizesInProportionAndWaitsBeforeItShrinks) {
  // Target 50 %: 8 requests/s on 10 instances are 80 %, ceil(10 x 80/50) = 16. Then 2 requests/s: 16 x 12.5/50 = 4, but
  // the highest recommendation of the last five minutes holds.
  std::vector<double> demand(3, 8);
  demand.resize(12, 2);
  const auto desired = play_peer("hpa", 50, minutes(demand), plant_of(1, 0), 10);
  EXPECT_THAT(desired, ElementsAre(10, 16, 16, 16, 16, 16, 16, 16, 4, 4, 4, 4));
}

TEST(Hpa, LeavesWhatIsWithinTenPercent) {
  const auto desired = play_peer("hpa", 50, minutes(std::vector<double>(8, 5.4)), plant_of(1, 0), 10);
  EXPECT_THAT(desired, Each(10));
}

TEST(Hpa, DoesNotBuyTwiceWhatIsBooting) {
  // 80 % of 10 asks for 16; while 6 boot, the ten still show 80 %, and the sixteen together 50 %: enough.
  const auto desired = play_peer("hpa", 50, minutes(std::vector<double>(10, 8)), plant_of(1, 4), 10);
  EXPECT_THAT(desired, ElementsAre(10, 16, 16, 16, 16, 16, 16, 16, 16, 16));
}

TEST(TargetTracking, ActsOnThreeOfThreeDatapointsAndOnce) {
  // From minute 20 on 80 %. The datapoints of minutes 20, 21, 22 are published one minute late, so at 24: ceil(10 x
  // 80/50) = 16. Those that boot count as on their way.
  std::vector<double> demand(20, 5);
  demand.resize(40, 8);
  const auto desired = play_peer("target_tracking", 50, minutes(demand), plant_of(1, 5), 10);
  EXPECT_EQ(desired[23], 10);
  EXPECT_EQ(desired[24], 16);
  EXPECT_EQ(desired.back(), 16);
}

TEST(TargetTracking, ShrinksAfterFifteenQuietMinutesAndNotAtOnce) {
  std::vector<double> demand(20, 50);
  demand.resize(60, 10);
  const auto desired = play_peer("target_tracking", 50, minutes(demand), plant_of(1, 0), 100);
  EXPECT_EQ(desired[35], 100);
  EXPECT_EQ(desired[36], 75);  // 20..34 below 45 %: ceil(100 x 10/50) = 20, but a quarter at a time
  EXPECT_EQ(desired.back(), 20);
}

TEST(Reactive, HoldsWhenMetricsAreMissing) {
  std::vector<double> demand(30, 5);
  demand.resize(60, kMissing);
  for (const char* name : {"step", "target_tracking", "hpa", "holt_winters", "aws_predictive", "fft"}) {
    const auto desired = play_peer(name, name == std::string("step") ? 1 : 50, minutes(demand), plant_of(1, 3), 10);
    EXPECT_EQ(desired[59], desired[34]) << name;
  }
}

TEST(Predictive, HasItsCapacityBeforeThePeakOfEveryDay) {
  const Series demand = days_with_a_peak(15, 5, 50);
  const std::size_t noon = 14 * 1440 + 12 * 60;
  for (const char* name : {"aws_predictive", "fft", "seasonal_naive"}) {
    const auto desired = play_peer(name, 70, demand, plant_of(1, 4), 10, 13 * 1440);
    // The reactive part alone would stand at 5 / 0.7 = 8 instances.
    EXPECT_GT(desired[noon - 4], 40) << name;
    EXPECT_LT(desired[noon - 180], 20) << name;
  }
  // The daily season of Holt-Winters follows slowly, but it follows: 5 % of each day's error.
  const auto smoothed = play_peer("holt_winters", 70, demand, plant_of(1, 4), 10, 13 * 1440);
  EXPECT_GT(smoothed[noon - 3], 20);
}

TEST(Clairvoyant, IsTheYardstick) {
  Random random(7);
  std::vector<double> demand;
  for (int t = 0; t < 2000; ++t) demand.push_back(random.uniform(0, 30));
  const Series series = minutes(demand);
  const Plant plant = plant_of(1, 5);
  const auto exact = play_peer("clairvoyant", 1, series, plant, 1);
  EXPECT_DOUBLE_EQ(score(demand, exact, plant, 0, 2000).cost, 1);
  EXPECT_DOUBLE_EQ(score(demand, exact, plant_of(1, 0), 0, 2000).violating_share, 0);
  const auto ahead = play_peer("clairvoyant_boot", 1, series, plant, 40);
  EXPECT_DOUBLE_EQ(score(demand, ahead, plant, 5, 2000).violating_share, 0);
}

RC_GTEST_PROP(Peers, DecideTheSameWhateverTheFutureBrings, ()) {
  // Twenty days of a noisy season; from `now` on everything is different.
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  std::vector<double> demand;
  for (int t = 0; t < 20 * 1440; ++t)
    demand.push_back(20 + 15 * std::sin(t * 2 * 3.14159 / 1440) + 2 * random.normal());
  const std::size_t now = 17 * 1440 + *rc::gen::inRange<std::size_t>(0, 1440);
  std::vector<double> other = demand;
  for (std::size_t t = now; t < other.size(); ++t) other[t] = random.uniform() < 0.1 ? kMissing : random.uniform(0, 90);
  const Plant plant = plant_of(1, *rc::gen::inRange(0, 11));
  for (const auto& family : peers()) {
    if (family.name.starts_with("clairvoyant")) continue;
    auto first = play_peer(family.name, family.usual, minutes(demand), plant, 30, 16 * 1440);
    auto second = play_peer(family.name, family.usual, minutes(other), plant, 30, 16 * 1440);
    // The decision at `now` is made before minute `now` is seen.
    first.resize(now + 1);
    second.resize(now + 1);
    RC_ASSERT(first == second);
  }
}

TEST(Peers, SweepFromGenerousToTightAroundTheirUsualSetting) {
  EXPECT_EQ(peers().size(), 10U);
  EXPECT_EQ(find_peer("nobody"), nullptr);
  for (const auto& family : peers()) {
    EXPECT_NE(std::find(family.knobs.begin(), family.knobs.end(), family.usual), family.knobs.end()) << family.name;
    EXPECT_FALSE(family.knob.empty());
  }
}

}  // namespace
}  // namespace almanac::simulation

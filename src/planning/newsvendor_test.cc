#include "planning/newsvendor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "planning/error_budget.h"

namespace almanac::planning {
namespace {

TEST(Newsvendor, PaysForInstancesOnlyWhileTheySpareMoreDemandThanTheyCost) {
  // Peak demand 8 busy instances in 9 of 10 windows, 16 in the tenth; utilisation 0.8.
  // 10 instances: cost 10 + lambda * (0.1 * 16) = 10 + 1.6 lambda; 20 instances: cost 20. They are even at lambda 6.25.
  const Distribution peak({{8, 9}, {16, 1}});
  EXPECT_EQ(newsvendor_capacity(peak, 6.2, 0.8), 10);
  EXPECT_EQ(newsvendor_capacity(peak, 6.3, 0.8), 20);
  // At lambda 0 nothing is worth more than the one instance that must run.
  EXPECT_EQ(newsvendor_capacity(peak, 0, 0.8), 1);
}

Distribution arbitrary_distribution() {
  const auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4000)));
  std::vector<Distribution::Sample> samples;
  for (const int v : values) samples.push_back({v / 100.0, 1.0});
  return Distribution(samples);
}

RC_GTEST_PROP(Newsvendor, IsTheMinimumThatAnExhaustiveSearchFinds, ()) {
  const Distribution peak = arbitrary_distribution();
  const double lambda = *rc::gen::inRange(0, 5000) / 10.0;
  const auto cost = [&](int n) { return n + lambda * peak.demand_above(0.8 * n + 1e-9); };
  double best = cost(1);
  for (int n = 2; n <= 60; ++n) best = std::min(best, cost(n));
  RC_ASSERT(std::abs(cost(newsvendor_capacity(peak, lambda, 0.8)) - best) < 1e-9);
}

RC_GTEST_PROP(Newsvendor, NeverWantsFewerInstancesForMoreDemand, ()) {
  const Distribution peak = arbitrary_distribution();
  const double factor = 1.0 + *rc::gen::inRange(0, 300) / 100.0;
  std::vector<Distribution::Sample> scaled;
  for (const double v : peak.values()) scaled.push_back({v * factor, 1.0});
  // The full coverage of the scaled distribution: at the highest price every sample is covered.
  RC_ASSERT(newsvendor_capacity(Distribution(scaled), 30000, 0.8) >= newsvendor_capacity(peak, 30000, 0.8));
}

RC_GTEST_PROP(Newsvendor, WantsMoreAtAHigherPrice, ()) {
  const auto curve = capacity_curve(arbitrary_distribution(), 0.8);
  for (std::size_t i = 1; i < curve.size(); ++i) RC_ASSERT(curve[i] >= curve[i - 1]);
}

TEST(CapacityAt, InterpolatesBetweenNeighboursAndRoundsUp) {
  const std::vector<int> curve = {10, 14, 20};
  EXPECT_EQ(capacity_at(curve, 0.0), 10);
  EXPECT_EQ(capacity_at(curve, 0.5), 12);
  EXPECT_EQ(capacity_at(curve, 1.1), 15);  // 14.6
  EXPECT_EQ(capacity_at(curve, 7.0), 20);  // beyond the grid: its end
}

}  // namespace
}  // namespace almanac::planning

#include "core/distribution.h"

#include <gtest/gtest.h>

namespace almanac {
namespace {

TEST(Distribution, AnswersQuantilesMeansAndTailsOfWeightedSamples) {
  // P(1) = 0.5, P(2) = 0.25, P(4) = 0.25.
  const Distribution d({{4, 1}, {1, 2}, {2, 1}});
  EXPECT_DOUBLE_EQ(d.quantile(0.5), 1);
  EXPECT_DOUBLE_EQ(d.quantile(0.51), 2);
  EXPECT_DOUBLE_EQ(d.quantile(1.0), 4);
  EXPECT_DOUBLE_EQ(d.mean(), 0.5 * 1 + 0.25 * 2 + 0.25 * 4);
  EXPECT_DOUBLE_EQ(d.cdf(0.9), 0);
  EXPECT_DOUBLE_EQ(d.cdf(2), 0.75);
  EXPECT_DOUBLE_EQ(d.demand_above(1), 0.25 * 2 + 0.25 * 4);  // strictly above
  EXPECT_DOUBLE_EQ(d.demand_above(4), 0);
}

TEST(Distribution, TreatsNegativeDemandAsNone) {
  EXPECT_DOUBLE_EQ(Distribution({{-3, 1}}).quantile(0.5), 0);
}

}  // namespace
}  // namespace almanac

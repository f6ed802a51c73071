#include "forecast/growth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/series.h"

namespace almanac::forecast {
namespace {

constexpr Duration kFive{300};
constexpr std::size_t kDayOfFives = 288;

TEST(Growth, IsWhatOneOfTwentyRisesExceeded) {
  // 1.9 busy instances, but every tenth interval 3.9: of ten steps one rises from 2 to 4 (with the tenth of an instance
  // that is added), one falls back, eight stay. So 10 % of the rises are a doubling, and the 95 % quantile is one.
  std::vector<double> mean;
  for (std::size_t i = 0; i < 3 * kDayOfFives; ++i) mean.push_back(i % 10 == 0 ? 3.9 : 1.9);
  EXPECT_DOUBLE_EQ(growth_over(mean, kFive, 1), 2);
  // Every fiftieth: 2 % of the rises, which one of twenty does not see.
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = i % 50 == 0 ? 3.9 : 1.9;
  EXPECT_DOUBLE_EQ(growth_over(mean, kFive, 1), 1);
}

TEST(Growth, GoesWithTheAgeAndIsNeverAFall) {
  // A tenth more with each interval for a week, from 1 on.
  std::vector<double> rising, falling;
  for (std::size_t i = 0; i < 7 * kDayOfFives; ++i) {
    const double steps = static_cast<double>(i % 20);
    rising.push_back(std::pow(1.1, steps) - 0.1);
    falling.push_back(std::pow(1.1, -static_cast<double>(i % kDayOfFives)) + 1);
  }
  EXPECT_NEAR(growth_over(rising, kFive, 1), 1.1, 1e-9);
  EXPECT_NEAR(growth_over(rising, kFive, 2), 1.21, 1e-9);
  EXPECT_EQ(growth_over(falling, kFive, 1), 1);
  EXPECT_EQ(growth_over(rising, kFive, 0), 1);
}

TEST(Growth, WithLessThanADayOfPairsAQuarterAnInterval) {
  std::vector<double> mean(kDayOfFives, 5.0);  // 287 pairs
  EXPECT_EQ(growth_over(mean, kFive, 1), 1.25);
  EXPECT_EQ(growth_over(mean, kFive, 2), 1.5625);
  mean.push_back(5);
  EXPECT_EQ(growth_over(mean, kFive, 1), 1);
  mean[100] = kMissing;  // and with it two pairs
  EXPECT_EQ(growth_over(mean, kFive, 1), 1.25);
  EXPECT_EQ(growth_over({}, kFive, 1), 1.25);
}

TEST(Growth, IsOfDemandAndATenthOfAnInstance) {
  EXPECT_DOUBLE_EQ(grown(3.9, 1.5), 5.9);  // 4 x 1.5 - 0.1
  EXPECT_DOUBLE_EQ(grown(0, 3), 0.2);
  EXPECT_DOUBLE_EQ(grown(7, 1), 7);
}

}  // namespace
}  // namespace almanac::forecast

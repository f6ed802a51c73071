#include "forecast/calibration.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "forecast/test_history.h"

namespace almanac::forecast {
namespace {

constexpr Duration kFive{300};

std::vector<Residual> residuals_with(double error_away, double error_near, int count) {
  Random random(3);
  std::vector<Residual> residuals;
  for (int i = 0; i < count; ++i) {
    Residual r;
    r.time = kMonday + kFive * i;
    r.base = 10;
    r.situation = i % 4 == 0 ? Situation::near_event : Situation::ordinary;
    r.prediction = {0.1, 0.05};
    r.peak = peak_of(0.1 + (r.situation == Situation::near_event ? error_near : error_away) * random.normal(), r.base);
    residuals.push_back(r);
  }
  return residuals;
}

TEST(Pools, GiveBackTheSpreadOfPastErrors) {
  const Pools pools(residuals_with(0.05, 0.05, 8000), kFive, 2);
  const Distribution d = pools.distribution({0.1, 0.05}, 1.0, 10, Situation::ordinary);
  // Errors are normal with deviation 0.05 around z = 0.1: the 90 % quantile lies at z = 0.1 + 1.2816 * 0.05.
  EXPECT_NEAR(d.quantile(0.5), peak_of(0.1, 10), 0.1);
  EXPECT_NEAR(d.quantile(0.9), peak_of(0.1 + 1.2816 * 0.05, 10), 0.1);
  EXPECT_NEAR(d.quantile(0.99), peak_of(0.1 + 2.3263 * 0.05, 10), 0.2);
}

TEST(Pools, ErrorsNearEventsDoNotWidenOrdinaryTimes) {
  const Pools pools(residuals_with(0.02, 0.3, 8000), kFive, 2);
  const auto width = [&](bool near) {
    const Distribution d = pools.distribution({0.1, 0.05}, 1.0, 10, near ? Situation::near_event : Situation::ordinary);
    return d.quantile(0.99) - d.quantile(0.5);
  };
  EXPECT_GT(width(true), 5 * width(false));
}

TEST(Pools, AFewEventsCountWithTheRestUntilThereAreEnough) {
  const Pools pools(residuals_with(0.02, 0.3, 800), kFive, 2);  // 200 windows near events: under 300
  EXPECT_GT(pools.distribution({0.1, 0.05}, 1.0, 10, Situation::near_event).quantile(0.99),
            pools.distribution({0.1, 0.05}, 1.0, 10, Situation::ordinary).quantile(0.99));
}

TEST(Pools, TheFirstEventsDoNotTeachHowWrongALaterOneWillBe) {
  auto residuals = residuals_with(0.02, 0.05, 8000);
  for (int i = 0; i < 200; i += 4) {  // the first fifty windows near events: nobody knew what to expect
    residuals[static_cast<std::size_t>(i)].situation = Situation::novel_event;
    residuals[static_cast<std::size_t>(i)].peak = 100;
  }
  const Pools pools(residuals, kFive, 2);
  EXPECT_LT(pools.distribution({0.1, 0.05}, 1.0, 10, Situation::near_event).quantile(1.0), 20);
  EXPECT_GT(pools.distribution({0.1, 0.05}, 1.0, 10, Situation::novel_event).quantile(1.0), 90);
}

TEST(Pools, MixErrorsInInstancesWithRelativeOnes) {
  // Every error was z = +0.1 at a base of 10: (10 + 0.1) (e^0.2 - e^0.1) instances. At a base of 100 a relative error
  // is ten times that, an additive one the same; 35 % believe the additive one.
  std::vector<Residual> residuals = residuals_with(0, 0, 800);
  for (Residual& r : residuals) r.peak = peak_of(0.2, r.base);
  const double additive = peak_of(0.2, 10) - peak_of(0.1, 10);
  const Distribution d = Pools(residuals, kFive, 2).distribution({0.1, 0.05}, 1.0, 100, Situation::ordinary);
  EXPECT_NEAR(d.quantile(0.3), peak_of(0.1, 100) + additive, 1e-6);
  EXPECT_NEAR(d.cdf(peak_of(0.1, 100) + additive + 0.01), 0.35, 1e-9);
  EXPECT_NEAR(d.quantile(0.5), peak_of(0.2, 100), 1e-3);
}

TEST(Volatility, WidensAfterLargeErrorsAndForgets) {
  Volatility volatility(kFive);
  for (int i = 0; i < 4000; ++i) volatility.add(1.0);
  EXPECT_NEAR(volatility.factor(), 1.0, 1e-6);
  for (int i = 0; i < 40; ++i) volatility.add(4.0);
  EXPECT_GT(volatility.factor(), 1.35);
  EXPECT_LE(volatility.factor(), std::pow(3.0, 0.35));
  for (int i = 0; i < 100; ++i) volatility.add(1.0);
  EXPECT_NEAR(volatility.factor(), 1.0, 0.02);
}

}  // namespace
}  // namespace almanac::forecast

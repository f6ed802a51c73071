#include "control/coverage.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/series.h"

namespace almanac::control {
namespace {

constexpr Duration kInterval{300};
const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

std::shared_ptr<const records::Record> decided(Timestamp now, double q50, double q99) {
  records::Record record;
  record.decision.now = now;
  record.decision.cover_window = {now, now + 2 * kInterval};
  if (q99 > 0) record.decision.demand_quantiles = {{0.5, q50}, {0.99, q99}};
  return std::make_shared<const records::Record>(record);
}

TEST(CoverageTest, OnlyFinishedWindowsWithAForecastCount) {
  const std::vector<double> mean{1, 1, 1, 1}, peak{1, 3, 1, kMissing};
  const Timestamp t = kNoon - 4 * kInterval;
  const planning::KnownLoad load{t, kInterval, mean, peak};
  const std::vector records{decided(t, 2, 4),                  // peak 3: above the median, below q99
                            decided(t + kInterval, 3.5, 4),    // peak 3: below both
                            decided(t + 2 * kInterval, 2, 4),  // touches a missing interval
                            decided(t + 3 * kInterval, 2, 4),  // not finished
                            decided(t, 0, 0)};                 // no forecast
  const Coverage coverage = measure_coverage(load, foretold_by(records));
  EXPECT_EQ(coverage.windows, 2);
  EXPECT_DOUBLE_EQ(coverage.at50, 0.5);
  EXPECT_DOUBLE_EQ(coverage.at99, 1);
}

TEST(CoverageTest, BrokenNeedsManyWindowsFarOut) {
  const Coverage bad{100, 0.5, 0.6};
  EXPECT_FALSE(calibration_broken({20, 0.5, 0.1}, bad));
  EXPECT_FALSE(calibration_broken({500, 0.5, 0.96}, bad));
  EXPECT_TRUE(calibration_broken({500, 0.5, 0.8}, bad));
  EXPECT_TRUE(calibration_broken({500, 0.01, 0.99}, bad));
}

TEST(CoverageTest, ALatestHalfDayThatHoldsEndsIt) {
  EXPECT_FALSE(calibration_broken({800, 0.3, 0.6}, {100, 0.5, 0.97}));
  EXPECT_TRUE(calibration_broken({800, 0.3, 0.6}, {30, 0.5, 0.97})) << "too few to judge by";
}

// Two and a half days of which every peak was above what was foretold, and a last half day that held.
TEST(CoverageTest, TheWordsCountTheDaysAndAreGoneWithThem) {
  const std::size_t per_day = 288;
  const std::vector<double> load_of_ten(3 * per_day, 10);
  const planning::KnownLoad load{kNoon - 3 * kDay, kInterval, load_of_ten, load_of_ten};
  std::vector<Foretold> foretold;
  for (Timestamp t = kNoon - 3 * kDay; t < kNoon; t += kInterval)
    foretold.push_back({t, {t, t + kInterval}, 5, t < kNoon - kDay / 2 ? 8.0 : 20.0});
  const Timestamp bad_end = kNoon - kDay / 2;
  EXPECT_EQ(why_broken(load.until(bad_end), std::span(foretold).first(2 * per_day + per_day / 2), bad_end),
            "0 % of the last 720 peaks were within the 99 % quantile: the calibration is broken until it recovers");
  for (auto& each : foretold)
    if (each.at >= bad_end) each.q50 = 12;
  EXPECT_EQ(why_broken(load, foretold, kNoon), std::nullopt);
}

}  // namespace
}  // namespace almanac::control

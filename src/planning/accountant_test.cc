#include "planning/accountant.h"

#include <gtest/gtest.h>

#include "core/series.h"

namespace almanac::planning {
namespace {

constexpr Duration kInterval{300};
const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

struct Load {
  std::vector<double> mean, peak;
  KnownLoad until_noon() const {
    return {kNoon - kInterval * static_cast<long long>(mean.size()), kInterval, mean, peak};
  }
};

TEST(ConsumptionTest, WholeIntervalsAndPeakMinutes) {
  // 5 instances at 80 % hold 4: a mean of 3 does, one of 4.5 does not, and a peak minute of 6 over a mean of 3 violates
  // with a fifth of 6. What is missing is not counted.
  const Load load{{3, 4.5, 3, kMissing}, {3.5, 5, 6, kMissing}};
  const std::vector<double> capacity{5, 5, 5, 5};
  const auto spent = consumption(load.until_noon(), capacity, 0.8, Timestamp::min());
  ASSERT_EQ(spent.size(), 3U);
  EXPECT_DOUBLE_EQ(spent[0].violating, 0);
  EXPECT_DOUBLE_EQ(spent[1].violating, 4.5);
  EXPECT_DOUBLE_EQ(spent[2].violating, 1.2);
  EXPECT_DOUBLE_EQ(spent[2].demand, 3);
  EXPECT_EQ(consumption(load.until_noon(), capacity, 0.8, kNoon - 2 * kInterval).size(), 1U);
  EXPECT_DOUBLE_EQ(hourly_mean(load.until_noon(), kNoon), 12 * 3.5);  // (3 + 4.5 + 3) / 3 an interval, 12 an hour
}

TEST(ServedTest, ALaunchServesAfterItsLeadTimeAndAScaleInAtOnce) {
  const Load load{{1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}};
  const Timestamp t = load.until_noon().start;
  // Lead time one interval: 8 asked at t+2 serve from t+3 on; 4 asked at t+4 hold at once.
  const std::vector<Asked> asked{{t + kInterval, 5, kInterval},
                                 {t + 2 * kInterval, 8, kInterval},
                                 {t + 3 * kInterval, 8, kInterval},
                                 {t + 4 * kInterval, 4, kInterval}};
  const auto capacity = served(load.until_noon(), asked, Timestamp::min());
  EXPECT_TRUE(is_missing(capacity[0]));
  EXPECT_EQ(capacity[1], 5);
  EXPECT_EQ(capacity[2], 5);
  EXPECT_EQ(capacity[3], 8);
  EXPECT_EQ(capacity[4], 4);
}

TEST(AccountTest, AnHourIsCountedOnceAndOnlyWhenTheNextHasBegun) {
  const Load load{std::vector<double>(36, 4), std::vector<double>(36, 4)};  // 09:00 to 12:00
  const std::vector<double> enough(36, 5);
  Policy policy;
  ErrorBudget budget = initial_budget(policy.objective);
  budget.counted_until = kNoon - 3 * kHour;
  const auto at_eleven = account(budget, load.until_noon(), enough, policy, kNoon - kHour + kInterval);
  EXPECT_EQ(at_eleven.hours, 2);
  EXPECT_LT(at_eleven.position, budget.position) << "nothing violated: the price falls";
  EXPECT_EQ(account(at_eleven, load.until_noon(), enough, policy, kNoon - kHour + kInterval), at_eleven);
  EXPECT_EQ(account(at_eleven, load.until_noon(), enough, policy, kNoon).hours, 2) << "the last may not be whole";
}

TEST(AccountTest, ABudgetThatNeverCountedBeginsWithThePresentHour) {
  const Load load{std::vector<double>(36, 4), std::vector<double>(36, 4)};
  const auto budget = account({}, load.until_noon(), std::vector<double>(36, 1.0), {}, kNoon + kMinute);
  EXPECT_EQ(budget.counted_until, kNoon);
  EXPECT_EQ(budget.hours, 0);
}

}  // namespace
}  // namespace almanac::planning

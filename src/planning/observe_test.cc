#include "planning/observe.h"

#include <gtest/gtest.h>

#include "core/series.h"
#include "forecast/growth.h"

namespace almanac::planning {
namespace {

constexpr Duration kInterval{300};
const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

class ObserveTest : public testing::Test {
 protected:
  // 40 days of one busy instance that rises to 3 within each hour's last interval.
  void SetUp() override {
    for (Timestamp t = kNoon - 40 * kDay; t < kNoon; t += kInterval) {
      const bool last = t - floor_to(t, kHour) == kHour - kInterval;
      mean.push_back(last ? 3 : 1);
      peak.push_back(last ? 4 : 2);
    }
  }
  void forget(std::size_t newest) {
    for (std::size_t i = mean.size() - newest; i < mean.size(); ++i) mean[i] = peak[i] = kMissing;
  }
  Observation observed(Timestamp now = kNoon) {
    return observe(group, {kNoon - 40 * kDay, kInterval, mean, peak}, now, calendar, kHour);
  }

  std::vector<double> mean, peak;
  Observation group{.group = "shop", .desired = 7, .lead_time = 2 * kInterval};
  calendar::Calendar calendar;
};

TEST_F(ObserveTest, TheNewestIntervalIsWhatTheGuardGoesBy) {
  const Observation seen = observed();
  EXPECT_EQ(seen.recent_demand, 3);
  EXPECT_EQ(seen.recent_growth, 1);
  EXPECT_EQ(seen.recent_peak, 4);
  EXPECT_EQ(seen.max_28_days, 4);
  EXPECT_EQ(seen.metrics_age, Duration{0});
  EXPECT_FALSE(is_stale(seen, kInterval));
}

TEST_F(ObserveTest, WhatIsKnownOfTheGroupStays) {
  const Observation seen = observed();
  EXPECT_EQ(seen.group, "shop");
  EXPECT_EQ(seen.desired, 7);
  EXPECT_EQ(seen.lead_time, 2 * kInterval);
}

// What the two intervals that nobody saw may have brought is what such spans brought before.
TEST_F(ObserveTest, OlderMetricsAreWidenedByTheGroupsOwnRises) {
  forget(2);
  const Observation seen = observed();
  EXPECT_EQ(seen.recent_demand, 1);
  EXPECT_EQ(seen.recent_growth, forecast::growth_over(std::span(mean).first(mean.size() - 2), kInterval, 2));
  EXPECT_GT(seen.recent_growth, 2);
  EXPECT_EQ(seen.recent_peak, 2);
  EXPECT_EQ(seen.metrics_age, 2 * kInterval);
  EXPECT_FALSE(is_stale(seen, kInterval));
}

TEST_F(ObserveTest, AfterThreeIntervalsTheyAreStale) {
  forget(3);
  const Observation seen = observed();
  EXPECT_EQ(seen.recent_demand, std::nullopt);
  EXPECT_EQ(seen.recent_peak, std::nullopt) << "missing is never zero";
  EXPECT_EQ(seen.max_28_days, 4);
  EXPECT_TRUE(is_stale(seen, kInterval));
}

TEST_F(ObserveTest, AMaximumThatNobodyKnowsIsNone) {
  forget(mean.size());
  const Observation seen = observed();
  EXPECT_EQ(seen.max_28_days, std::nullopt);
  EXPECT_EQ(seen.metrics_age, kNeverKnown);
}

// A replay hands over the whole history: nothing after the tick is looked at.
TEST_F(ObserveTest, NothingOfTheFutureIsSeen) {
  const Observation before = observed(kNoon - kDay);
  for (std::size_t i = mean.size() - 288; i < mean.size(); ++i) mean[i] = peak[i] = 1000;
  const Observation after = observed(kNoon - kDay);
  EXPECT_EQ(after.recent_demand, before.recent_demand);
  EXPECT_EQ(after.recent_peak, before.recent_peak);
  EXPECT_EQ(after.max_28_days, before.max_28_days);
  EXPECT_EQ(observed().max_28_days, 1000);
}

TEST_F(ObserveTest, EventsThatTouchTheCoverWindowAreSeen) {
  const auto event = [](Timestamp start) {
    return calendar::Event{
        .uid = format_timestamp(start), .name = "Sale", .kind = "sale", .span = {start, start + kHour}};
  };
  calendar = calendar::Calendar::of(
      {event(kNoon - kHour), event(kNoon - kMinute), event(kNoon + 59 * kMinute), event(kNoon + kHour)});
  const Observation seen = observed();
  ASSERT_EQ(seen.events.size(), 2U);
  EXPECT_EQ(seen.events[0].span.start, kNoon - kMinute);
  EXPECT_EQ(seen.events[1].span.start, kNoon + 59 * kMinute);
}

}  // namespace
}  // namespace almanac::planning

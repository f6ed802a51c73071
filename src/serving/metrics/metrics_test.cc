#include "serving/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

namespace almanac::serving {
namespace {

using testing::HasSubstr;
using testing::Not;

const Timestamp kNow{Duration{1'764'072'000}};

class MetricsTest : public testing::Test {
 protected:
  MetricsTest() {
    metrics.set_groups({"shop", "api"});
    metrics.set_active(true);
  }

  static GroupTick tick(const std::string& group) {
    GroupTick t;
    t.group = group;
    t.time = kNow;
    t.interval = Duration{300};
    t.duration_seconds = 0.02;
    return t;
  }

  // The value of one series, NaN where there is none.
  double value(const std::string& series) const {
    const std::string text = "\n" + metrics.text();
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? std::nan("") : std::stod(text.substr(at + series.size() + 2));
  }

  Timestamp now = kNow;
  Metrics metrics{{"1.2.3"}, [this] { return now; }};
};

TEST_F(MetricsTest, WhatATickKnowsIsShownInBaseUnits) {
  GroupTick t = tick("shop");
  t.demand = 12.5;
  t.forecast_peak = {{0.5, 13}, {0.99, 17.25}};
  t.desired = 20;
  t.violating_ratio_week = 0.0007;
  t.lead_time = Duration{480};
  t.coverage = {{0.9, 0.88}};
  metrics.tick_done(t);
  EXPECT_EQ(value(R"(almanac_demand_busy_instances{group="shop"})"), 12.5);
  EXPECT_EQ(value(R"(almanac_forecast_peak_busy_instances{group="shop",quantile="0.99"})"), 17.25);
  EXPECT_EQ(value(R"(almanac_desired_instances{group="shop"})"), 20);
  EXPECT_EQ(value(R"(almanac_violating_requests_ratio{group="shop",window="7d"})"), 0.0007);
  EXPECT_EQ(value(R"(almanac_lead_time_seconds{group="shop"})"), 480);
  EXPECT_EQ(value(R"(almanac_forecast_coverage_ratio{group="shop",quantile="0.9"})"), 0.88);
  EXPECT_EQ(value("almanac_tick_duration_seconds_count"), 1);
  EXPECT_EQ(value(R"(almanac_build_info{version="1.2.3"})"), 1);
}

TEST_F(MetricsTest, WhatIsNotKnownIsAbsentAndNeverZero) {
  GroupTick known = tick("shop");
  known.demand = 12.5;
  metrics.tick_done(known);
  GroupTick unknown = tick("shop");
  unknown.pinball_ratio = std::numeric_limits<double>::quiet_NaN();
  metrics.tick_done(unknown);
  const std::string text = metrics.text();
  for (const char* name : {"almanac_demand_busy_instances", "almanac_desired_instances", "almanac_objective_ratio",
                           "almanac_violating_requests_ratio", "almanac_lead_time_seconds", "almanac_model_age_seconds",
                           "almanac_calendar_age_seconds", "almanac_forecast_pinball_ratio", "almanac_manual_floor"})
    EXPECT_THAT(text, Not(HasSubstr(name)));
}

TEST_F(MetricsTest, AgesGrowWhileNothingSucceeds) {
  GroupTick t = tick("shop");
  t.data_until = kNow - Duration{300};
  t.model_trained = kNow - kDay;
  metrics.tick_done(t);
  now = kNow + kHour;
  metrics.tick_failed("shop", ErrorCode::unavailable, 0.1);
  EXPECT_EQ(value(R"(almanac_data_age_seconds{group="shop"})"), 3900);
  EXPECT_EQ(value(R"(almanac_model_age_seconds{group="shop"})"), 90000);
  EXPECT_EQ(value(R"(almanac_decision_age_seconds{group="shop"})"), 3600);
  EXPECT_EQ(value(R"(almanac_tick_errors_total{group="shop",kind="unavailable"})"), 1);
}

TEST_F(MetricsTest, CountersBeginAtZeroSoThatTheirFirstIncreaseIsSeen) {
  EXPECT_EQ(value(R"(almanac_ticks_total{group="api"})"), 0);
  EXPECT_EQ(value(R"(almanac_writes_refused_total{group="api"})"), 0);
  EXPECT_EQ(value(R"(almanac_degraded_ticks_total{group="api",health="hold"})"), 0);
  GroupTick t = tick("api");
  t.health = Health::hold;
  t.write_refused = true;
  t.conditions = {ports::NotificationKind::write_refused};
  metrics.tick_done(t);
  EXPECT_EQ(value(R"(almanac_writes_refused_total{group="api"})"), 1);
  EXPECT_EQ(value(R"(almanac_degraded_ticks_total{group="api",health="hold"})"), 1);
  EXPECT_EQ(value(R"(almanac_degraded{group="api"})"), 1);
  EXPECT_EQ(value(R"(almanac_condition{group="api",condition="write_refused"})"), 1);
  EXPECT_EQ(value(R"(almanac_condition{group="api",condition="at_maximum"})"), 0);
}

TEST_F(MetricsTest, WhatAPersonSetsIsShownBeforeTheNextTick) {
  const std::string paused = R"(almanac_paused{group="shop"})";
  const std::string own = R"(almanac_mode_info{group="shop",mode="own"})";
  const std::string floor = R"(almanac_manual_floor_instances{group="shop"})";
  metrics.tick_done(tick("shop"));
  EXPECT_EQ(value(paused), 0);
  metrics.set_by_hand("shop", {"own", true, 12}, kNow + Duration{60});
  EXPECT_EQ(value(paused), 1);
  EXPECT_EQ(value(own), 1);
  EXPECT_EQ(value(floor), 12);
  EXPECT_EQ(value("almanac_ticks_total{group=\"shop\"}"), 1) << "nothing was ticked";
  metrics.set_by_hand("shop", {"own", false, {}}, kNow + Duration{120});
  EXPECT_EQ(value(paused), 0);
  EXPECT_TRUE(std::isnan(value(floor)));
  metrics.set_by_hand("gone", {"own", true, {}}, kNow);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("gone")));
}

TEST_F(MetricsTest, ATickThatBeganBeforeAChangeDoesNotTakeItBack) {
  const std::string paused = R"(almanac_paused{group="shop"})";
  metrics.set_by_hand("shop", {"own", true, {}}, kNow + Duration{1});
  EXPECT_TRUE(std::isnan(value(paused))) << "nothing is known of the group yet";
  metrics.tick_done(tick("shop"));  // of kNow
  EXPECT_EQ(value(paused), 1);
  GroupTick later = tick("shop");
  later.time = kNow + Duration{300};  // the pause has been taken back by another process
  metrics.tick_done(later);
  EXPECT_EQ(value(paused), 0);
}

TEST_F(MetricsTest, GroupsThatDisappearDisappear) {
  metrics.tick_done(tick("shop"));
  metrics.tick_done(tick("api"));
  metrics.set_groups({"api", "new"});
  metrics.tick_done(tick("shop"));  // its last tick was overtaken by the reload
  const std::string text = metrics.text();
  EXPECT_THAT(text, Not(HasSubstr("shop")));
  EXPECT_EQ(value(R"(almanac_ticks_total{group="api"})"), 1) << "what stays keeps its counts";
  EXPECT_EQ(value(R"(almanac_ticks_total{group="new"})"), 0);
  EXPECT_EQ(value("almanac_groups"), 2);
}

TEST_F(MetricsTest, AStandbyShowsNoValuesThatWouldBeStale) {
  metrics.tick_done(tick("shop"));
  metrics.set_active(false);
  EXPECT_EQ(value("almanac_lease_active"), 0);
  EXPECT_TRUE(std::isnan(value(R"(almanac_decision_age_seconds{group="shop"})")));
  EXPECT_EQ(value(R"(almanac_ticks_total{group="shop"})"), 1);
}

TEST_F(MetricsTest, NamesOfGroupsAreEscaped) {
  metrics.set_groups({"a\"b\\c"});
  EXPECT_EQ(value(R"(almanac_ticks_total{group="a\"b\\c"})"), 0);
}

TEST_F(MetricsTest, AnswersAreCountedByRouteAndNotByAddress) {
  metrics.http_answered({"/api/v1/groups/{group}", "GET", 200, 0.002});
  metrics.http_answered({"", "BREW", 501, 0.001});  // whatever clients invent makes one series
  EXPECT_EQ(value(R"(almanac_http_requests_total{route="/api/v1/groups/{group}",method="GET",status="200"})"), 1);
  EXPECT_EQ(value(R"(almanac_http_requests_total{route="other",method="other",status="501"})"), 1);
}

TEST_F(MetricsTest, ManyThreadsMayWriteWhileOneReads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) metrics.tick_done(tick("shop"));
    });
  }
  for (int n = 0; n < 20; ++n) metrics.text();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(value(R"(almanac_ticks_total{group="shop"})"), 800);
}

}  // namespace
}  // namespace almanac::serving

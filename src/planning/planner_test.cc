#include "planning/planner.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "planning/newsvendor.h"

namespace almanac::planning {
namespace {

constexpr Timestamp kNow{Duration{1'800'000'000}};

forecast::Forecast forecast_of(std::vector<Distribution::Sample> samples) {
  forecast::Forecast f;
  f.now = kNow;
  f.window = {kNow, kNow + Duration{600}};
  f.forecaster = "lstm";
  f.peak = Distribution(std::move(samples));
  f.median = f.peak.quantile(0.5);
  return f;
}

struct PlannerTest : testing::Test {
  Observation seen{
      .group = "shop", .desired = 12, .in_service = 12, .recent_demand = 8.0, .recent_peak = 8.5, .max_28_days = 30.0};
  Policy policy{.max = 100};
  PlannerState state{.budget = initial_budget(0.001)};
  Forecasts forecasts{.peak = forecast_of({{8, 1}})};

  Decision decide() const { return planning::decide(seen, forecasts, policy, state, kNow); }
  static const Stage& stage(const Decision& d, std::string_view name) {
    for (const Stage& s : d.stages)
      if (s.name == name) return s;
    ADD_FAILURE() << "no stage " << name;
    return d.stages.front();
  }
};

TEST_F(PlannerTest, CoversACertainPeakExactly) {
  EXPECT_EQ(decide().desired, 10);  // 8 busy instances at 80 %
  EXPECT_EQ(stage(decide(), "newsvendor").capacity, 10);
}

TEST_F(PlannerTest, EveryStageLeavesItsNumberAndReason) {
  std::vector<std::string> names;
  for (const Stage& s : decide().stages) {
    names.push_back(s.name);
    EXPECT_FALSE(s.reason.empty()) << s.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"newsvendor", "history_cap", "experts", "calendar_floor", "reactive_guard",
                                             "scale_in_stabilisation", "step_limit", "limits", "mode"}));
}

// The model says 10 at every price, the rule 30 with a weight of 0.2: 0.8 x 10 + 0.2 x 30 = 14.
TEST_F(PlannerTest, ExpertsAreMixedInByTheirWeightAndNamed) {
  const std::size_t prices = lambda_grid().size();
  forecasts.experts.days = 9;
  forecasts.experts.voices = {{"model", std::vector<double>(prices, 0.8), std::vector<double>(prices, 1.0), {}},
                              {"peak_1_day", std::vector<double>(prices, 0.2), std::vector<double>(prices, 1.07),
                               std::vector<int>(prices, 30)}};
  const Decision d = decide();
  EXPECT_EQ(stage(d, "experts").capacity, 14);
  EXPECT_EQ(stage(d, "experts").reason,
            "weights by 9 replayed days: model 0.80, peak_1_day 0.20 (says 30, cost 1.07 x the model's)");
  forecasts.peak->near_event = true;  // a rule knows no calendar
  EXPECT_EQ(decide().desired, 10);
}

// However absurd a demand is, it never asks for fewer than a smaller one.
TEST_F(PlannerTest, NoDemandIsSoLargeThatItScalesIn) {
  for (const double busy : {1e6, 1e9, 3e9, 1e12, 1e100}) {
    forecasts.peak = forecast_of({{busy, 1}});
    seen.recent_demand = seen.recent_peak = seen.max_28_days = busy;
    EXPECT_EQ(decide().desired, policy.max) << busy;
    forecasts.health = Health::reactive;
    EXPECT_EQ(decide().desired, policy.max) << busy;
    forecasts.health = Health::full;
  }
}

TEST_F(PlannerTest, WithoutAForecastTheDecisionStillSaysWhatItHoldsFor) {
  forecasts.peak.reset();
  forecasts.health = Health::hold;
  seen.cover = Duration{600};
  EXPECT_EQ(decide().cover_window, (TimeRange{kNow, kNow + Duration{600}}));
}

TEST_F(PlannerTest, TheCurvesOfATickServeEveryPriceAndWhateverTheGroupHas) {
  forecasts.peak = forecast_of({{8, 70}, {10, 20}, {14, 9}, {26, 1}});
  const Curves curves = curves_of(seen, forecasts, policy);
  std::vector<int> desired;
  for (const double price : lambda_grid()) {
    policy.fixed_lambda = price;
    seen.desired = static_cast<int>(desired.size());
    const Decision d = planning::decide(seen, forecasts, curves, policy, state, kNow);
    EXPECT_EQ(d, decide());
    desired.push_back(d.desired);
  }
  EXPECT_LT(desired.front(), desired.back());
}

TEST_F(PlannerTest, ARatioModelGoneWildIsCappedBy28DaysOfHistory) {
  forecasts.peak = forecast_of({{10, 6}, {4000, 4}});
  EXPECT_EQ(decide().desired, 44);  // ceil(1.15 * 30 / 0.8)
}

TEST_F(PlannerTest, AnAnnouncedEventMayOutgrowWhatCameBefore) {
  forecasts.peak = forecast_of({{10, 6}, {4000, 4}});
  forecasts.peak->near_event = true;
  EXPECT_EQ(decide().desired, 75);  // 2 * 30 / 0.8
}

TEST_F(PlannerTest, AStatedUpliftLiftsTheCapWithIt) {
  // A calendar states x4 of a usual 30: 120 busy instances are announced, and 2 x 120 / 0.8 may be asked for.
  forecasts.peak = forecast_of({{10, 6}, {4000, 4}});
  forecasts.peak->near_event = true;
  forecasts.peak->announced = 120;
  policy.max = 1000;
  EXPECT_EQ(decide().desired, 300);
  EXPECT_NE(stage(decide(), "history_cap").reason.find("announced peak"), std::string::npos);
  forecasts.peak->announced = 20;  // less than there was takes nothing away
  EXPECT_EQ(decide().desired, 75);
}

TEST_F(PlannerTest, WhatIsExpectedOfEventsIsToldWithTheForecast) {
  forecasts.peak->event_words = "\"Black Friday\" x4 as stated; no earlier event of this kind";
  EXPECT_NE(stage(decide(), "newsvendor").reason.find("; \"Black Friday\" x4 as stated"), std::string::npos);
}

TEST_F(PlannerTest, TheCapYieldsWhenTheMedianItselfIsHigher) {
  forecasts.peak = forecast_of({{60, 1}});
  EXPECT_EQ(decide().desired, 75);  // a sale larger than anything before: 60 / 0.8
}

TEST_F(PlannerTest, AnEventsMinimumIsAFloor) {
  seen.events = {{.uid = "s", .name = "Sale", .kind = "sale", .span = {kNow, kNow + kHour}, .minimum_instances = 25}};
  EXPECT_EQ(decide().desired, 25);
  EXPECT_NE(stage(decide(), "calendar_floor").reason.find("Sale"), std::string::npos);
}

TEST_F(PlannerTest, OfOverlappingMinimumsTheLargestHoldsAndTheMaximumCapsIt) {
  const auto asks = [](const char* name, int minimum) {
    return calendar::Event{
        .uid = name, .name = name, .kind = "shift", .span = {kNow, kNow + kHour}, .minimum_instances = minimum};
  };
  seen.events = {asks("office", 20), asks("lunch", 25), asks("tail", 22)};
  EXPECT_EQ(decide().desired, 25);
  EXPECT_NE(stage(decide(), "calendar_floor").reason.find("lunch"), std::string::npos);
  policy.max = 40;
  seen.events.push_back(asks("launch", 100));
  EXPECT_EQ(stage(decide(), "calendar_floor").capacity, 100);
  EXPECT_EQ(decide().desired, 40);
}

TEST_F(PlannerTest, WhatIsAlreadyArrivingFitsWhateverTheForecastSays) {
  seen.recent_demand = 31.2;
  EXPECT_EQ(decide().desired, 32);
}

// 8 were arriving ten minutes ago, and one of twenty rises over so long exceeds a quarter: (8 + 0.1) x 1.25 - 0.1
// = 10.025 busy instances must fit at 100 % CPU, so 11 stand where the forecast alone asks for 4, and not the
// present 12.
TEST_F(PlannerTest, WhatIsKnownLateIsWidenedForItsAgeAndDoesNotHoldTheCapacity) {
  forecasts.peak = forecast_of({{3, 1}});
  seen.metrics_age = Duration{600};
  seen.recent_growth = 1.25;
  EXPECT_EQ(decide().desired, 11);
  EXPECT_EQ(stage(decide(), "reactive_guard").reason,
            "8.0 busy instances were arriving until 10m ago, by now perhaps 10.0: they must fit");
  seen.recent_demand = 1.5;  // 1.6 x 1.25 - 0.1 = 1.9
  EXPECT_EQ(decide().desired, 4);
  seen.recent_demand.reset();
  EXPECT_EQ(decide().desired, 12) << "of unknown demand nothing is taken away";
}

TEST_F(PlannerTest, StepLimitsAndStabilisationBindOnlyTheirDirection) {
  policy.max_scale_in = 1;
  EXPECT_EQ(decide().desired, 11);
  policy.max_scale_in.reset();
  policy.scale_in_stabilisation = Duration{900};
  state.recent = {{kNow - Duration{300}, 11}, {kNow - Duration{1200}, 40}};
  EXPECT_EQ(decide().desired, 11);  // the 40 is too old to count
}

TEST_F(PlannerTest, HoldsOnMissingMetricsAndSaysSo) {
  forecasts = {.health = Health::hold, .reason = "metrics are 20m old"};
  seen.recent_demand.reset();
  seen.recent_peak.reset();
  EXPECT_EQ(decide().desired, 12);
  EXPECT_NE(decide().stages.front().reason.find("20m old"), std::string::npos);
}

TEST_F(PlannerTest, WithoutAForecastFollowsThePeakFastUpAndSlowlyDown) {
  forecasts = {.health = Health::reactive, .reason = "one day of history"};
  seen.recent_peak = 20.0;  // 1.25 * 20 / 0.8 = 31.25
  EXPECT_EQ(decide().desired, 32);
  seen.recent_peak = 2.0;  // wants 4, goes from 12 by a tenth
  EXPECT_EQ(decide().desired, 11);
}

TEST_F(PlannerTest, WithoutAForecastAStatedEventCountsUntilItIsSeen) {
  forecasts = {.health = Health::reactive, .reason = "one day of history"};
  seen.events = {{.uid = "b", .name = "Black Friday", .kind = "black-friday", .expected_uplift = 4.0}};
  seen.events[0].span = {kNow + Duration{300}, kNow + kHour};
  seen.recent_peak = 8.0;  // 1.25 * 4 * 8 / 0.8
  EXPECT_EQ(decide().desired, 50);
  EXPECT_NE(stage(decide(), "reactive").reason.find("\"Black Friday\" brings x4 as stated"), std::string::npos);
  seen.events[0].expected_uplift = 0.5;  // a stated lull does not take away what is arriving before it
  EXPECT_EQ(decide().desired, 13);
  seen.events[0].expected_uplift = 4.0;
  seen.events[0].span.start = kNow - Duration{300};  // what arrives tells by now: 12.5, down from 12 by nothing
  EXPECT_EQ(decide().desired, 13);
}

TEST_F(PlannerTest, TheCounterfactualIsPlannedWithoutEvents) {
  seen.events = {{.uid = "s", .name = "Sale", .kind = "sale", .span = {kNow, kNow + kHour}, .minimum_instances = 25}};
  forecasts.without_calendar = forecast_of({{8, 1}});
  forecasts.peak = forecast_of({{24, 1}});
  EXPECT_EQ(decide().desired, 30);
  EXPECT_EQ(decide().desired_without_calendar, 10);
}

TEST_F(PlannerTest, ReasonsSpeakOfTheGroupsUnit) {
  seen.unit = CapacityUnit::vcpus;
  seen.events = {{.uid = "s", .name = "Sale", .kind = "sale", .span = {kNow, kNow + kHour}, .minimum_instances = 25}};
  seen.recent_demand = 31.2;
  EXPECT_NE(stage(decide(), "newsvendor").reason.find("vCPUs (median)"), std::string::npos);
  EXPECT_NE(stage(decide(), "calendar_floor").reason.find("at least 25 vCPUs"), std::string::npos);
  for (const Stage& stage : decide().stages) EXPECT_EQ(stage.reason.find("instances"), std::string::npos) << stage.name;
}

TEST_F(PlannerTest, ThresholdIsTheClassicRule) {
  policy.kind = PolicyKind::threshold;
  for (const auto& [cpu, desired] :
       std::vector<std::pair<double, int>>{{70.1, 13}, {70, 12}, {50, 12}, {35, 12}, {34.9, 11}}) {
    forecasts.next_interval_cpu = cpu;
    EXPECT_EQ(decide().desired, desired) << cpu;
  }
  seen.instance = 4;  // one instance counts for four
  EXPECT_EQ(decide().desired, 8);
  policy.max = 12;
  forecasts.next_interval_cpu = 95;
  EXPECT_EQ(decide().desired, 12);
  forecasts.next_interval_cpu.reset();
  EXPECT_EQ(decide().desired, 12);
}

RC_GTEST_PROP(Planner, StaysWithinLimitsAndNeverScalesInOnMissingData, ()) {
  Observation seen;
  seen.desired = *rc::gen::inRange(1, 60);
  Policy policy;
  policy.min = *rc::gen::inRange(1, 20);
  policy.max = policy.min + *rc::gen::inRange(0, 40);
  if (*rc::gen::arbitrary<bool>()) policy.max_scale_in = *rc::gen::inRange(1, 5);
  if (*rc::gen::arbitrary<bool>()) policy.max_scale_out = *rc::gen::inRange(1, 5);
  policy.kind = *rc::gen::element(PolicyKind::almanac, PolicyKind::threshold);
  Forecasts forecasts;
  forecasts.health = *rc::gen::element(Health::hold, Health::reactive, Health::full);
  forecasts.reason = "generated";
  const bool known = *rc::gen::arbitrary<bool>();
  if (known) seen.recent_demand = seen.recent_peak = *rc::gen::inRange(0, 100) / 2.0;
  const Decision decision = decide(seen, forecasts, policy, {}, kNow);
  RC_ASSERT(policy.min <= decision.desired && decision.desired <= policy.max);
  if (!known || forecasts.health == Health::hold) RC_ASSERT(decision.desired >= std::min(seen.desired, policy.max));
}

RC_GTEST_PROP(Planner, MoreDemandNeverMeansFewerInstances, ()) {
  const int peak = *rc::gen::inRange(1, 400), more = *rc::gen::inRange(0, 400);
  Observation seen;
  seen.desired = *rc::gen::inRange(1, 60);
  seen.recent_demand = 1.0;
  Policy policy;
  PlannerState state{.budget = initial_budget(0.001)};
  const auto desired = [&](double demand) {
    Forecasts forecasts{.peak = forecast_of({{demand, 3}, {demand * 1.5, 1}})};
    return decide(seen, forecasts, policy, state, kNow).desired;
  };
  RC_ASSERT(desired((peak + more) / 10.0) >= desired(peak / 10.0));
}

}  // namespace
}  // namespace almanac::planning

#include "simulation/simulated_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/metric_source_contract.h"
#include "ports/scaling_group_contract.h"
#include "simulation/workload.h"

namespace almanac::simulation {
namespace {

using testing::HasSubstr;

Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

// 2024-01-01 00:00, `minutes` of 20 requests/s that an instance of 10 requests/s serves; boot 5.
Trace steady(int minutes, double rate = 20) {
  Trace trace;
  trace.demand = {at("2024-01-01"), kMinute, std::vector<double>(static_cast<std::size_t>(minutes), rate)};
  trace.metrics["network_in"] = {at("2024-01-01"), kMinute, std::vector<double>(static_cast<std::size_t>(minutes), 7)};
  return trace;
}

CloudOptions options_of(Timestamp start, int initial) {
  CloudOptions options;
  options.plant.unit_capacity = 10;
  options.plant.min = 1;
  options.plant.max = 20;
  options.start = start;
  options.initial = initial;
  return options;
}

TEST(SimulatedCloud, KeepsTheContractOfAScalingGroup) {
  const Trace trace = steady(3000);
  SimulatedCloud cloud(trace, options_of(at("2024-01-01"), 4));
  ports::expect_scaling_group_contract(
      {cloud.group(), [&] { return cloud.now(); }, [&] { cloud.advance_to(cloud.now() + 10 * kMinute); }});
}

// Twenty requests a second want two instances, which is where somebody else's policy would bring the group.
TEST(SimulatedCloud, ARaisedMinimumHoldsAgainstAnOperatorsPolicyAndTheGroupComesDownWhenItEnds) {
  struct Two final : Policy {
    double decide(const View&) override { return 2; }
  } operators;
  const Trace trace = steady(60);
  SimulatedCloud cloud(trace, options_of(at("2024-01-01"), 4));
  ASSERT_TRUE(cloud.group().raise_minimum(6, cloud.now(), cloud.now() + 10 * kMinute));
  cloud.advance_to(cloud.now() + 10 * kMinute, &operators);
  EXPECT_EQ(cloud.desired().back(), 6);
  cloud.advance_to(cloud.now() + kMinute, &operators);
  EXPECT_EQ(cloud.desired().back(), 2);
}

TEST(SimulatedCloud, ARaisedMinimumHoldsAgainstScalingInUntilItEnds) {
  const Trace trace = steady(60);
  SimulatedCloud cloud(trace, options_of(at("2024-01-01"), 4));
  ASSERT_TRUE(cloud.group().raise_minimum(6, cloud.now(), cloud.now() + 10 * kMinute));
  cloud.advance_to(cloud.now() + 9 * kMinute);
  EXPECT_EQ(cloud.group().describe()->desired, 6);
  EXPECT_THAT(cloud.group().set_desired(4).error().message, HasSubstr("expected 6 to 20"));
  cloud.advance_to(cloud.now() + kMinute);
  EXPECT_EQ(cloud.group().describe()->desired, 6) << "an end lowers the minimum, not the capacity";
  EXPECT_TRUE(cloud.group().set_desired(4));
}

TEST(SimulatedCloud, KeepsTheContractOfAMetricSource) {
  const auto workload = make_workload({.history_weeks = 2, .played_weeks = 1});
  ASSERT_TRUE(workload.has_value());
  CloudOptions options;
  options.plant = workload->plant;
  options.start = workload->history.start;
  options.initial = 20;
  options.outages = workload->outages;
  SimulatedCloud cloud(workload->trace, options);
  // In the middle of an interval, days before the trace ends: what is to come is not told.
  cloud.advance_to(workload->played.start + 3 * kDay + 7 * kMinute);
  ASSERT_GT(workload->trace.range().end, cloud.now() + kDay);
  const TimeRange past{workload->trace.range().start, floor_to(cloud.now(), 5 * kMinute)};
  ports::MetricGaps gaps;
  for (const TimeRange& outage : workload->outages) {
    const Timestamp first = ceil_to(outage.start, 5 * kMinute);
    if (past.contains(first) && first + 5 * kMinute <= outage.end) gaps.unknown.push_back(first);
  }
  ASSERT_FALSE(gaps.unknown.empty());
  ports::expect_metric_source_contract(cloud.metrics(), past, 5 * kMinute, gaps);
}

TEST(SimulatedCloud, BootsInstancesAndReportsHowLongTheyTook) {
  const Trace trace = steady(60);
  SimulatedCloud cloud(trace, options_of(at("2024-01-01"), 2));
  ASSERT_TRUE(cloud.group().set_desired(5).has_value());
  EXPECT_EQ(cloud.group().describe()->in_service, 2);
  EXPECT_EQ(cloud.group().describe()->pending, 3);
  cloud.advance_to(at("2024-01-01T00:02"));
  ASSERT_TRUE(cloud.group().set_desired(6).has_value());
  cloud.advance_to(at("2024-01-01T00:04"));
  EXPECT_TRUE(cloud.group().launches(at("2024-01-01"))->empty());
  ASSERT_TRUE(cloud.group().set_desired(4).has_value());  // of the four that boot the newest two go
  cloud.advance_to(at("2024-01-01T00:05"));
  EXPECT_EQ(cloud.group().describe()->in_service, 4);
  const auto launches = cloud.group().launches(at("2024-01-01"));
  ASSERT_EQ(launches->size(), 2U);
  for (const auto& launch : *launches) {
    EXPECT_EQ(launch.launched, at("2024-01-01T00:00"));
    EXPECT_EQ(launch.in_service, at("2024-01-01T00:05"));
  }
}

TEST(SimulatedCloud, MeasuresCpuOverWhatIsInService) {
  const Trace trace = steady(60);
  SimulatedCloud cloud(trace, options_of(at("2024-01-01"), 4));
  cloud.advance_to(at("2024-01-01T00:02"));
  ASSERT_TRUE(cloud.group().set_desired(2).has_value());
  cloud.advance_to(at("2024-01-01T00:09"));
  const auto rows = cloud.metrics().read({at("2024-01-01"), at("2024-01-01T01:00")}, 5 * kMinute);
  ASSERT_EQ(rows->size(), 1U) << "the second interval has not finished";
  // Two minutes at 20 / 40 = 50 %, three at 20 / 20 = 100 %: 80 %. In service (4 + 4 + 2 + 2 + 2) / 5.
  EXPECT_DOUBLE_EQ(*rows->front().cpu_utilization, 80);
  EXPECT_DOUBLE_EQ(*rows->front().in_service_instances, 2.8);
  EXPECT_DOUBLE_EQ(*rows->front().request_count, 20 * 300);
  EXPECT_DOUBLE_EQ(*rows->front().request_peak, 20 * 300);
  EXPECT_DOUBLE_EQ(*rows->front().network_in, 35);
}

TEST(SimulatedCloud, LosesMetricsButNotLoadInAnOutage) {
  const Trace trace = steady(60, 90);
  CloudOptions options = options_of(at("2024-01-01"), 4);
  options.outages = {{at("2024-01-01T00:10"), at("2024-01-01T00:23")}};
  SimulatedCloud cloud(trace, options);
  cloud.advance_to(at("2024-01-01T01:00"));
  const auto rows = cloud.metrics().read({at("2024-01-01"), at("2024-01-01T01:00")}, 5 * kMinute);
  std::vector<std::string> starts;
  for (const Row& row : *rows) starts.push_back(format_timestamp(row.start).substr(14, 2));
  // 10 and 15 are gone; of 20 to 25 two minutes in five are known: too few.
  EXPECT_EQ(starts, (std::vector<std::string>{"00", "05", "25", "30", "35", "40", "45", "50", "55"}));
  EXPECT_DOUBLE_EQ(cloud.score(trace.range()).violating_share, 1);  // 90 of 40 requests/s
  EXPECT_EQ(cloud.score(trace.range()).minutes, 60);
  EXPECT_TRUE(is_missing(cloud.observed().values[15]));
}

TEST(SimulatedCloud, RefusesCapacitiesAndIntervalsOutOfBounds) {
  const Trace trace = steady(60);
  SimulatedCloud cloud(trace, options_of(at("2024-01-01"), 4));
  EXPECT_THAT(cloud.group().set_desired(21).error().message, HasSubstr("desired capacity 21; expected 1 to 20"));
  EXPECT_FALSE(cloud.metrics().read(trace.range(), Duration{90}).has_value());
}

TEST(SimulatedCloud, IsThePlantOfABacktest) {
  const auto workload = make_workload({.history_weeks = 1, .played_weeks = 1});
  ASSERT_TRUE(workload.has_value());
  const PolicyFamily* family = find_peer("hpa");
  const Series& demand = workload->trace.demand;
  const std::size_t from = workload->trace.minute_at(workload->played.start);
  const auto first = family->make(50, {&workload->plant, &demand, from});
  const auto expected = play(demand, workload->plant, *first, from, demand.size(), 20);

  CloudOptions options;
  options.plant = workload->plant;
  options.start = workload->played.start;
  options.initial = 20;
  SimulatedCloud cloud(workload->trace, options);
  const auto second = family->make(50, {&workload->plant, &demand, from});
  cloud.advance_to(workload->played.end, second.get());
  EXPECT_EQ(cloud.desired(), expected);
  EXPECT_DOUBLE_EQ(cloud.score(workload->played).cost,
                   score(demand.values, expected, workload->plant, from, demand.size()).cost);
}

}  // namespace
}  // namespace almanac::simulation

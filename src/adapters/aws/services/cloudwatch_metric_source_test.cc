#include "adapters/aws/services/cloudwatch_metric_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/fake_aws_client.h"
#include "adapters/aws/services/fake_cloudwatch.h"
#include "ports/metric_source_contract.h"

namespace almanac::adapters::aws {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Duration kFive{300};
const std::string kCpu = "AWS/EC2/CPUUtilization";
const std::string kNetwork = "AWS/EC2/NetworkIn";
const std::string kInService = "AWS/AutoScaling/GroupInServiceInstances";
const std::string kCapacity = "AWS/AutoScaling/GroupInServiceCapacity";
const std::string kRequests = "AWS/ApplicationELB/RequestCount";

Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

const Timestamp kNow = at("2026-03-01T12:00Z");
const TimeRange kLast{kNow - kFive, kNow};

struct CloudWatchTest : testing::Test {
  std::shared_ptr<FakeCloudWatch> cloud = std::make_shared<FakeCloudWatch>(kNow);
  std::shared_ptr<FakeAwsClient> aws = std::make_shared<FakeAwsClient>();
  std::shared_ptr<ports::ManualClock> clock = std::make_shared<ports::ManualClock>(kNow);
  int instances = 2;  // in service now
  CloudWatchMetricSource source = of(*request_count_metric("app/shop/1", "targetgroup/shop/2"));

  CloudWatchTest() {
    aws->handler = [this](const AwsCall& call) {
      if (FakeCloudWatch::form(call.body)["Action"] == "GetMetricData") return (*cloud)(call);
      return Result<AwsAnswer>(AwsAnswer{200, {}, group_of(instances), {}});
    };
  }
  // DescribeAutoScalingGroups.
  static std::string group_of(int in_service) {
    std::string text =
        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member>"
        "<AutoScalingGroupName>shop</AutoScalingGroupName><Instances>";
    for (int i = 0; i < in_service; ++i) text += "<member><LifecycleState>InService</LifecycleState></member>";
    return text +
           "</Instances></member></AutoScalingGroups></DescribeAutoScalingGroupsResult>"
           "</DescribeAutoScalingGroupsResponse>";
  }
  CloudWatchMetricSource of(std::optional<MetricName> requests, std::optional<InstanceWeights> weights = {}) {
    CloudWatchOptions options{"shop", std::move(requests), {}};
    if (weights) options.weights = [weights = *weights] { return weights; };
    return {aws, clock, std::move(options)};
  }
  void set_now(Timestamp now) {
    clock->set(now);
    cloud->now = now;
  }
  // Two instances with one sample of 5 minutes each, as basic monitoring has; 100, 101, 102, 103, 104 requests a
  // minute.
  void fill(TimeRange range) {
    for (Timestamp t = range.start; t < range.end; t += kFive) {
      for (const double instance : {30, 50}) {
        cloud->samples[kCpu].emplace(t, instance);
        cloud->samples[kNetwork].emplace(t, instance * 1e8);
      }
      for (int minute = 0; minute < 5; ++minute) {
        cloud->samples[kInService].emplace(t + kMinute * minute, 2);
        cloud->samples[kRequests].emplace(t + kMinute * minute, 100 + minute);
      }
    }
  }
  std::vector<Row> read(TimeRange range) { return read(source, range); }
  std::vector<Row> read(CloudWatchMetricSource& from, TimeRange range, Duration interval = kFive) {
    auto rows = from.read(range, interval);
    EXPECT_TRUE(rows.has_value()) << rows.error().message;
    return rows.value_or(std::vector<Row>{});
  }
};

TEST_F(CloudWatchTest, RowsHoldEveryMetricAndThePeakMinute) {
  const TimeRange range{at("2026-03-01T11:00Z"), at("2026-03-01T11:10Z")};
  fill(range);
  const auto rows = read(range);
  ASSERT_EQ(rows.size(), 2U);
  const Row& row = rows.front();
  EXPECT_EQ(row.start, range.start);
  EXPECT_EQ(row.cpu_utilization, 40);  // (30 + 50) / 2
  EXPECT_EQ(row.network_in, 8e9);      // 3e9 + 5e9
  EXPECT_EQ(row.in_service_instances, 2);
  EXPECT_EQ(row.request_count, 510);  // 100 + 101 + 102 + 103 + 104
  EXPECT_EQ(row.request_peak, 520);   // 104 x 5
  EXPECT_FALSE(row.is_sale_active);
}

// Two instances of weight 4 and, since eleven o'clock, the metric that counts units.
TEST_F(CloudWatchTest, OfAGroupWithWeightsTheCapacityIsInItsUnit) {
  const TimeRange range{at("2026-03-01T10:50Z"), at("2026-03-01T11:10Z")};
  fill(range);
  for (Timestamp t = at("2026-03-01T11:00Z"); t < range.end; t += kMinute) cloud->samples[kCapacity].emplace(t, 9);
  const auto in_service = [&](std::optional<InstanceWeights> weights) {
    CloudWatchMetricSource weighted = of(std::nullopt, weights);
    std::vector<std::optional<double>> all;
    for (const Row& row : read(weighted, range)) all.push_back(row.in_service_instances);
    return all;
  };
  EXPECT_THAT(in_service(InstanceWeights{true, 4}), ElementsAre(8, 8, 9, 9));
  // Several weights: how many units two instances were is not known.
  EXPECT_THAT(in_service(InstanceWeights{true, {}}), ElementsAre(std::nullopt, std::nullopt, 9, 9));
  EXPECT_THAT(in_service(InstanceWeights{false, 1}), ElementsAre(2, 2, 2, 2));
}

TEST_F(CloudWatchTest, WithoutTheWeightsOfAGroupNothingIsGiven) {
  fill(kLast);
  CloudWatchMetricSource unknown(aws, clock,
                                 {"shop", std::nullopt, [] { return fail(ErrorCode::throttled, "Rate exceeded"); }});
  EXPECT_EQ(unknown.read(kLast, kFive).error().code, ErrorCode::throttled);
}

TEST_F(CloudWatchTest, WhoMayNotLookAtGroupsTakesTheUnitsWhereTheyAreThere) {
  fill({kNow - 2 * kFive, kNow});
  cloud->samples[kCapacity].emplace(kNow - kFive, 8);
  CloudWatchMetricSource denied(
      aws, clock, {"shop", std::nullopt, [] { return fail(ErrorCode::permission_denied, "AccessDenied"); }});
  const auto rows = read(denied, {kNow - 2 * kFive, kNow});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].in_service_instances, 2);
  EXPECT_EQ(rows[1].in_service_instances, 8);
}

TEST_F(CloudWatchTest, KeepsTheContractOfMetricSources) {
  const Timestamp silent = kNow - 6 * kHour, uncounted = kNow - 4 * kHour;
  fill({kNow - kDay, silent});
  fill({silent + kHour, kNow});
  cloud->samples[kRequests].erase(cloud->samples[kRequests].lower_bound(uncounted),
                                  cloud->samples[kRequests].lower_bound(uncounted + kHour));
  const ports::MetricGaps gaps{.unknown = {silent}, .no_requests = {uncounted}};
  ports::expect_metric_source_contract(source, {kNow - kDay, kNow}, kFive, gaps);
  ports::expect_metric_source_contract(source, {kNow - kDay, kNow}, kHour, gaps);
}

TEST_F(CloudWatchTest, AsksByTheDimensionsOfTheGroupAndTheLoadBalancer) {
  read({kNow - kHour, kNow - kHour / 2});
  ASSERT_EQ(aws->calls.size(), 2U);
  auto group = FakeCloudWatch::form(aws->calls[0].body), requests = FakeCloudWatch::form(aws->calls[1].body);
  const std::string metric = "MetricDataQueries.member.1.MetricStat.Metric.";
  EXPECT_EQ(group["Action"] + " " + group["Version"], "GetMetricData 2010-08-01");
  EXPECT_EQ(group[metric + "Dimensions.member.1.Name"], "AutoScalingGroupName");
  EXPECT_EQ(group[metric + "Dimensions.member.1.Value"], "shop");
  EXPECT_EQ(requests[metric + "Dimensions.member.1.Name"], "LoadBalancer");
  EXPECT_EQ(requests[metric + "Dimensions.member.1.Value"], "app/shop/1");
  EXPECT_EQ(requests[metric + "Dimensions.member.2.Name"], "TargetGroup");
  EXPECT_EQ(requests[metric + "Dimensions.member.2.Value"], "targetgroup/shop/2");
  EXPECT_EQ(aws->calls[0].service, "monitoring");
  EXPECT_THAT(aws->calls[0].resource, HasSubstr("group \"shop\""));
}

TEST_F(CloudWatchTest, WhatCloudWatchDoesNotKnowIsMissingNotZero) {
  cloud->samples[kNetwork].emplace(at("2026-03-01T11:00Z"), 40);
  const auto rows = read({at("2026-03-01T11:00Z"), at("2026-03-01T11:30Z")});
  ASSERT_EQ(rows.size(), 1U);
  Row only;
  only.start = at("2026-03-01T11:00Z");
  only.network_in = 40;
  EXPECT_EQ(rows.front(), only);
}

TEST_F(CloudWatchTest, AMinuteWithoutRequestsIsZeroAmongOthersButAnIntervalWithoutAnyIsMissing) {
  cloud->samples[kRequests] = {{at("2026-03-01T11:01Z"), 7}, {at("2026-03-01T11:03Z"), 3}};
  const auto rows = read({at("2026-03-01T11:00Z"), at("2026-03-01T11:10Z")});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.front().request_count, 10);
  EXPECT_EQ(rows.front().request_peak, 35);  // 7 x 5
}

TEST_F(CloudWatchTest, GivesNoUnfinishedIntervalAndNoImpossibleCpu) {
  set_now(kNow + 2 * kMinute);
  fill({kNow - kFive, kNow + kFive});
  cloud->samples[kCpu] = {{kNow - kFive, 100.0000001}};
  const auto rows = read({kNow - kFive, kNow + kFive});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.front().cpu_utilization, 100);
}

// --- metrics that lag

TEST_F(CloudWatchTest, AHalfFilledYoungIntervalHasNoCountsYet) {
  fill({kNow - kHour, kNow});
  cloud->samples[kRequests].erase(kNow - kMinute);
  const auto rows = read(kLast);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_FALSE(rows.front().request_count) << "406 would look like a fall from 510";
  EXPECT_FALSE(rows.front().request_peak);
  EXPECT_EQ(rows.front().cpu_utilization, 40) << "an average is one as soon as there is a point";
}

TEST_F(CloudWatchTest, AYoungIntervalIsWholeOnceItsLastMinuteOrALaterOneIsThere) {
  fill({kNow - kHour, kNow});
  cloud->samples[kRequests].erase(kNow - 3 * kMinute);  // nobody came
  EXPECT_EQ(read(kLast).front().request_count, 408);    // 510 - 102
  cloud->samples[kRequests].erase(kNow - kMinute);
  EXPECT_FALSE(read(kLast).front().request_count);
  set_now(kNow + 2 * kMinute);
  cloud->samples[kRequests].emplace(kNow, 100);
  EXPECT_EQ(read(kLast).front().request_count, 304) << "the next minute is there, so this one will not come";
}

TEST_F(CloudWatchTest, TenMinutesAfterItsEndAnIntervalIsTakenAsItIs) {
  fill({kNow - kHour, kNow});
  cloud->samples[kRequests].erase(kNow - kMinute);
  set_now(kNow + Duration{599});
  EXPECT_FALSE(read(kLast).front().request_count);
  set_now(kNow + Duration{600});
  EXPECT_EQ(read(kLast).front().request_count, 406);
  EXPECT_EQ(read(kLast).front().request_peak, 515);  // 103 x 5
}

TEST_F(CloudWatchTest, ReadsTheSameInPartsWhileMetricsLag) {
  fill({kNow - kHour, kNow});
  for (int minute = 1; minute <= 7; ++minute) cloud->samples[kRequests].erase(kNow - minute * kMinute);
  cloud->samples[kNetwork].erase(kNow - kFive);
  ports::expect_metric_source_contract(source, {kNow - kHour, kNow}, kFive);
  const auto rows = read({kNow - kHour, kNow});
  ASSERT_EQ(rows.size(), 12U);
  EXPECT_TRUE(rows[9].request_count);
  EXPECT_FALSE(rows[10].request_count) << "11:50 has 3 of its minutes and no later one";
  EXPECT_FALSE(rows[11].request_count);
}

TEST_F(CloudWatchTest, LeavesOutTheNetworkWhileInstancesAreStillToReport) {
  fill({kNow - kHour, kNow});
  auto& network = cloud->samples[kNetwork];
  network.erase(network.lower_bound(kNow - kFive));  // one of the two instances
  EXPECT_FALSE(read(kLast).front().network_in) << "1 of 2 samples";
  set_now(kNow + Duration{600});
  EXPECT_EQ(read(kLast).front().network_in, 5e9) << "the other one is gone";
}

TEST_F(CloudWatchTest, TakesTheNetworkOfAGroupThatLostFewInstances) {
  for (int i = 0; i < 8; ++i) cloud->samples[kNetwork].emplace(kNow - 2 * kFive, 10);
  for (int i = 0; i < 6; ++i) cloud->samples[kNetwork].emplace(kNow - kFive, 10);
  EXPECT_EQ(read(kLast).front().network_in, 60) << "6 of 8 samples";
}

// --- what is kept

TEST_F(CloudWatchTest, AsksForPeriodsOnlyAsFarBackAsTheyAreKept) {
  const Timestamp start = at("2025-12-01T00:00Z");  // 90 days before now
  fill({start, at("2026-03-01T11:00Z")});
  const auto rows = read({start, at("2026-03-01T11:00Z")});
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows.front().start, at("2025-12-28T12:00Z")) << "63 days before now";
  EXPECT_EQ(rows.size(), 63 * 288U - 12) << "up to an hour ago";
  const auto first_peak = std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.request_peak; });
  ASSERT_NE(first_peak, rows.end());
  EXPECT_EQ(first_peak->start, at("2026-02-14T12:00Z")) << "15 days before now";
  for (const Row& row : rows) ASSERT_EQ(row.request_count, 510) << format_timestamp(row.start);
}

TEST_F(CloudWatchTest, ReadsHoursAYearBack) {
  cloud->samples[kCpu].emplace(at("2025-03-01T12:30Z"), 40);
  EXPECT_EQ(read(source, {at("2025-03-01T00:00Z"), at("2025-03-02T00:00Z")}, kHour).size(), 1U);
  EXPECT_TRUE(read(source, {at("2025-03-01T00:00Z"), at("2025-03-02T00:00Z")}, kFive).empty());
}

TEST_F(CloudWatchTest, RefusesIntervalsThatAreNotOfWholeMinutes) {
  const auto rows = source.read({kNow - kHour, kNow}, Duration{90});
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(rows.error().message, HasSubstr("1m30s"));
}

// --- groups whose metrics are not enabled

TEST_F(CloudWatchTest, CountsInstancesByTheirCpuSamplesWhereTheGroupsMetricsAreNotEnabled) {
  const TimeRange range{at("2025-12-01T00:00Z"), at("2026-03-01T11:00Z")};  // 90 days
  fill(range);
  cloud->samples.erase(kInService);
  auto cpu_only = of(std::nullopt);
  const auto rows = read(cpu_only, range);
  EXPECT_EQ(rows.size(), 63 * 288U - 12) << "as far back as CloudWatch keeps five minutes";
  for (const Row& row : rows) ASSERT_EQ(row.in_service_instances, 2) << format_timestamp(row.start);
}

TEST_F(CloudWatchTest, AnInstanceUnderDetailedMonitoringHasFiveSamplesInFiveMinutes) {
  instances = 3;
  for (Timestamp t = kNow - 2 * kDay; t < kNow; t += kMinute)
    for (int i = 0; i < 3; ++i) cloud->samples[kCpu].emplace(t, 50);
  auto cpu_only = of(std::nullopt);
  const auto rows = read(cpu_only, {kNow - kDay, kNow});
  ASSERT_EQ(rows.size(), 288U);
  for (const Row& row : rows) ASSERT_EQ(row.in_service_instances, 3);
  ports::expect_metric_source_contract(cpu_only, {kNow - kDay, kNow}, kFive);
}

TEST_F(CloudWatchTest, CountsBySamplesOnlyBeforeTheGroupsMetricsWereEnabled) {
  fill({kNow - kDay, kNow});
  auto& counted = cloud->samples[kInService];
  counted.erase(counted.begin(), counted.lower_bound(kNow - kHour));
  for (auto& [time, value] : counted) value = 7;  // whatever the group says, it knows
  const auto rows = read({kNow - kDay, kNow});
  EXPECT_EQ(rows.front().in_service_instances, 2);
  EXPECT_EQ(rows.back().in_service_instances, 7);
}

TEST_F(CloudWatchTest, SamplesCountInstancesWhichAreUnitsOnlyWhereAllWeighTheSame) {
  fill({kNow - kDay, kNow});
  cloud->samples.erase(kInService);
  auto same = of(std::nullopt, InstanceWeights{true, 4}), several = of(std::nullopt, InstanceWeights{true, {}});
  for (const Row& row : read(same, {kNow - kDay, kNow})) ASSERT_EQ(row.in_service_instances, 8);
  for (const Row& row : read(several, {kNow - kDay, kNow})) ASSERT_FALSE(row.in_service_instances);
}

TEST_F(CloudWatchTest, AnInstanceThatIsLateToReportHasNotGone) {
  fill({kNow - kHour, kNow});
  cloud->samples.erase(kInService);
  auto& cpu = cloud->samples[kCpu];
  cpu.erase(cpu.lower_bound(kNow - kFive));  // one of the two
  auto cpu_only = of(std::nullopt);
  EXPECT_FALSE(read(cpu_only, {kNow - kHour, kNow}).back().in_service_instances);
  set_now(kNow + Duration{600});
  EXPECT_EQ(read(cpu_only, kLast).back().in_service_instances, 1) << "ten minutes later it has";
}

TEST_F(CloudWatchTest, AsksOnceAnHourHowTheGroupIsMonitored) {
  fill({kNow - kDay, kNow});
  cloud->samples.erase(kInService);
  auto cpu_only = of(std::nullopt);
  read(cpu_only, {kNow - kHour, kNow});
  EXPECT_EQ(aws->calls.size(), 4U) << "the metrics; the samples by the minute, the group; the samples";
  read(cpu_only, {kNow - kHour, kNow});
  EXPECT_EQ(aws->calls.size(), 6U);
}

// --- demand from elsewhere

TEST_F(CloudWatchTest, WithoutALoadBalancerAsksForTheGroupOnly) {
  fill({kNow - kHour, kNow});
  auto cpu_only = of(std::nullopt);
  const auto rows = read(cpu_only, {kNow - kHour, kNow - kHour / 2});
  EXPECT_EQ(rows.size(), 6U);
  EXPECT_EQ(aws->calls.size(), 1U);
  EXPECT_FALSE(rows.front().request_count);
}

TEST_F(CloudWatchTest, TakesASumOfTheUsersOwnOncePerInterval) {
  auto own = of(MetricName{"Shop", "Orders", {{"Site", "eu"}}, "Sum"});
  for (Timestamp t = kNow - kHour; t < kNow; t += kFive) cloud->samples["Shop/Orders"].emplace(t, 30);
  const auto rows = read(own, {kNow - kHour, kNow});
  ASSERT_EQ(rows.size(), 12U);
  EXPECT_EQ(rows.back().request_count, 30) << "young, and its only point is there";
  EXPECT_FALSE(rows.back().request_peak) << "150 would be the peak of a metric with a point every minute";
  ports::expect_metric_source_contract(own, {kNow - kHour, kNow}, kFive);
}

TEST_F(CloudWatchTest, WaitsForTheMinutesOfASumThatHasThem) {
  auto own = of(MetricName{"Shop", "Orders", {}, "Sum"});
  for (Timestamp t = kNow - kHour; t < kNow - 4 * kMinute; t += kMinute) cloud->samples["Shop/Orders"].emplace(t, 30);
  EXPECT_TRUE(read(own, kLast).empty()) << "one minute of five: 30 after 150";
  EXPECT_EQ(read(own, {kNow - kHour, kNow}).back().request_count, 150);
  EXPECT_EQ(read(own, {kNow - kHour, kNow}).back().request_peak, 150);  // 30 x 5
}

TEST_F(CloudWatchTest, TakesAnAverageAsARatePerSecond) {
  auto own = of(MetricName{"Shop", "RequestsPerSecond", {}, "Average"});
  cloud->samples["Shop/RequestsPerSecond"] = {{kNow - kFive, 10}, {kNow - 4 * kMinute, 20}};
  const auto rows = read(own, kLast);
  ASSERT_EQ(rows.size(), 1U) << "no need to wait for a mean";
  EXPECT_EQ(rows.front().request_count, 4500);  // (10 + 20) / 2 x 300 s
  EXPECT_EQ(rows.front().request_peak, 6000);   // 20 x 300 s
}

TEST(RequestCountMetric, KnowsTheKindsOfLoadBalancer) {
  EXPECT_EQ(request_count_metric("app/shop/1", std::nullopt)->name_space, "AWS/ApplicationELB");
  const auto classic = request_count_metric("my-classic", std::nullopt);
  EXPECT_EQ(classic->name_space, "AWS/ELB");
  EXPECT_EQ(classic->dimensions.at("LoadBalancerName"), "my-classic");
  for (const char* other : {"net/shop/1", "gwy/shop/1"}) {
    const auto refused = request_count_metric(other, std::nullopt);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr(other), HasSubstr("metric of your own")));
  }
  EXPECT_EQ(request_count_metric("my-classic", "targetgroup/shop/2").error().code, ErrorCode::invalid_input);
  EXPECT_THAT(request_count_metric(std::nullopt, "targetgroup/shop/2").error().message, HasSubstr("load_balancer"));
}

}  // namespace
}  // namespace almanac::adapters::aws

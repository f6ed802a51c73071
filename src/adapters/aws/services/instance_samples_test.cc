#include "adapters/aws/services/instance_samples.h"

#include <gtest/gtest.h>

#include "adapters/aws/client/fake_aws_client.h"

namespace almanac::adapters::aws {
namespace {

constexpr Timestamp kStart{Duration{1'800'000'000}};

// Two hours of samples by the minute; `pattern` repeats.
std::map<Timestamp, double> minutes(const std::vector<double>& pattern) {
  std::map<Timestamp, double> samples;
  for (int i = 0; i < 120; ++i) {
    const double count = pattern[static_cast<std::size_t>(i) % pattern.size()];
    if (count > 0) samples[kStart + kMinute * i] = count;
  }
  return samples;
}

TEST(MonitoringOf, BasicLeavesMinutesOfFiveEmpty) {
  EXPECT_EQ(monitoring_of(minutes({4, 0, 0, 0, 0}), 4), Monitoring::basic);
  EXPECT_EQ(monitoring_of(minutes({0, 2, 0, 1, 1}), std::nullopt), Monitoring::basic);
  EXPECT_EQ(monitoring_of(minutes({1, 0, 0, 0, 0}), 1), Monitoring::basic);
}

TEST(MonitoringOf, DetailedHasEveryInstanceInEveryMinute) {
  EXPECT_EQ(monitoring_of(minutes({1}), 1), Monitoring::detailed);
  EXPECT_EQ(monitoring_of(minutes({12}), 12), Monitoring::detailed);
  EXPECT_EQ(monitoring_of(minutes({12}), std::nullopt), Monitoring::detailed);
}

TEST(MonitoringOf, InstancesThatReportInDifferentMinutesAreToldByHowManyThereAre) {
  EXPECT_EQ(monitoring_of(minutes({1, 1, 1, 1, 1}), 5), Monitoring::basic);  // 5 samples of 5
  EXPECT_EQ(monitoring_of(minutes({4, 2, 1, 2, 3}), 12), Monitoring::basic);
  EXPECT_EQ(monitoring_of(minutes({4, 2, 1, 2, 3}), std::nullopt), Monitoring::basic) << "uneven";
}

TEST(MonitoringOf, AGroupThatGrewSinceIsToldByTheEvennessOfItsMinutes) {
  EXPECT_EQ(monitoring_of(minutes({4}), 10), Monitoring::detailed);          // 20 samples, 10 instances now
  EXPECT_EQ(monitoring_of(minutes({8, 2, 1, 6, 3}), 9), Monitoring::basic);  // 20 samples, 9 instances now
}

TEST(MonitoringOf, NothingIsKnownWithoutSamples) {
  EXPECT_EQ(monitoring_of({}, 4), std::nullopt);
}

TEST(SamplesPerInstance, AreOneInFiveMinutesOrOneAMinute) {
  EXPECT_EQ(samples_per_instance(Monitoring::basic, Duration{300}), 1);
  EXPECT_EQ(samples_per_instance(Monitoring::detailed, Duration{300}), 5);
  EXPECT_EQ(samples_per_instance(Monitoring::basic, kHour), 12);
  EXPECT_EQ(samples_per_instance(Monitoring::detailed, kMinute), 1);
  EXPECT_FALSE(samples_per_instance(Monitoring::basic, kMinute)) << "four minutes of five have no sample";
}

std::string group_of(const std::string& instances) {
  return "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>" +
         (instances.empty() ? ""
                            : "<member><AutoScalingGroupName>shop</AutoScalingGroupName><Instances>" + instances +
                                  "</Instances></member>") +
         "</AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>";
}

Result<int> counted(const std::string& instances) {
  FakeAwsClient client;
  client.handler = [&](const AwsCall&) { return AwsAnswer{200, {}, group_of(instances), {}}; };
  return instances_in_service(client, "shop");
}

TEST(InstancesInService, CountsThoseThatServe) {
  const std::string serving = "<member><LifecycleState>InService</LifecycleState></member>";
  const auto count = counted(serving + serving + "<member><LifecycleState>Pending</LifecycleState></member>");
  ASSERT_TRUE(count.has_value()) << count.error().message;
  EXPECT_EQ(*count, 2);
}

TEST(InstancesInService, AreCountedWhateverEachCountsFor) {
  const auto count =
      counted("<member><LifecycleState>InService</LifecycleState><WeightedCapacity>4</WeightedCapacity></member>");
  ASSERT_TRUE(count.has_value());
  EXPECT_EQ(*count, 1);
}

TEST(InstancesInService, SaysWhereThereIsNoSuchGroup) {
  EXPECT_EQ(counted("").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace almanac::adapters::aws

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/default_aws_client.h"
#include "adapters/aws/client/query_protocol.h"
#include "adapters/aws/services/cloudwatch_metric_source.h"
#include "adapters/aws/services/sns_notifier.h"
#include "adapters/http/curl_transport.h"
#include "adapters/local/system_clock.h"
#include "ports/metric_source_contract.h"

// Rows from CloudWatch and messages to SNS as an emulator speaks them (tests/aws/with_moto.sh).
namespace almanac::contract {
namespace {

using adapters::aws::CloudWatchMetricSource;
using adapters::aws::QueryParameters;

struct AwsServices : testing::Test {
  std::shared_ptr<adapters::aws::AwsClient> aws;

  void SetUp() override {
    adapters::aws::AwsClientOptions options;
    options.transport = adapters::http::make_curl_transport();
    options.clock = std::make_shared<adapters::SystemClock>();
    auto made = adapters::aws::make_aws_client(std::move(options));
    ASSERT_TRUE(made.has_value()) << made.error().message;
    aws = *made;
  }

  void put_metric(const std::string& name_space, const std::string& name, const std::string& dimension,
                  const std::string& dimension_value, TimeRange range, Duration step, double value) {
    QueryParameters parameters;
    parameters.add("Namespace", name_space);
    int number = 0;
    for (Timestamp t = range.start; t < range.end; t += step) {
      const std::string member = fmt::format("MetricData.member.{}.", ++number);
      parameters.add(member + "MetricName", name).add(member + "Value", fmt::format("{}", value));
      parameters.add(member + "Timestamp", format_timestamp(t));
      parameters.add(member + "Dimensions.member.1.Name", dimension);
      parameters.add(member + "Dimensions.member.1.Value", dimension_value);
    }
    const auto put =
        aws->call(adapters::aws::query_call("monitoring", "PutMetricData", "2010-08-01", name_space, parameters));
    ASSERT_TRUE(put.has_value()) << put.error().message;
  }
};

TEST_F(AwsServices, CloudWatchKeepsTheContractOfMetricSources) {
  constexpr Duration kInterval{300};
  const Timestamp now = adapters::SystemClock().now();
  const TimeRange hour{floor_to(now, kInterval) - 2 * kHour, floor_to(now, kInterval) - kHour};
  put_metric("AWS/EC2", "CPUUtilization", "AutoScalingGroupName", "contract", hour, kInterval, 41.5);
  put_metric("AWS/EC2", "NetworkIn", "AutoScalingGroupName", "contract", hour, kInterval, 1.5e9);
  put_metric("AWS/AutoScaling", "GroupInServiceInstances", "AutoScalingGroupName", "contract", hour, kMinute, 3);
  put_metric("AWS/ApplicationELB", "RequestCount", "LoadBalancer", "app/contract/1", hour, kMinute, 120);

  CloudWatchMetricSource source(aws, std::make_shared<ports::ManualClock>(now),
                                {"contract", *adapters::aws::request_count_metric("app/contract/1", std::nullopt)});
  ports::expect_metric_source_contract(source, hour, kInterval);
  const auto rows = source.read(hour, kInterval);
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  ASSERT_EQ(rows->size(), 12U);
  Row expected;
  expected.start = hour.start;
  expected.cpu_utilization = 41.5;
  expected.network_in = 1.5e9;
  expected.in_service_instances = 3;
  expected.request_count = 600;  // 5 x 120
  expected.request_peak = 600;
  EXPECT_EQ(rows->front(), expected);
}

TEST_F(AwsServices, SnsTakesAMessageAndSaysWhichTopicIsMissing) {
  const auto created = aws->call(
      adapters::aws::query_call("sns", "CreateTopic", "2010-03-31", "topic", QueryParameters().add("Name", "t")));
  ASSERT_TRUE(created.has_value()) << created.error().message;
  const std::string arn = fmt::format("arn:aws:sns:{}:123456789012:", aws->region());
  const ports::Notification message{ports::NotificationKind::at_maximum, "contract", adapters::SystemClock().now(),
                                    "Größer als das Maximum", "Raise it.\nOr do not."};
  const auto sent = adapters::aws::SnsNotifier(aws, arn + "t").notify(message);
  EXPECT_TRUE(sent.has_value()) << sent.error().message;
  const auto lost = adapters::aws::SnsNotifier(aws, arn + "another").notify(message);
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().code, ErrorCode::invalid_input);
  EXPECT_NE(lost.error().message.find("SNS Publish, " + arn + "another"), std::string::npos) << lost.error().message;
}

}  // namespace
}  // namespace almanac::contract

#include "adapters/aws/services/cloudwatch_metric_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "adapters/aws/client/fake_aws_client.h"
#include "ports/metric_source_contract.h"

namespace almanac::adapters::aws {
namespace {

using testing::HasSubstr;

constexpr Duration kFive{300};

Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

// CloudWatch as far as GetMetricData: points by namespace/name and period; it sums and averages nothing by itself.
struct FakeCloudWatch {
  std::map<std::pair<std::string, int>, std::map<Timestamp, double>> points;
  std::size_t page = 100'800;  // points of one answer
  std::string status = "Complete";
  std::vector<std::string> periods_asked;

  static std::map<std::string, std::string> form(const std::string& body) {
    std::map<std::string, std::string> all;
    std::size_t start = 0;
    while (start < body.size()) {
      const auto end = std::min(body.find('&', start), body.size());
      const std::string pair = body.substr(start, end - start);
      std::string value;
      for (std::size_t i = pair.find('=') + 1; i < pair.size(); ++i) {
        if (pair[i] == '%') {
          value += static_cast<char>(std::stoi(pair.substr(i + 1, 2), nullptr, 16));
          i += 2;
        } else {
          value += pair[i];
        }
      }
      all[pair.substr(0, pair.find('='))] = value;
      start = end + 1;
    }
    return all;
  }

  Result<AwsAnswer> operator()(const AwsCall& call) {
    auto asked = form(call.body);
    const Timestamp start = at(asked.at("StartTime")), end = at(asked.at("EndTime"));
    const std::size_t skip = asked.contains("NextToken") ? std::stoul(asked["NextToken"]) : 0;
    std::size_t seen = 0, given = 0;
    std::string results;
    for (int n = 1;; ++n) {
      const std::string prefix = fmt::format("MetricDataQueries.member.{}.", n);
      if (!asked.contains(prefix + "Id")) break;
      const std::string name =
          asked[prefix + "MetricStat.Metric.Namespace"] + "/" + asked[prefix + "MetricStat.Metric.MetricName"];
      const int period = std::stoi(asked[prefix + "MetricStat.Period"]);
      periods_asked.push_back(fmt::format("{} {} from {}", name, period, asked["StartTime"]));
      std::string times, values;
      for (const auto& [time, value] : points[{name, period}]) {
        if (time < start || time >= end) continue;
        if (seen++ < skip || given == page) continue;
        ++given;
        times += "<member>" + format_timestamp(time) + "</member>";
        values += fmt::format("<member>{}</member>", value);
      }
      results += fmt::format(
          "<member><Id>{}</Id><StatusCode>{}</StatusCode><Timestamps>{}</Timestamps><Values>{}</Values></member>",
          asked[prefix + "Id"], status, times, values);
    }
    const std::string next = skip + given < seen ? fmt::format("<NextToken>{}</NextToken>", skip + given) : "";
    return AwsAnswer{200,
                     {},
                     "<GetMetricDataResponse><GetMetricDataResult><MetricDataResults>" + results +
                         "</MetricDataResults>" + next + "</GetMetricDataResult></GetMetricDataResponse>",
                     {}};
  }
};

const std::string kRequests = "AWS/ApplicationELB/RequestCount";
const std::string kCpu = "AWS/EC2/CPUUtilization";

struct CloudWatchTest : testing::Test {
  std::shared_ptr<FakeCloudWatch> cloud = std::make_shared<FakeCloudWatch>();
  std::shared_ptr<FakeAwsClient> aws = std::make_shared<FakeAwsClient>();
  std::shared_ptr<ports::ManualClock> clock = std::make_shared<ports::ManualClock>(at("2026-03-01T12:00Z"));
  CloudWatchMetricSource source{aws, clock, {"shop", *request_count_metric("app/shop/1", "targetgroup/shop/2")}};

  CloudWatchTest() {
    aws->handler = [cloud = cloud](const AwsCall& call) { return (*cloud)(call); };
  }
  // A point every five minutes of all metrics, and every minute of the requests: 100, 101, 102, 103, 104 a minute.
  void fill(TimeRange range) {
    for (Timestamp t = range.start; t < range.end; t += kFive) {
      cloud->points[{kCpu, 300}][t] = 40;
      cloud->points[{"AWS/EC2/NetworkIn", 300}][t] = 5e9;
      cloud->points[{"AWS/AutoScaling/GroupInServiceInstances", 300}][t] = 3;
      cloud->points[{kRequests, 300}][t] = 510;
      for (int m = 0; m < 5; ++m) cloud->points[{kRequests, 60}][t + kMinute * m] = 100 + m;
    }
  }
};

TEST_F(CloudWatchTest, RowsHoldEveryMetricAndThePeakMinute) {
  fill({at("2026-03-01T11:00Z"), at("2026-03-01T11:10Z")});
  const auto rows = source.read({at("2026-03-01T11:00Z"), at("2026-03-01T11:10Z")}, kFive);
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2U);
  const Row& row = rows->front();
  EXPECT_EQ(row.start, at("2026-03-01T11:00Z"));
  EXPECT_EQ(row.cpu_utilization, 40);
  EXPECT_EQ(row.network_in, 5e9);
  EXPECT_EQ(row.in_service_instances, 3);
  EXPECT_EQ(row.request_count, 510);
  EXPECT_EQ(row.request_peak, 520) << "the highest minute, 104, as if all five were like it";
  EXPECT_FALSE(row.is_sale_active);
}

TEST_F(CloudWatchTest, KeepsTheContractOfMetricSources) {
  fill({at("2026-02-20T00:00Z"), at("2026-02-21T00:00Z")});
  ports::expect_metric_source_contract(source, {at("2026-02-20T00:00Z"), at("2026-02-21T00:00Z")}, kFive);
}

TEST_F(CloudWatchTest, AsksByTheGroupsAndTheLoadBalancersDimensions) {
  ASSERT_TRUE(source.read({at("2026-03-01T11:00Z"), at("2026-03-01T11:10Z")}, kFive));
  const std::string body = aws->calls.at(0).body;
  EXPECT_THAT(body,
              HasSubstr("MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=AutoScalingGroupName"));
  EXPECT_THAT(body, HasSubstr("Name=LoadBalancer&"));
  EXPECT_THAT(body, HasSubstr("Value=app%2Fshop%2F1"));
  EXPECT_THAT(body, HasSubstr("Value=targetgroup%2Fshop%2F2"));
  EXPECT_EQ(aws->calls[0].service, "monitoring");
}

TEST_F(CloudWatchTest, WhatCloudWatchDoesNotKnowIsMissingNotZero) {
  cloud->points[{kCpu, 300}][at("2026-03-01T11:00Z")] = 40;
  const auto rows = source.read({at("2026-03-01T11:00Z"), at("2026-03-01T11:30Z")}, kFive);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_FALSE(rows->front().request_count);
  EXPECT_FALSE(rows->front().request_peak);
  EXPECT_FALSE(rows->front().in_service_instances);
}

TEST_F(CloudWatchTest, AHalfFilledYoungIntervalHasNoCountsYet) {
  fill({at("2026-03-01T11:55Z"), at("2026-03-01T12:00Z")});
  auto& minutes = cloud->points[{kRequests, 60}];
  minutes.erase(at("2026-03-01T11:59Z"));
  cloud->points[{kRequests, 300}][at("2026-03-01T11:55Z")] = 406;  // 100 + 101 + 102 + 103
  const TimeRange last{at("2026-03-01T11:55Z"), at("2026-03-01T12:00Z")};
  auto rows = source.read(last, kFive);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_FALSE(rows->front().request_count) << "406 would look like a fall from 510";
  EXPECT_FALSE(rows->front().request_peak);
  EXPECT_FALSE(rows->front().network_in);
  EXPECT_EQ(rows->front().cpu_utilization, 40) << "an average is one as soon as there is a point";

  // Three minutes later CloudWatch has what it will have: the minute without a point had no requests.
  clock->set(at("2026-03-01T12:03Z"));
  rows = source.read(last, kFive);
  EXPECT_EQ(rows->front().request_count, 406);
  EXPECT_EQ(rows->front().request_peak, 515);

  // And a young interval with all of its minutes is as good as an old one.
  minutes[at("2026-03-01T11:59Z")] = 104;
  clock->set(at("2026-03-01T12:00Z"));
  EXPECT_TRUE(source.read(last, kFive)->front().request_peak);
}

TEST_F(CloudWatchTest, AsksForMinutesOnlyAsFarBackAsTheyAreKept) {
  const Timestamp start = at("2025-12-01T00:00Z");  // 90 days before now
  fill({start, at("2026-03-01T11:00Z")});
  const auto rows = source.read({start, at("2026-03-01T11:00Z")}, kFive);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->front().start, at("2025-12-28T12:00Z")) << "63 days before now";
  const auto first_peak = std::find_if(rows->begin(), rows->end(), [](const Row& row) { return row.request_peak; });
  ASSERT_NE(first_peak, rows->end());
  EXPECT_EQ(first_peak->start, at("2026-02-14T12:00Z")) << "15 days before now";
  // No call by the minute begins earlier: CloudWatch would refuse it.
  for (const std::string& asked : cloud->periods_asked) {
    if (asked.find(" 60 ") == std::string::npos) continue;
    EXPECT_GE(asked.substr(asked.find("from ") + 5), "2026-02-14");
  }
}

TEST_F(CloudWatchTest, ReadsAllPages) {
  fill({at("2026-03-01T10:00Z"), at("2026-03-01T11:00Z")});
  const TimeRange hour{at("2026-03-01T10:00Z"), at("2026-03-01T11:00Z")};
  const auto whole = source.read(hour, kFive);
  cloud->page = 7;
  const auto paged = source.read(hour, kFive);
  ASSERT_TRUE(whole && paged);
  EXPECT_EQ(*paged, *whole);
  EXPECT_EQ(whole->size(), 12U);
}

TEST_F(CloudWatchTest, APartialAnswerIsNoAnswer) {
  fill({at("2026-03-01T11:00Z"), at("2026-03-01T11:05Z")});
  const TimeRange range{at("2026-03-01T11:00Z"), at("2026-03-01T11:05Z")};
  const std::pair<std::string, ErrorCode> cases[] = {{"PartialData", ErrorCode::unavailable},
                                                     {"InternalError", ErrorCode::unavailable},
                                                     {"Forbidden", ErrorCode::permission_denied}};
  for (const auto& [status, code] : cases) {
    cloud->status = status;
    const auto rows = source.read(range, kFive);
    ASSERT_FALSE(rows) << status;
    EXPECT_EQ(rows.error().code, code) << status;
    EXPECT_THAT(rows.error().message, HasSubstr("CloudWatch GetMetricData of group shop"));
  }
}

TEST_F(CloudWatchTest, WhatCannotBeReadIsSaidAndNothingIsReturned) {
  const TimeRange range{at("2026-03-01T11:00Z"), at("2026-03-01T11:05Z")};
  const auto series = [](const std::string& times, const std::string& values) {
    return "<R><GetMetricDataResult><MetricDataResults><member><Id>cpu</Id><StatusCode>Complete</"
           "StatusCode><Timestamps>" +
           times + "</Timestamps><Values>" + values +
           "</Values></member></MetricDataResults></GetMetricDataResult></R>";
  };
  const std::string time = "<member>2026-03-01T11:00:00Z</member>";
  for (const std::string& body :
       {std::string("nonsense"), std::string("<R/>"), series(time, ""), series(time, "<member>many</member>"),
        series("<member>soon</member>", "<member>1</member>"), series(time, "<member>nan</member>")}) {
    aws->handler = [&](const AwsCall&) { return AwsAnswer{200, {}, body, {}}; };
    const auto rows = source.read(range, kFive);
    ASSERT_FALSE(rows) << body;
    EXPECT_EQ(rows.error().code, ErrorCode::corrupt) << body;
  }
}

TEST(RequestCountMetric, KnowsTheKindsOfLoadBalancer) {
  EXPECT_EQ(request_count_metric("app/shop/1", std::nullopt)->name_space, "AWS/ApplicationELB");
  const auto classic = request_count_metric("my-classic", std::nullopt);
  EXPECT_EQ(classic->name_space, "AWS/ELB");
  EXPECT_EQ(classic->dimensions.at("LoadBalancerName"), "my-classic");
  EXPECT_EQ(request_count_metric("net/shop/1", std::nullopt).error().code, ErrorCode::invalid_input);
  EXPECT_THAT(request_count_metric(std::nullopt, "targetgroup/shop/2").error().message, HasSubstr("load_balancer"));
}

}  // namespace
}  // namespace almanac::adapters::aws

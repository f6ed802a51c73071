#include "adapters/aws/services/metric_data.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/fake_aws_client.h"
#include "adapters/aws/services/fake_cloudwatch.h"

namespace almanac::adapters::aws {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const Timestamp kNow = *parse_timestamp("2026-03-01T12:00Z");
const TimeRange kRange{kNow - kHour, kNow};

struct MetricDataTest : testing::Test {
  FakeCloudWatch cloud{kNow};
  FakeAwsClient aws;
  std::vector<MetricQuery> queries{{"cpu", {"AWS/EC2", "CPUUtilization", {}, "Average"}, Duration{300}},
                                   {"minutes", {"AWS/ELB", "RequestCount", {}, "Sum"}, kMinute}};

  MetricDataTest() {
    aws.handler = [this](const AwsCall& call) { return cloud(call); };
    for (Timestamp t = kRange.start; t < kRange.end; t += kMinute) {
      cloud.samples["AWS/EC2/CPUUtilization"].emplace(t, 40);
      cloud.samples["AWS/ELB/RequestCount"].emplace(t, 7);
    }
  }
  Result<void> read(TimeRange range = kRange) {
    return get_metric_data(aws, "metrics of group \"shop\"", range, queries);
  }
  std::size_t points() const { return queries[0].points.size() + queries[1].points.size(); }
};

TEST_F(MetricDataTest, ReadsAllPages) {
  cloud.page = 7;
  ASSERT_TRUE(read().has_value());
  EXPECT_EQ(queries[0].points.size(), 12U);
  EXPECT_EQ(queries[1].points.size(), 60U);
  EXPECT_EQ(aws.calls.size(), 11U);  // (12 + 60) / 7, rounded up
}

TEST_F(MetricDataTest, SplitsARangeThatHasMorePointsThanACallMayAskFor) {
  // A period of five minutes has 1 + 5 points, so a call takes 16,800 of them: 84,000 minutes or 58.3 days.
  cloud.now = kNow - 300 * kDay;  // keeps everything
  const TimeRange year{kNow - 365 * kDay, kNow};
  ASSERT_TRUE(read(year).has_value());
  ASSERT_EQ(aws.calls.size(), 7U);
  for (std::size_t i = 0; i < cloud.asked.size(); i += 2) {
    const TimeRange part = cloud.asked[i].range;
    EXPECT_LE(part.duration() / Duration{300} + part.duration() / kMinute, 100'800);
    EXPECT_EQ(part.start, i == 0 ? year.start : cloud.asked[i - 1].range.end);
  }
  EXPECT_EQ(cloud.asked.back().range.end, year.end);
  EXPECT_EQ(queries[1].points.size(), 60U);
}

TEST_F(MetricDataTest, AsksNothingOfAnEmptyRange) {
  ASSERT_TRUE(read({kNow, kNow}).has_value());
  EXPECT_THAT(aws.calls, IsEmpty());
}

TEST_F(MetricDataTest, APartThatNeverGetsWholeIsAnErrorAndNotTheData) {
  for (const std::string status : {"PartialData", "InternalError", "absent"}) {
    aws.calls.clear();
    cloud.statuses["minutes"] = status;
    cloud.messages = "<member><Code>Busy</Code><Value>some data were left out</Value></member>";
    const auto done = read();
    ASSERT_FALSE(done.has_value()) << status;
    EXPECT_EQ(done.error().code, ErrorCode::unavailable);
    EXPECT_THAT(
        done.error().message,
        AllOf(HasSubstr("CloudWatch GetMetricData, metrics of group \"shop\""), HasSubstr("AWS/ELB RequestCount"),
              HasSubstr(status == "absent" ? "not answered" : status), HasSubstr("some data were left out")));
    EXPECT_THAT(done.error().message, testing::Not(HasSubstr("CPUUtilization")));
    EXPECT_EQ(aws.calls.size(), 3U);
    EXPECT_EQ(points(), 0U);
  }
}

TEST_F(MetricDataTest, APartThatGetsWholeIsTheData) {
  cloud.statuses["cpu"] = "PartialData";
  aws.handler = [this](const AwsCall& call) {
    if (aws.calls.size() == 2) cloud.statuses.clear();
    return cloud(call);
  };
  ASSERT_TRUE(read().has_value());
  EXPECT_EQ(points(), 72U);
}

TEST_F(MetricDataTest, AForbiddenMetricIsSaidAtOnce) {
  cloud.statuses["cpu"] = "Forbidden";
  const auto done = read();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(done.error().message, AllOf(HasSubstr("AWS/EC2 CPUUtilization"), HasSubstr("cloudwatch:GetMetricData")));
  EXPECT_EQ(aws.calls.size(), 1U);
}

TEST_F(MetricDataTest, HandsOnWhatTheClientReportsOnAnyPage) {
  cloud.page = 20;
  for (const ErrorCode code : {ErrorCode::throttled, ErrorCode::timed_out, ErrorCode::permission_denied}) {
    aws.calls.clear();
    aws.handler = [&](const AwsCall& call) -> Result<AwsAnswer> {
      if (aws.calls.size() == 3) return fail(code, "CloudWatch GetMetricData: refused");
      return cloud(call);
    };
    EXPECT_EQ(read().error().code, code);
    EXPECT_EQ(points(), 0U);
  }
}

std::string series(const std::string& times, const std::string& values, const std::string& token = "") {
  return "<GetMetricDataResponse><GetMetricDataResult><MetricDataResults><member><Id>cpu</Id><StatusCode>Complete"
         "</StatusCode><Timestamps>" +
         times + "</Timestamps><Values>" + values +
         "</Values></member><member><Id>minutes</Id><StatusCode>Complete"
         "</StatusCode></member></MetricDataResults><NextToken>" +
         token + "</NextToken></GetMetricDataResult></GetMetricDataResponse>";
}

TEST_F(MetricDataTest, WhatCannotBeReadIsSaid) {
  const std::string time = "<member>2026-03-01T11:00:00Z</member>", value = "<member>1</member>";
  for (const std::string& body : {
           std::string("nonsense"),
           std::string("<html><body/></html>"),
           series(time, value).substr(0, 200),
           series(time, ""),
           series(time, "<member>many</member>"),
           series(time, "<member>NaN</member>"),
           series("<member>soon</member>", value),
           series("<member>2026-03-01T11:01:00Z</member>", value),  // between two periods
           series(time, value, "the same again"),
       }) {
    aws.handler = [&](const AwsCall&) { return AwsAnswer{200, {}, body, {}}; };
    const auto done = read();
    ASSERT_FALSE(done.has_value()) << body;
    EXPECT_EQ(done.error().code, ErrorCode::corrupt) << body;
    EXPECT_THAT(done.error().message, HasSubstr("CloudWatch GetMetricData, metrics of group \"shop\""));
    EXPECT_EQ(points(), 0U) << body;
  }
}

TEST_F(MetricDataTest, ReadsNumbersAsCloudWatchWritesThemAndLeavesOutWhatIsNegative) {
  aws.handler = [&](const AwsCall&) {
    return AwsAnswer{200,
                     {},
                     series("<member>2026-03-01T11:00:00Z</member><member>2026-03-01T11:05:00+00:00</member>"
                            "<member>2026-03-01T11:10:00.000Z</member>",
                            "<member>1.25E7</member><member>0.0</member><member>-1</member>"),
                     {}};
  };
  ASSERT_TRUE(read().has_value());
  EXPECT_THAT(queries[0].points, ElementsAre(Pair(kRange.start, 1.25e7), Pair(kRange.start + Duration{300}, 0)));
}

}  // namespace
}  // namespace almanac::adapters::aws

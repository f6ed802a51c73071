#include "adapters/aws/services/account_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/aws/client/fake_aws_client.h"

namespace almanac::adapters::aws {
namespace {

using testing::HasSubstr;
using Verdict = Finding::Verdict;

const Timestamp kNow = *parse_timestamp("2026-11-27T12:00:00Z");

AwsAnswer identity(const std::string& date) {
  return {200,
          {{"date", date}},
          "<GetCallerIdentityResponse><GetCallerIdentityResult>"
          "<Arn>arn:aws:sts::123456789012:assumed-role/almanac-tick/i-1</Arn>"
          "</GetCallerIdentityResult></GetCallerIdentityResponse>",
          {}};
}

std::size_t count(const Findings& found, Verdict verdict) {
  return static_cast<std::size_t>(
      std::count_if(found.begin(), found.end(), [&](const Finding& one) { return one.verdict == verdict; }));
}

TEST(CheckCaller, NamesWhoItIsAndComparesTheClocks) {
  FakeAwsClient client;
  client.answers.push_back(identity("Fri, 27 Nov 2026 12:00:02 GMT"));
  const CallerCheck good = check_caller(client, ports::ManualClock(kNow));
  EXPECT_EQ(good.identity, "arn:aws:sts::123456789012:assumed-role/almanac-tick/i-1");
  ASSERT_EQ(good.findings.size(), 2U);
  EXPECT_EQ(count(good.findings, Verdict::good), 2U);
  EXPECT_EQ(good.findings[1].text, "within 2s of AWS");

  client.answers.push_back(identity("Fri, 27 Nov 2026 12:10:00 GMT"));
  const CallerCheck behind = check_caller(client, ports::ManualClock(kNow));
  EXPECT_EQ(behind.findings[1].verdict, Verdict::mend);
  EXPECT_EQ(behind.findings[1].text, "10m behind AWS");

  client.answers.push_back(identity("Fri, 27 Nov 2026 11:59:00 GMT"));
  const CallerCheck ahead = check_caller(client, ports::ManualClock(kNow));
  EXPECT_EQ(ahead.findings[1].verdict, Verdict::note);
  EXPECT_EQ(ahead.findings[1].text, "1m ahead of AWS");
}

TEST(CheckCaller, WhoeverIsRefusedIsToldWhy) {
  FakeAwsClient client;
  client.will_fail(ErrorCode::permission_denied, "no credentials: set AWS_ACCESS_KEY_ID");
  const CallerCheck check = check_caller(client, ports::ManualClock(kNow));
  EXPECT_EQ(check.identity, "");
  ASSERT_EQ(check.findings.size(), 1U);
  EXPECT_EQ(check.findings[0].text, "no credentials: set AWS_ACCESS_KEY_ID");
}

TEST(CheckBucket, VersioningOnOffAndForbidden) {
  FakeAwsClient client;
  client.will_answer("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
  EXPECT_EQ(check_bucket(client, "shop-data")[0].verdict, Verdict::good);
  EXPECT_EQ(client.calls[0].host_prefix, "shop-data.");
  client.will_answer("<VersioningConfiguration/>");
  EXPECT_EQ(check_bucket(client, "shop-data")[0].verdict, Verdict::note);
  client.will_fail(ErrorCode::permission_denied, "AccessDenied");
  EXPECT_EQ(check_bucket(client, "shop-data")[0].verdict, Verdict::not_checked);
  client.will_fail(ErrorCode::unavailable, "status 500");
  EXPECT_EQ(check_bucket(client, "shop-data")[0].verdict, Verdict::not_checked);
  client.will_fail(ErrorCode::not_found, "no such bucket");
  EXPECT_EQ(check_bucket(client, "shop-data")[0].verdict, Verdict::mend);
}

// Answers as a group of four instances that sends `samples` CPU values in five minutes; `denied` is refused.
std::function<Result<AwsAnswer>(const AwsCall&)> group_of_four(const std::string& samples, const std::string& denied) {
  return [=](const AwsCall& call) -> Result<AwsAnswer> {
    if (call.operation == denied) return fail(ErrorCode::permission_denied, call.operation + ": AccessDenied");
    std::string result;
    if (call.operation == "DescribeAutoScalingGroups") {
      result =
          "<AutoScalingGroups><member><AutoScalingGroupARN>arn:shop</AutoScalingGroupARN><Instances>"
          "<member/><member/><member/><member/></Instances></member></AutoScalingGroups>";
    } else if (call.operation == "GetMetricData") {
      result =
          "<MetricDataResults><member><Values><member>" + samples + "</member></Values></member></MetricDataResults>";
    }
    return AwsAnswer{200,
                     {},
                     "<" + call.operation + "Response><" + call.operation + "Result>" + result + "</" + call.operation +
                         "Result></" + call.operation + "Response>",
                     {}};
  };
}

// What is asked of a group and of its metrics.
Findings examined(FakeAwsClient& client, bool scheduled_actions_needed) {
  Findings found = check_reading(client, "shop", scheduled_actions_needed).findings;
  for (Finding& finding : check_detail(client, "shop", kNow)) found.push_back(std::move(finding));
  return found;
}

TEST(CheckReading, AllowedCallsAndTheDetailOfMetrics) {
  FakeAwsClient client;
  client.handler = group_of_four("20", "");  // 4 instances x 5 minutes
  EXPECT_EQ(check_reading(client, "shop", true).arn, "arn:shop");
  const Findings found = examined(client, true);
  EXPECT_EQ(found.size(), 6U);
  EXPECT_EQ(count(found, Verdict::good), 6U);
  client.handler = group_of_four("4", "");  // one each
  const Findings coarse = examined(client, true);
  EXPECT_EQ(coarse.back().text, "instances report every five minutes");
  EXPECT_EQ(coarse.back().verdict, Verdict::note);
}

TEST(CheckReading, ScheduledActionsAreNeededForFloorsOnly) {
  FakeAwsClient client;
  client.handler = group_of_four("20", "DescribeScheduledActions");
  EXPECT_EQ(count(examined(client, true), Verdict::mend), 1U);
  EXPECT_EQ(count(examined(client, false), Verdict::mend), 0U);
  client.handler = group_of_four("20", "GetMetricData");
  EXPECT_EQ(count(examined(client, false), Verdict::mend), 1U);
}

// What a refusal says of permissions, no other failure does: a 500 is the server's, not the caller's.
TEST(CheckReading, OnlyARefusalIsAMissingPermission) {
  for (const ErrorCode code : {ErrorCode::unavailable, ErrorCode::timed_out, ErrorCode::throttled}) {
    for (const std::string failing : {"DescribeAutoScalingGroups", "DescribeScalingActivities",
                                      "DescribeInstanceRefreshes", "DescribeScheduledActions", "GetMetricData"}) {
      FakeAwsClient client;
      client.handler = [=, good = group_of_four("20", "")](const AwsCall& call) -> Result<AwsAnswer> {
        if (call.operation == failing) return fail(code, call.operation + ": status 500");
        return good(call);
      };
      const Findings found = examined(client, true);
      EXPECT_EQ(count(found, Verdict::mend), 0U) << failing;
      ASSERT_EQ(count(found, Verdict::not_checked), 1U) << failing;
      const auto unchecked = std::find_if(found.begin(), found.end(),
                                          [](const Finding& one) { return one.verdict == Verdict::not_checked; });
      EXPECT_THAT(unchecked->text, HasSubstr(failing + ": could not be checked: "));
    }
  }
  // An optional call that the other side does not know is no permission either.
  FakeAwsClient client;
  client.handler = [good = group_of_four("20", "")](const AwsCall& call) -> Result<AwsAnswer> {
    if (call.operation == "DescribeInstanceRefreshes") return fail(ErrorCode::unsupported, "InvalidAction");
    return good(call);
  };
  const Findings found = examined(client, true);
  EXPECT_EQ(count(found, Verdict::mend), 0U);
  EXPECT_EQ(count(found, Verdict::not_checked), 1U);
}

TEST(Principals, ASessionBelongsToItsRole) {
  EXPECT_EQ(principal_of("arn:aws:sts::123456789012:assumed-role/almanac-tick/i-1"),
            "arn:aws:iam::123456789012:role/almanac-tick");
  EXPECT_EQ(principal_of("arn:aws-cn:sts::123456789012:assumed-role/a/b"), "arn:aws-cn:iam::123456789012:role/a");
  EXPECT_EQ(principal_of("arn:aws:iam::123456789012:user/ops/ann"), "arn:aws:iam::123456789012:user/ops/ann");
}

TEST(CheckPermissions, SaysWhatIsAllowedDeniedAndUnknown) {
  FakeAwsClient client;
  client.will_answer(
      "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>"
      "<member><EvalActionName>a:One</EvalActionName><EvalDecision>allowed</EvalDecision></member>"
      "<member><EvalActionName>a:Two</EvalActionName><EvalDecision>explicitDeny</EvalDecision></member>"
      "<member><EvalActionName>a:Three</EvalActionName><EvalDecision>implicitDeny</EvalDecision></member>"
      "</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>");
  const Findings found =
      check_permissions(client, "arn:role", {{"a:One", "arn:x"}, {"a:Two", "arn:x"}, {"a:Three", "arn:x"}});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].verdict, Verdict::good);
  EXPECT_THAT(found[1].text, HasSubstr("a policy denies it"));
  EXPECT_THAT(found[2].text, HasSubstr("no policy allows it"));
  EXPECT_EQ(found[2].advice, "grant it to arn:role");
  ASSERT_EQ(client.calls.size(), 1U);
  EXPECT_THAT(client.calls[0].body, HasSubstr("ResourceArns.member.1=arn%3Ax"));

  client.will_fail(ErrorCode::permission_denied, "AccessDenied");
  const Findings unknown = check_permissions(client, "arn:role", {{"a:One", "*"}});
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_EQ(unknown[0].verdict, Verdict::not_checked);
}

TEST(TryWrite, AsksForWhatStandsOrRemovesWhatIsNotThere) {
  FakeAwsClient client;
  client.will_answer("<SetDesiredCapacityResponse/>");
  EXPECT_EQ(try_write(client, "shop", 7)[0].verdict, Verdict::good);
  EXPECT_THAT(client.calls[0].body, HasSubstr("DesiredCapacity=7"));
  client.will_fail(ErrorCode::invalid_input, "ValidationError: Scheduled action name not found");
  EXPECT_EQ(try_write(client, "shop", std::nullopt)[0].verdict, Verdict::good);
  client.will_fail(ErrorCode::permission_denied, "AccessDenied");
  EXPECT_EQ(try_write(client, "shop", std::nullopt)[0].verdict, Verdict::mend);
}

}  // namespace
}  // namespace almanac::adapters::aws

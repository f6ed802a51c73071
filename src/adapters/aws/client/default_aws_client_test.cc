#include "adapters/aws/client/default_aws_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/testing.h"

namespace almanac::adapters::aws {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace testing;

struct ClientTest : World {
  ClientTest() { with_keys(); }

  Result<AwsAnswer> send(AwsCall call = describe_call()) { return client()->call(call); }
  Error refused(int status, std::string_view code, std::string_view message, AwsCall call = describe_call()) {
    http->answers.push_back(answer(status, query_error(code, message)));
    const auto result = client()->call(call);
    EXPECT_FALSE(result.has_value());
    return result ? Error{} : result.error();
  }
};

const AwsCall kSetCapacity{.service = "autoscaling",
                           .operation = "SetDesiredCapacity",
                           .resource = "group shop",
                           .repeat_after_timeout = false};
const AwsCall kGetObject{.service = "s3",
                         .operation = "GetObject",
                         .resource = "s3://shop/a",
                         .method = "GET",
                         .host_prefix = "shop.",
                         .path = "/a",
                         .expected = {404, 412}};

TEST_F(ClientTest, SignsAndSends) {
  http->answers.push_back(answer(200, "<ok/>", {{"etag", "\"1\""}}));
  const auto result = send();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->body, "<ok/>");
  EXPECT_EQ(result->headers.front().second, "\"1\"");
  const auto& request = http->requests.front();
  EXPECT_EQ(request.url, "https://autoscaling.eu-central-1.amazonaws.com/");
  EXPECT_EQ(header(request, "x-amz-date"), "20261127T080000Z");
  EXPECT_EQ(header(request, "x-amz-security-token"), kToken);
  EXPECT_EQ(header(request, "x-amz-content-sha256"), "");
  EXPECT_THAT(
      header(request, "authorization"),
      HasSubstr("/20261127/eu-central-1/autoscaling/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token"));
}

TEST_F(ClientTest, AnExpectedStatusIsAnAnswer) {
  http->answers.push_back(answer(404, "<Error><Code>NoSuchKey</Code><Message>m</Message></Error>"));
  const auto result = send(kGetObject);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->status, 404);
  EXPECT_EQ(result->error_code, "NoSuchKey");
}

TEST_F(ClientTest, TriesFaultsAndThrottlingThreeTimes) {
  http->answers.push_back(answer(503));
  http->answers.push_back(answer(400, query_error("Throttling", "Rate exceeded")));
  http->answers.push_back(answer(200, "late"));
  EXPECT_EQ(send()->body, "late");
  EXPECT_EQ(pauses.size(), 2U);
  for (int attempt = 0; attempt < 3; ++attempt)
    http->answers.push_back(answer(400, query_error("Throttling", "Rate exceeded")));
  const auto throttled = send();
  EXPECT_EQ(throttled.error().code, ErrorCode::throttled);
  EXPECT_THAT(throttled.error().message,
              HasSubstr("Auto Scaling DescribeAutoScalingGroups, group shop: Throttling (400): Rate "
                        "exceeded [request req-1]; too many calls for this account, after 3"));
  for (int attempt = 0; attempt < 3; ++attempt) http->answers.push_back(answer(502, "<html>Bad gateway</html>"));
  EXPECT_EQ(send().error().code, ErrorCode::unavailable);
  EXPECT_THAT(http->answers, IsEmpty());
}

TEST_F(ClientTest, WaitsAsLongAsTheServiceAsksUnlessThatIsTooLong) {
  http->answers.push_back(answer(503, "", {{"retry-after", "7"}}));
  http->answers.push_back(answer(200));
  EXPECT_TRUE(send().has_value());
  EXPECT_THAT(pauses, ElementsAre(std::chrono::seconds(7)));
  http->answers.push_back(answer(503, "", {{"retry-after", "3600"}}));
  EXPECT_EQ(send().error().code, ErrorCode::unavailable);
  EXPECT_EQ(pauses.size(), 1U);
}

TEST_F(ClientTest, ACutConnectionIsTriedAgainOnlyWhereRepeatingIsHarmless) {
  http->answers.push_back(fail(ErrorCode::timed_out, "POST https://x/: cut"));
  http->answers.push_back(fail(ErrorCode::unavailable, "POST https://x/: no route"));
  http->answers.push_back(answer(200));
  EXPECT_TRUE(send().has_value());

  http->answers.push_back(fail(ErrorCode::timed_out, "POST https://x/: cut"));
  const auto cut = send(kSetCapacity);
  EXPECT_EQ(cut.error().code, ErrorCode::timed_out);
  EXPECT_THAT(cut.error().message,
              HasSubstr("SetDesiredCapacity, group shop: POST https://x/: cut; whether it took effect is"));
  for (const int status : {500, 502, 504}) {
    http->answers.push_back(answer(status));
    EXPECT_EQ(send(kSetCapacity).error().code, ErrorCode::timed_out) << status;
  }
  // Never arrived, or certainly not done: repeated.
  http->answers.push_back(fail(ErrorCode::unavailable, "no route"));
  http->answers.push_back(answer(503));
  http->answers.push_back(answer(200));
  EXPECT_TRUE(send(kSetCapacity).has_value());
  EXPECT_THAT(http->answers, IsEmpty());
}

TEST_F(ClientTest, WhatTheTransportCannotSendIsNotTriedAgain) {
  http->answers.push_back(fail(ErrorCode::permission_denied, "the certificate is not trusted"));
  EXPECT_EQ(send().error().code, ErrorCode::permission_denied);
  http->answers.push_back(fail(ErrorCode::corrupt, "too long"));
  EXPECT_EQ(send().error().code, ErrorCode::corrupt);
  EXPECT_EQ(http->requests.size(), 2U);
}

TEST_F(ClientTest, LearnsHowWrongTheClockIsAndKeepsIt) {
  const auto client_with_wrong_clock = client();
  http->answers.push_back(
      answer(403, query_error("RequestTimeTooSkewed", "x"), {{"date", "Fri, 27 Nov 2026 08:40:00 GMT"}}));
  http->answers.push_back(answer(200));
  http->answers.push_back(answer(200));
  EXPECT_TRUE(client_with_wrong_clock->call(describe_call()).has_value());
  clock->advance(kMinute);
  EXPECT_TRUE(client_with_wrong_clock->call(describe_call()).has_value());
  EXPECT_EQ(header(http->requests[0], "x-amz-date"), "20261127T080000Z");
  EXPECT_EQ(header(http->requests[1], "x-amz-date"), "20261127T084000Z");
  EXPECT_EQ(header(http->requests[2], "x-amz-date"), "20261127T084100Z");
  EXPECT_THAT(pauses, IsEmpty());
}

TEST_F(ClientTest, ACorrectionIsTriedOnceAndThenTheClockIsNamed) {
  for (int attempt = 0; attempt < 2; ++attempt)
    http->answers.push_back(
        answer(403, query_error("InvalidSignatureException", "expired"), {{"date", "Fri, 27 Nov 2026 08:40:00 GMT"}}));
  const auto result = send();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(http->requests.size(), 2U);
  EXPECT_EQ(result.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(result.error().message, HasSubstr("the clock of this machine is 40 min behind"));
}

TEST_F(ClientTest, AWrongKeyWithARightClockIsNotTriedAgain) {
  http->answers.push_back(
      answer(403, query_error("SignatureDoesNotMatch", "The request signature we calculated does not match"),
             {{"date", "Fri, 27 Nov 2026 08:00:03 GMT"}}));
  const auto result = send();
  EXPECT_EQ(http->requests.size(), 1U);
  EXPECT_THAT(result.error().message, HasSubstr("the secret key of the credentials from the environment is wrong"));
}

TEST_F(ClientTest, ExpiredCredentialsAreRenewedInMidRun) {
  variables = {{"HOME", root.string()}, {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}};
  const auto running = client();
  http->answers.push_back(answer(200, credentials_json("ASIA1", "2026-11-27T12:00:00Z")));
  http->answers.push_back(answer(200));
  EXPECT_TRUE(running->call(describe_call()).has_value());
  http->answers.push_back(
      answer(403, query_error("ExpiredToken", "The security token included in the request is expired")));
  http->answers.push_back(answer(200, credentials_json("ASIA2", "2026-11-27T18:00:00Z")));
  http->answers.push_back(answer(200));
  EXPECT_TRUE(running->call(describe_call()).has_value());
  EXPECT_THAT(header(http->requests.back(), "authorization"), HasSubstr("Credential=ASIA2/"));
  // By the clock alone, without a refusal.
  clock->set(at("2026-11-27T17:50:00Z"));
  http->answers.push_back(answer(200, credentials_json("ASIA3", "2026-11-28T00:00:00Z")));
  http->answers.push_back(answer(200));
  EXPECT_TRUE(running->call(describe_call()).has_value());
  EXPECT_THAT(header(http->requests.back(), "authorization"), HasSubstr("Credential=ASIA3/"));
}

TEST_F(ClientTest, ExpiredOnesThatStayTheSameAreReportedWithTheirSource) {
  const auto error = refused(400, "ExpiredToken", "The security token included in the request is expired");
  EXPECT_EQ(http->requests.size(), 1U);
  EXPECT_EQ(error.code, ErrorCode::permission_denied);
  EXPECT_THAT(error.message, HasSubstr("the credentials from the environment have expired; renew them"));
}

TEST_F(ClientTest, RefusalsBecomeCodesAndAdvice) {
  struct Row {
    AwsCall call;
    int status;
    const char* code;
    const char* message;
    ErrorCode expected;
    const char* advice;
  };
  const AwsCall put{.service = "s3", .operation = "PutObject", .resource = "s3://shop/a", .method = "PUT"};
  const AwsCall metrics{.service = "monitoring", .operation = "GetMetricData", .resource = "group shop"};
  for (const auto& row : {
           Row{kSetCapacity, 403, "AccessDenied", "User: arn:aws:iam::1:user/u is not authorized",
               ErrorCode::permission_denied, "grant autoscaling:SetDesiredCapacity on group shop"},
           Row{metrics, 403, "AccessDenied", "no", ErrorCode::permission_denied, "grant cloudwatch:GetMetricData"},
           Row{kGetObject, 403, "AccessDenied", "Access Denied", ErrorCode::permission_denied, "and s3:ListBucket"},
           Row{put, 403, "InvalidAccessKeyId", "no", ErrorCode::permission_denied, "are not known to AWS"},
           Row{put, 404, "NoSuchBucket", "no", ErrorCode::not_found, "in eu-central-1"},
           Row{put, 409, "ConditionalRequestConflict", "no", ErrorCode::conflict, "read it again"},
           Row{put, 412, "PreconditionFailed", "no", ErrorCode::conflict, "read it again"},
           Row{put, 301, "PermanentRedirect", "no", ErrorCode::invalid_input, "set its own one"},
           Row{kSetCapacity, 400, "ValidationError", "AutoScalingGroup name not found - null", ErrorCode::not_found,
               "check its name"},
           Row{kSetCapacity, 400, "ValidationError",
               "New SetDesiredCapacity value 99 is above max value 10 for the AutoScalingGroup.",
               ErrorCode::invalid_input, "above max value 10"},
           Row{kSetCapacity, 400, "ScalingActivityInProgress", "no", ErrorCode::conflict, "at the same time"},
       }) {
    http->requests.clear();
    const auto error = refused(row.status, row.code, row.message, row.call);
    EXPECT_EQ(error.code, row.expected) << row.code;
    EXPECT_THAT(error.message, AllOf(HasSubstr(row.advice), HasSubstr(row.call.operation), HasSubstr(row.call.resource),
                                     HasSubstr(row.code), HasSubstr("[request req-1]")));
    EXPECT_EQ(http->requests.size(), 1U) << row.code;
  }
}

TEST_F(ClientTest, ReadsTheErrorsOfS3OfJsonAndOfNoOne) {
  http->answers.push_back(
      answer(400,
             "<?xml version=\"1.0\"?><Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message>"
             "<Region>eu-west-1</Region><RequestId>S3ID</RequestId></Error>"));
  EXPECT_THAT(send(kGetObject).error().message,
              AllOf(HasSubstr("it is in the region eu-west-1, not in eu-central-1"), HasSubstr("[request S3ID]")));
  http->answers.push_back(answer(400, R"({"__type":"com.amazon.coral#ThingException:http://x/","message":"broken"})",
                                 {{"x-amzn-requestid", "J1"}}));
  EXPECT_THAT(send().error().message, HasSubstr("ThingException (400): broken [request J1]"));
  for (const char* body : {"", "<a><b>", "<html><body>Proxy</body></html>", "{", "[]", "\xff\xfe"}) {
    http->answers.push_back(answer(403, body));
    const auto error = send().error();
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_THAT(error.message, HasSubstr("HTTP 403")) << body;
  }
}

TEST_F(ClientTest, NeedsARegionAndEndpointsThatAreUrls) {
  auto made = options();
  made.region.reset();
  EXPECT_THAT(make_aws_client(made).error().message, HasSubstr("no region is set; expected aws.region"));
  made.region = "evil.example.com/";
  EXPECT_EQ(make_aws_client(made).error().code, ErrorCode::invalid_input);
  made.region = "eu-west-1";
  made.endpoint_url = "localhost:5000";
  EXPECT_THAT(make_aws_client(made).error().message, HasSubstr("the endpoint setting"));
  made.endpoint_url = "http://localhost:5000";
  http->answers.push_back(answer(200));
  EXPECT_TRUE((*make_aws_client(made))->call(kGetObject).has_value());
  EXPECT_EQ(http->requests.back().url, "http://localhost:5000/shop/a");
}

TEST_F(ClientTest, TheSamePersonIsNotAskedTwice) {
  variables = {{"HOME", root.string()}, {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}};
  auto made = options();
  made.credentials = *make_credential_source(made);
  const auto one = *make_aws_client(made);
  made.region = "us-east-1";
  const auto other = *make_aws_client(made);
  http->answers.push_back(answer(200, credentials_json("ASIA1", "2026-11-27T12:00:00Z")));
  http->answers.push_back(answer(200));
  http->answers.push_back(answer(200));
  EXPECT_TRUE(one->call(describe_call()).has_value());
  EXPECT_TRUE(other->call(describe_call()).has_value());
}

// Provokes everything that can go wrong, with a service that echoes all it was sent, and looks for secrets in it.
TEST_F(ClientTest, NoErrorHoldsASecret) {
  const std::string everything = "Credential=" + std::string(kKeyId) + "/20261127/x Signature=geheim1 " +
                                 std::string(kSecret) + " " + std::string(kToken) + " " + std::string(kKeyId) +
                                 " Authorization='geheim' X-Amz-Security-Token=" + std::string(kToken) +
                                 " The Canonical String for this request should have been 'POST\ngeheim'";
  std::vector<std::string> messages;
  const auto gather = [&](const Result<AwsAnswer>& result) {
    ASSERT_FALSE(result.has_value());
    messages.push_back(result.error().message);
  };
  for (const char* code :
       {"AccessDenied", "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "ExpiredToken",
        "InvalidClientTokenId", "InvalidAccessKeyId", "RequestTimeTooSkewed", "Throttling", "InternalFailure",
        "ValidationError", "NoSuchBucket", "PermanentRedirect", "ConditionalRequestConflict", "Unheard"}) {
    for (const int status : {301, 400, 403, 404, 409, 500, 503}) {
      http->handler = [&](const ports::HttpRequest&) -> Result<ports::HttpResponse> {
        return answer(status, query_error(code, everything), {{"date", "Fri, 27 Nov 2026 09:00:00 GMT"}});
      };
      gather(send());
      http->handler = [&](const ports::HttpRequest&) -> Result<ports::HttpResponse> {
        return answer(status, "<Error><Code>" + std::string(code) + "</Code><Message>" + everything +
                                  "</Message><AWSAccessKeyId>" + std::string(kKeyId) +
                                  "</AWSAccessKeyId><StringToSign>geheim</StringToSign></Error>");
      };
      gather(send(kSetCapacity));
      http->handler = [&](const ports::HttpRequest&) -> Result<ports::HttpResponse> {
        return answer(status,
                      "{\"__type\":\"" + std::string(code) + "\",\"message\":\"" + std::string(kSecret) + "\"}");
      };
      gather(send());
      http->handler = [&](const ports::HttpRequest&) -> Result<ports::HttpResponse> {
        return answer(status, everything);
      };
      gather(send());
    }
  }
  for (const auto code :
       {ErrorCode::timed_out, ErrorCode::unavailable, ErrorCode::corrupt, ErrorCode::permission_denied}) {
    http->handler = [&](const ports::HttpRequest&) -> Result<ports::HttpResponse> {
      return fail(code, "cut " + std::string(kToken));
    };
    gather(send());
  }
  EXPECT_GT(messages.size(), 400U);
  for (const auto& message : messages)
    ASSERT_THAT(message, AllOf(Not(HasSubstr("geheim")), Not(HasSubstr(std::string(kKeyId))),
                               Not(HasSubstr("SECRETSECRET")), Not(HasSubstr("TOKENTOKEN")), Not(HasSubstr("\n"))));
}

}  // namespace
}  // namespace almanac::adapters::aws

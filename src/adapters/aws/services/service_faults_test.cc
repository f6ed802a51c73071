#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "adapters/aws/client/default_aws_client.h"
#include "adapters/aws/services/cloudwatch_metric_source.h"
#include "adapters/aws/services/s3_object_store.h"
#include "adapters/aws/services/sns_notifier.h"
#include "ports/fake_http_transport.h"

// What a service's refusals come to at the ports, through the client itself: each message says which service, operation
// and resource, and what to do; none holds a credential.
namespace almanac::adapters::aws {
namespace {

using ports::HttpRequest;
using ports::HttpResponse;
using ports::PutCondition;
using testing::HasSubstr;
using testing::Not;

const Timestamp kNow = *parse_timestamp("2026-03-01T12:00Z");
const std::string kSecret = "very/secret+key/of/the/tests+1234567890";
const std::string kToken = "a-session-token-of-the-tests-0987654321";

struct Operation {
  std::string service;
  std::string name;
  std::string resource;
  std::string action;  // of IAM
  std::function<Result<void>(std::shared_ptr<AwsClient>)> call;
};

template <typename T>
Result<void> outcome(const Result<T>& result) {
  if (!result) return tl::unexpected(result.error());
  return {};
}

std::vector<Operation> operations() {
  const S3Location bucket{"rows", "prod"};
  const std::string topic = "arn:aws:sns:eu-central-1:123456789012:almanac";
  return {
      {"S3", "GetObject", "s3://rows/prod/a", "s3:GetObject",
       [=](auto client) { return outcome(S3ObjectStore(client, bucket).get("a")); }},
      {"S3", "PutObject", "s3://rows/prod/a", "s3:PutObject",
       [=](auto client) { return outcome(S3ObjectStore(client, bucket).put("a", "x", PutCondition::if_absent())); }},
      {"S3", "ListObjectsV2", "s3://rows/prod/shop/", "s3:ListBucket",
       [=](auto client) { return outcome(S3ObjectStore(client, bucket).list("shop/")); }},
      {"S3", "DeleteObject", "s3://rows/prod/a", "s3:DeleteObject",
       [=](auto client) { return S3ObjectStore(client, bucket).remove("a"); }},
      {"CloudWatch", "GetMetricData", "metrics of group \"shop\"", "cloudwatch:GetMetricData",
       [=](auto client) {
         CloudWatchMetricSource source(client, std::make_shared<ports::ManualClock>(kNow), {"shop", std::nullopt});
         return outcome(source.read({kNow - kHour, kNow}, Duration{300}));
       }},
      {"SNS", "Publish", topic, "sns:Publish",
       [=](auto client) {
         return SnsNotifier(client, topic).notify({ports::NotificationKind::degraded, "shop", kNow, "title", "text"});
       }},
  };
}

Result<HttpResponse> refusal(int status, const std::string& code, const std::string& message) {
  return HttpResponse{status,
                      {{"date", "Sun, 01 Mar 2026 12:00:00 GMT"}},
                      fmt::format("<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error><RequestId>r-1"
                                  "</RequestId></ErrorResponse>",
                                  code, message)};
}

// What the operation reports when every request is answered so.
Error error_of(const Operation& operation, const std::function<Result<HttpResponse>(const HttpRequest&)>& answer) {
  const auto transport = std::make_shared<ports::FakeHttpTransport>();
  transport->handler = answer;
  AwsClientOptions options;
  options.transport = transport;
  options.clock = std::make_shared<ports::ManualClock>(kNow);
  options.region = "eu-central-1";
  options.environment = fixed_environment({{"AWS_ACCESS_KEY_ID", "AKIDOFTHETESTS"},
                                           {"AWS_SECRET_ACCESS_KEY", kSecret},
                                           {"AWS_SESSION_TOKEN", kToken},
                                           {"AWS_CONFIG_FILE", "/dev/null"},
                                           {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}});
  options.sleep = [](std::chrono::milliseconds) {};
  const auto client = make_aws_client(std::move(options));
  if (!client) return client.error();
  const auto done = operation.call(*client);
  EXPECT_FALSE(done.has_value()) << operation.name;
  return done ? Error{} : done.error();
}

void expect_says_where(const Error& error, const Operation& operation) {
  EXPECT_THAT(error.message, HasSubstr(operation.service + " " + operation.name));
  EXPECT_THAT(error.message, HasSubstr(operation.resource));
  for (const std::string& secret : {kSecret, kToken, std::string("AKIDOFTHETESTS")})
    EXPECT_THAT(error.message, Not(HasSubstr(secret)));
}

TEST(ServiceFaults, ADeniedActionIsNamed) {
  for (const Operation& operation : operations()) {
    const auto error = error_of(operation, [](const HttpRequest&) {
      return refusal(403, "AccessDenied", "User arn:aws:iam::123456789012:user/someone is not authorized");
    });
    EXPECT_EQ(error.code, ErrorCode::permission_denied) << operation.name;
    expect_says_where(error, operation);
    EXPECT_THAT(error.message, HasSubstr("grant " + operation.action));
  }
}

TEST(ServiceFaults, ExpiredCredentialsAreToBeRenewed) {
  for (const Operation& operation : operations()) {
    const auto error = error_of(operation, [](const HttpRequest&) {
      return refusal(403, "ExpiredToken", "The security token included in the request is expired: " + kToken);
    });
    EXPECT_EQ(error.code, ErrorCode::permission_denied) << operation.name;
    expect_says_where(error, operation);
    EXPECT_THAT(error.message, HasSubstr("renew"));
  }
}

TEST(ServiceFaults, ThrottlingAndFaultsOfTheServiceMayPass) {
  struct Fault {
    int status;
    std::string code;
    std::vector<ErrorCode> reported;
  };
  for (const Fault& fault : std::vector<Fault>{
           {503, "SlowDown", {ErrorCode::throttled}},
           {400, "Throttling", {ErrorCode::throttled}},
           // Whether a put took effect is not known.
           {500, "InternalError", {ErrorCode::unavailable, ErrorCode::timed_out}},
           {503, "ServiceUnavailable", {ErrorCode::unavailable}},
       }) {
    for (const Operation& operation : operations()) {
      int requests = 0;
      const auto error = error_of(operation, [&](const HttpRequest&) {
        ++requests;
        return refusal(fault.status, fault.code, "Please try again");
      });
      EXPECT_THAT(fault.reported, testing::Contains(error.code)) << operation.name << " " << fault.code;
      EXPECT_TRUE(is_retryable(error.code) || error.code == ErrorCode::timed_out) << operation.name;
      expect_says_where(error, operation);
      EXPECT_GE(requests, 3) << operation.name << " " << fault.code;
    }
  }
}

TEST(ServiceFaults, ABrokenConnectionSaysWhatItBroke) {
  for (const Operation& operation : operations()) {
    for (const ErrorCode code : {ErrorCode::unavailable, ErrorCode::timed_out}) {
      const auto error = error_of(operation, [&](const HttpRequest&) -> Result<HttpResponse> {
        return fail(code, "POST https://host: the connection broke");
      });
      expect_says_where(error, operation);
      EXPECT_THAT(error.message, HasSubstr("the connection broke"));
      EXPECT_TRUE(is_retryable(error.code) || error.code == ErrorCode::timed_out) << operation.name;
    }
  }
}

TEST(ServiceFaults, ALoginPageIsNoAnswer) {
  for (const Operation& operation : operations()) {
    if (operation.name == "Publish" || operation.name == "DeleteObject") continue;  // 200 is all they say
    const auto error = error_of(operation, [](const HttpRequest&) {
      return HttpResponse{200, {{"content-type", "text/html"}}, "<html><body>Please log in</body></html>"};
    });
    EXPECT_FALSE(error.code == ErrorCode::not_found || error.code == ErrorCode::conflict) << operation.name;
    expect_says_where(error, operation);
  }
}

}  // namespace
}  // namespace almanac::adapters::aws

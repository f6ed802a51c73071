#include "adapters/aws/services/sns_notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/fake_aws_client.h"

namespace almanac::adapters::aws {
namespace {

using testing::HasSubstr;
using testing::Not;

const Timestamp kTime = *parse_timestamp("2026-11-27T08:00Z");

struct SnsNotifierTest : testing::Test {
  std::shared_ptr<FakeAwsClient> aws = std::make_shared<FakeAwsClient>();
  SnsNotifier notifier{aws, "arn:aws:sns:eu-west-1:123456789012:almanac"};

  std::string body_of(SnsNotifier& of, const ports::Notification& message) {
    aws->will_answer("<PublishResponse/>");
    const auto done = of.notify(message);
    EXPECT_TRUE(done.has_value());
    return aws->calls.back().body;
  }
  std::string body_of(const ports::Notification& message) { return body_of(notifier, message); }
};

TEST_F(SnsNotifierTest, PublishesTitleTextAndAttributes) {
  const auto body = body_of({ports::NotificationKind::at_maximum, "shop", kTime, "Größer\nals das Maximum",
                             "40 instances are needed, 30 allowed.\nRaise it."});
  EXPECT_EQ(aws->calls[0].service, "sns");
  EXPECT_THAT(body, HasSubstr("Action=Publish&Version=2010-03-31"));
  EXPECT_THAT(body, HasSubstr("TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Aalmanac"));
  EXPECT_THAT(body, HasSubstr("Subject=%5Bshop%5D+Gr+er+als+das+Maximum&")) << "ASCII in one line";
  EXPECT_THAT(body, HasSubstr("Message=Gr%C3%B6%C3%9Fer%0Aals+das+Maximum%0A%0A40+instances"));
  EXPECT_THAT(body, HasSubstr("allowed.%0ARaise+it.%0A%0AGroup+shop%2C+2026-11-27T08%3A00%3A00Z&"));
  EXPECT_THAT(body, HasSubstr("MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.DataType=String&"
                              "MessageAttributes.entry.1.Value.StringValue=at_maximum"));
  EXPECT_THAT(body, HasSubstr("MessageAttributes.entry.2.Value.StringValue=shop"));
  EXPECT_THAT(body, Not(HasSubstr("MessageGroupId"))) << "only a FIFO topic takes it";
}

TEST_F(SnsNotifierTest, CutsWhatIsTooLongForSns) {
  const auto body =
      body_of({ports::NotificationKind::degraded, "g", kTime, std::string(300, 'x'), std::string(1 << 20, 'y')});
  EXPECT_THAT(body, HasSubstr("Subject=%5Bg%5D+" + std::string(92, 'x') + "...&"));  // 4 + 92 + 3 = 99
  EXPECT_LT(body.size(), 70'000U);
}

TEST_F(SnsNotifierTest, SendsNoBytesThatSnsRefuses) {
  const auto body = body_of({ports::NotificationKind::event_not_applied, "", kTime, "a\x1b[31mb", "caf\xe9\x01"});
  EXPECT_THAT(body, HasSubstr("Message=a+%5B31mb%0A%0Acaf++%0A"));
  EXPECT_THAT(body, Not(HasSubstr("entry.2"))) << "an attribute must not be empty";
}

TEST_F(SnsNotifierTest, GivesAFifoTopicItsOrderAndOneCopy) {
  SnsNotifier fifo(aws, "arn:aws:sns:eu-west-1:123456789012:almanac.fifo");
  const ports::Notification message{ports::NotificationKind::degraded, "shop", kTime, "title", "text"};
  const auto once = body_of(fifo, message), again = body_of(fifo, message);
  EXPECT_THAT(once, HasSubstr("MessageGroupId=almanac&MessageDeduplicationId="));
  EXPECT_EQ(once, again);
  EXPECT_NE(once, body_of(fifo, {ports::NotificationKind::recovered, "shop", kTime, "title", "text"}));
}

TEST_F(SnsNotifierTest, ReportsErrorsAsNotifiersDo) {
  for (const auto& [given, reported] : std::vector<std::pair<ErrorCode, ErrorCode>>{
           {ErrorCode::permission_denied, ErrorCode::permission_denied},
           {ErrorCode::throttled, ErrorCode::throttled},
           {ErrorCode::not_found, ErrorCode::invalid_input},
           {ErrorCode::timed_out, ErrorCode::unavailable},
           {ErrorCode::corrupt, ErrorCode::unavailable},
       }) {
    aws->will_fail(given, "SNS Publish, arn:aws:sns:eu-west-1:123456789012:almanac: refused; grant sns:Publish");
    const auto done = notifier.notify({ports::NotificationKind::degraded, "shop", kTime, "title", "text"});
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, reported);
    EXPECT_THAT(done.error().message, HasSubstr("grant sns:Publish"));
  }
}

TEST(SnsNotifier, ReadsTheRegionOfATopic) {
  EXPECT_EQ(region_of_topic("arn:aws-cn:sns:cn-north-1:123456789012:almanac"), "cn-north-1");
  for (const std::string wrong : {"", "almanac", "arn:aws:sqs:eu-west-1:1:q", "arn:aws:sns::1:q", "arn:aws:sns:a:1:"}) {
    EXPECT_EQ(region_of_topic(wrong).error().code, ErrorCode::invalid_input) << wrong;
  }
}

}  // namespace
}  // namespace almanac::adapters::aws

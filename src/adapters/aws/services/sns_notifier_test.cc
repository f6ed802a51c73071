#include "adapters/aws/services/sns_notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/aws/client/fake_aws_client.h"

namespace almanac::adapters::aws {
namespace {

using testing::HasSubstr;

TEST(SnsNotifier, PublishesTitleTextAndAttributes) {
  const auto aws = std::make_shared<FakeAwsClient>();
  aws->will_answer("<PublishResponse/>");
  SnsNotifier notifier(aws, "arn:aws:sns:eu-west-1:123456789012:almanac");
  ports::Notification message{ports::NotificationKind::at_maximum, "shop", {}, "Größer\nals das Maximum", "Raise it."};
  ASSERT_TRUE(notifier.notify(message).has_value());
  const std::string& body = aws->calls.at(0).body;
  EXPECT_EQ(aws->calls[0].service, "sns");
  EXPECT_THAT(body, HasSubstr("Action=Publish"));
  EXPECT_THAT(body, HasSubstr("Subject=Gr%20er%20als%20das%20Maximum")) << "ASCII in one line is all SNS takes";
  EXPECT_THAT(body, HasSubstr("Raise%20it."));
  EXPECT_THAT(body, HasSubstr("MessageAttributes.entry.1.Value.StringValue=at_maximum"));
  EXPECT_THAT(body, HasSubstr("MessageAttributes.entry.2.Value.StringValue=shop"));
}

TEST(SnsNotifier, CutsSubjectsToWhatSnsTakes) {
  const auto aws = std::make_shared<FakeAwsClient>();
  aws->will_answer("<PublishResponse/>");
  SnsNotifier notifier(aws, "arn:aws:sns:eu-west-1:123456789012:almanac");
  ASSERT_TRUE(notifier.notify({ports::NotificationKind::degraded, "g", {}, std::string(300, 'x'), ""}).has_value());
  EXPECT_THAT(aws->calls[0].body, HasSubstr("Subject=" + std::string(97, 'x') + "...&"));
}

TEST(SnsNotifier, ReadsTheRegionOfATopic) {
  EXPECT_EQ(region_of_topic("arn:aws-cn:sns:cn-north-1:123456789012:almanac"), "cn-north-1");
  for (const std::string wrong : {"", "almanac", "arn:aws:sqs:eu-west-1:1:q", "arn:aws:sns::1:q", "arn:aws:sns:a:1:"}) {
    EXPECT_EQ(region_of_topic(wrong).error().code, ErrorCode::invalid_input) << wrong;
  }
}

}  // namespace
}  // namespace almanac::adapters::aws

#pragma once

#include <memory>
#include <string>

#include "adapters/aws/client/aws_client.h"
#include "ports/notifier.h"

namespace almanac::adapters::aws {

// Publishes each notification to an SNS topic (API version 2010-03-31). Subject: "[group] title", what SNS takes of it:
// fewer than 100 printable ASCII characters in one line. Message: title, text, group and time, cut at 64 KiB. Message
// attributes `kind` and `group`, by which subscriptions can filter. A FIFO topic gets them in order, each once. Needs
// sns:Publish on the topic. `client` must be of the topic's region.
//
// Errors: those of Notifier; a topic that does not exist is invalid_input.
class SnsNotifier final : public ports::Notifier {
 public:
  SnsNotifier(std::shared_ptr<AwsClient> client, std::string topic_arn)
      : client_(std::move(client)), topic_(std::move(topic_arn)) {}

  Result<void> notify(const ports::Notification& notification) override;

 private:
  std::shared_ptr<AwsClient> client_;
  std::string topic_;
};

// "eu-west-1" of "arn:aws:sns:eu-west-1:123456789012:almanac". invalid_input when it is no SNS topic's ARN.
Result<std::string> region_of_topic(const std::string& arn);

}  // namespace almanac::adapters::aws

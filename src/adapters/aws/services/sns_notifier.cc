#include "adapters/aws/services/sns_notifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "adapters/aws/client/query_protocol.h"

namespace almanac::adapters::aws {
namespace {

constexpr std::size_t kLongestSubject = 100;

// SNS refuses control characters and everything that is not ASCII, and a subject that begins with a space.
std::string subject_of(const std::string& title) {
  std::string subject;
  for (const char c : title) {
    const bool printable = c >= ' ' && c <= '~';
    if (printable) {
      subject += c;
    } else if (!subject.empty() && subject.back() != ' ') {
      subject += ' ';
    }
  }
  subject.erase(0, std::min(subject.find_first_not_of(' '), subject.size()));
  if (subject.size() > kLongestSubject) subject = subject.substr(0, kLongestSubject - 3) + "...";
  return subject.empty() ? "Almanac" : subject;
}

void add_attribute(QueryParameters& parameters, int number, const char* name, const std::string& value) {
  const std::string entry = fmt::format("MessageAttributes.entry.{}.", number);
  parameters.add(entry + "Name", name);
  parameters.add(entry + "Value.DataType", "String");
  parameters.add(entry + "Value.StringValue", value);
}

}  // namespace

Result<void> SnsNotifier::notify(const ports::Notification& notification) {
  QueryParameters parameters;
  parameters.add("TopicArn", topic_);
  parameters.add("Subject", subject_of(notification.title));
  parameters.add("Message", fmt::format("{}\n\n{}\n\nGroup {}, {}", notification.title, notification.text,
                                        notification.group, format_timestamp(notification.time)));
  add_attribute(parameters, 1, "kind", std::string(to_string(notification.kind)));
  add_attribute(parameters, 2, "group", notification.group);
  AwsCall call = query_call("sns", "Publish", "2010-03-31", topic_, parameters);
  call.timeout = std::chrono::milliseconds{5'000};  // a message must not hold up the tick
  const auto answer = client_->call(call);
  if (!answer) return tl::unexpected(answer.error());
  return {};
}

Result<std::string> region_of_topic(const std::string& arn) {
  std::vector<std::string> parts{""};
  for (const char c : arn) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() != 6 || parts[0] != "arn" || parts[2] != "sns" || parts[3].empty() || parts[5].empty()) {
    return fail(ErrorCode::invalid_input,
                fmt::format("expected a topic's ARN, arn:aws:sns:REGION:ACCOUNT:NAME, found \"{}\"", arn));
  }
  return parts[3];
}

}  // namespace almanac::adapters::aws

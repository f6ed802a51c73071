#include "adapters/aws/services/sns_notifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "adapters/aws/client/query_protocol.h"
#include "adapters/aws/client/sigv4.h"
#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {
namespace {

// "Must be less than 100 characters long" and "maximum 262,144 bytes" (Publish, "Request Parameters"); the latter for
// everything together.
constexpr std::size_t kLongestSubject = 99;
constexpr std::size_t kLongestText = 64U << 10U;

// SNS refuses control characters and everything that is not ASCII, and a subject that begins with a space.
std::string subject_of(const ports::Notification& notification) {
  std::string subject;
  for (const char c : fmt::format("[{}] {}", notification.group, notification.title)) {
    const bool printable = c >= ' ' && c <= '~';
    if (printable) {
      subject += c;
    } else if (subject.back() != ' ') {
      subject += ' ';
    }
  }
  if (subject.size() > kLongestSubject) subject = subject.substr(0, kLongestSubject - 3) + "...";
  return subject;
}

// Names from calendars may hold bytes that are no UTF-8, which SNS refuses; lines stay.
std::string message_of(const ports::Notification& notification) {
  const std::string whole = fmt::format("{}\n\n{}\n\nGroup {}, {}", notification.title, notification.text,
                                        notification.group, format_timestamp(notification.time));
  std::string message;
  for (std::size_t start = 0; start <= whole.size();) {
    const std::size_t end = std::min(whole.find('\n', start), whole.size());
    if (start > 0) message += '\n';
    const std::size_t room = kLongestText - std::min(message.size(), kLongestText);
    message += for_message(std::string_view(whole).substr(start, end - start), room);
    if (room < end - start) break;
    start = end + 1;
  }
  return message;
}

void add_attribute(QueryParameters& parameters, int number, const char* name, const std::string& value) {
  const std::string entry = fmt::format("MessageAttributes.entry.{}.", number);
  parameters.add(entry + "Name", name);
  parameters.add(entry + "Value.DataType", "String");
  parameters.add(entry + "Value.StringValue", value);
}

}  // namespace

Result<void> SnsNotifier::notify(const ports::Notification& notification) {
  const std::string kind(to_string(notification.kind));
  QueryParameters parameters;
  parameters.add("TopicArn", topic_);
  parameters.add("Subject", subject_of(notification));
  parameters.add("Message", message_of(notification));
  add_attribute(parameters, 1, "kind", kind);
  if (!notification.group.empty()) add_attribute(parameters, 2, "group", for_message(notification.group));
  if (topic_.ends_with(".fifo")) {
    // In order, and a repeated attempt is not delivered twice.
    parameters.add("MessageGroupId", "almanac");
    parameters.add("MessageDeduplicationId",
                   sha256_hex(fmt::format("{}\n{}\n{}\n{}", kind, notification.group,
                                          notification.time.time_since_epoch().count(), notification.title)));
  }
  AwsCall call = query_call("sns", "Publish", "2010-03-31", topic_, parameters);
  call.timeout = std::chrono::milliseconds{5'000};  // a message must not hold up the tick
  const auto answer = client_->call(call);
  if (answer) return {};
  Error error = answer.error();
  // The port knows four kinds: a topic that is not there is a mistake in a setting, a lost answer may be tried again
  // (a message twice is no harm).
  if (error.code == ErrorCode::not_found) error.code = ErrorCode::invalid_input;
  if (error.code != ErrorCode::invalid_input && error.code != ErrorCode::permission_denied &&
      error.code != ErrorCode::throttled) {
    error.code = ErrorCode::unavailable;
  }
  return tl::unexpected(std::move(error));
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

#include "adapters/aws/services/auto_scaling_api.h"

#include <fmt/format.h>

#include <charconv>

#include "adapters/aws/client/clock_skew.h"
#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {
namespace {

std::optional<int> to_int(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<AutoScalingAnswer> call_auto_scaling(AwsClient& client, const std::string& group, const std::string& operation,
                                            const QueryParameters& parameters) {
  const auto answer =
      client.call(query_call("autoscaling", operation, "2011-01-01", fmt::format("group \"{}\"", group), parameters));
  if (!answer) return tl::unexpected(answer.error());
  auto root = parse_xml(answer->body);
  if (!root) {
    return tl::unexpected(with_context(
        root.error(), fmt::format("autoscaling {} of group \"{}\": the answer cannot be read", operation, group)));
  }
  AutoScalingAnswer read;
  if (root->name != operation + "Response") {
    return fail(
        ErrorCode::corrupt,
        fmt::format("autoscaling {} of group \"{}\": the answer is <{}>, expected <{}Response>; is the endpoint "
                    "that of Auto Scaling?",
                    operation, group, for_message(root->name, 60), operation));
  }
  if (const XmlElement* result = root->find(operation + "Result")) read.result = *result;
  for (const auto& [name, value] : answer->headers) {
    if (name == "date") read.service_time = parse_http_date(value);
  }
  return read;
}

Error unreadable(std::string_view operation, std::string_view group, std::string_view field) {
  return {ErrorCode::corrupt,
          fmt::format("autoscaling {} of group \"{}\": the answer has no readable {}", operation, group, field)};
}

std::optional<int> int_at(const XmlElement& element, std::string_view path) {
  return to_int(trimmed(element.text_at(path)));
}

std::optional<Timestamp> time_at(const XmlElement& element, std::string_view path) {
  const auto time = parse_timestamp(trimmed(element.text_at(path)));
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace almanac::adapters::aws

#include "adapters/aws/services/auto_scaling_api.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

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

std::optional<Timestamp> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto day = to_int(text.substr(5, 2));
  const auto year = to_int(text.substr(12, 4));
  for (std::size_t month = 0; month < kMonths.size(); ++month) {
    if (text.substr(8, 3) != kMonths[month] || !day || !year) continue;
    const auto time = parse_timestamp(fmt::format("{:04}-{:02}-{:02}T{}Z", *year, month + 1, *day, text.substr(17, 8)));
    return time ? std::optional(*time) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace almanac::adapters::aws

#include "adapters/aws/services/metric_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "adapters/aws/client/query_protocol.h"
#include "adapters/aws/client/text.h"
#include "adapters/aws/client/xml.h"
#include "core/check.h"

namespace almanac::adapters::aws {
namespace {

// Of one call (GetMetricData, "Request Parameters").
constexpr std::size_t kMostQueries = 500;
constexpr std::int64_t kMostPoints = 100'800;
constexpr int kMostPages = 1000;
constexpr int kAttempts = 3;

std::optional<double> number(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string title(const MetricName& metric) {
  return fmt::format("{} {}", metric.name_space, metric.name);
}

AwsCall call_for(const std::string& resource, TimeRange range, const std::vector<MetricQuery>& queries,
                 const std::string& token) {
  QueryParameters parameters;
  int position = 0;
  for (const MetricQuery& query : queries) {
    const std::string prefix = fmt::format("MetricDataQueries.member.{}.", ++position);
    parameters.add(prefix + "Id", query.id);
    parameters.add(prefix + "MetricStat.Metric.Namespace", query.metric.name_space);
    parameters.add(prefix + "MetricStat.Metric.MetricName", query.metric.name);
    int dimension = 0;
    for (const auto& [name, value] : query.metric.dimensions) {
      const std::string each = fmt::format("{}MetricStat.Metric.Dimensions.member.{}.", prefix, ++dimension);
      parameters.add(each + "Name", name);
      parameters.add(each + "Value", value);
    }
    parameters.add(prefix + "MetricStat.Period", static_cast<int>(query.period.count()));
    parameters.add(prefix + "MetricStat.Stat", query.metric.statistic);
  }
  parameters.add("StartTime", format_timestamp(range.start));
  parameters.add("EndTime", format_timestamp(range.end));
  parameters.add("ScanBy", "TimestampAscending");
  if (!token.empty()) parameters.add("NextToken", token);
  return query_call("monitoring", "GetMetricData", "2010-08-01", resource, parameters);
}

// "ArithmeticError: ..." of all messages below `element`, in front of which a space stands; empty when there are none.
std::string messages_of(const XmlElement& element) {
  std::string text;
  for (const XmlElement* message : element.list("Messages")) {
    text += fmt::format(" ({}: {})", for_message(message->text_at("Code"), 60),
                        for_message(message->text_at("Value"), 200));
  }
  return text;
}

// One range of one call, page by page.
class Reading {
 public:
  Reading(AwsClient& client, const std::string& resource, TimeRange range, std::vector<MetricQuery>& queries)
      : client_(client), resource_(resource), range_(range), queries_(queries), statuses_(queries.size()) {}

  // Nothing when every query is answered completely; else what is missing.
  Result<std::optional<std::string>> read() {
    std::string token;
    for (int page = 0; page < kMostPages; ++page) {
      auto next = read_page(token);
      if (!next) return tl::unexpected(next.error());
      if (next->empty()) return what_is_missing();
      if (*next == token) break;
      token = std::move(*next);
    }
    return fail(ErrorCode::corrupt, what() + ": its pages never end");
  }

  std::string what() const { return fmt::format("CloudWatch GetMetricData, {}", resource_); }

 private:
  Result<std::string> read_page(const std::string& token) {
    const auto answer = client_.call(call_for(resource_, range_, queries_, token));
    if (!answer) return tl::unexpected(answer.error());
    const auto root = parse_xml(answer->body);
    if (!root) return tl::unexpected(with_context(root.error(), what()));
    const XmlElement* result = root->find("GetMetricDataResult");
    if (result == nullptr) {
      return fail(ErrorCode::corrupt, fmt::format("{}: the answer is <{}> without a GetMetricDataResult; is the "
                                                  "endpoint that of CloudWatch, and nothing in between?",
                                                  what(), for_message(root->name, 60)));
    }
    messages_ += messages_of(*result);
    for (const XmlElement* series : result->list("MetricDataResults")) {
      if (auto taken = take(*series); !taken) return tl::unexpected(taken.error());
    }
    return std::string(result->text_at("NextToken"));
  }

  Result<void> take(const XmlElement& series) {
    const auto found = std::find_if(queries_.begin(), queries_.end(),
                                    [&](const MetricQuery& query) { return query.id == series.text_at("Id"); });
    if (found == queries_.end()) return {};
    const std::string metric = fmt::format("{}: {}", what(), title(found->metric));
    std::string& status = statuses_[static_cast<std::size_t>(found - queries_.begin())];
    status = for_message(series.text_at("StatusCode"), 40);
    const std::string said = messages_of(series);
    if (status == "Forbidden") {
      return fail(
          ErrorCode::permission_denied,
          metric + " is forbidden" + said + "; grant cloudwatch:GetMetricData, and keep to the metric's region");
    }
    if (status != "Complete") status += said;
    const auto times = series.list("Timestamps");
    const auto values = series.list("Values");
    if (times.size() != values.size())
      return fail(ErrorCode::corrupt, fmt::format("{}: {} times and {} values", metric, times.size(), values.size()));
    for (std::size_t i = 0; i < times.size(); ++i) {
      const auto time = parse_timestamp(trimmed(times[i]->text));
      const auto value = number(values[i]->text);
      if (!time || !value || floor_to(*time, found->period) != *time) {
        return fail(ErrorCode::corrupt,
                    fmt::format("{}: expected a time at a multiple of {} and a number, found \"{}\" "
                                "and \"{}\"",
                                metric, format_duration(found->period), for_message(times[i]->text, 40),
                                for_message(values[i]->text, 40)));
      }
      if (range_.contains(*time) && *value >= 0) found->points[*time] = *value;
    }
    return {};
  }

  std::optional<std::string> what_is_missing() const {
    std::string missing;
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      if (statuses_[i] == "Complete") continue;
      missing += fmt::format("{}{}: {}", missing.empty() ? "" : ", ", title(queries_[i].metric),
                             statuses_[i].empty() ? "not answered" : statuses_[i]);
    }
    if (missing.empty()) return std::nullopt;
    return missing + messages_;
  }

  AwsClient& client_;
  const std::string& resource_;
  TimeRange range_;
  std::vector<MetricQuery>& queries_;
  std::vector<std::string> statuses_;  // the last one of each query; empty when it was not answered
  std::string messages_;               // about the call as a whole
};

// Adds what came to `queries` only when it is complete.
Result<void> read_part(AwsClient& client, const std::string& resource, TimeRange range,
                       std::vector<MetricQuery>& queries) {
  for (int attempt = 1;; ++attempt) {
    std::vector<MetricQuery> part = queries;
    for (MetricQuery& query : part) query.points.clear();
    Reading reading(client, resource, range, part);
    const auto missing = reading.read();
    if (!missing) return tl::unexpected(missing.error());
    if (!*missing) {
      for (std::size_t i = 0; i < queries.size(); ++i) queries[i].points.merge(part[i].points);
      return {};
    }
    if (attempt < kAttempts) continue;
    return fail(ErrorCode::unavailable, fmt::format("{}: only a part of the data came, {} times in a row: {}; nothing "
                                                    "of it is used, and it is tried again later",
                                                    reading.what(), kAttempts, **missing));
  }
}

}  // namespace

Result<void> get_metric_data(AwsClient& client, const std::string& resource, TimeRange range,
                             std::vector<MetricQuery>& queries) {
  if (queries.empty() || range.empty()) return {};
  ALMANAC_CHECK(queries.size() <= kMostQueries, "a call takes 500 queries");
  Duration longest{0};
  for (const MetricQuery& query : queries) longest = std::max(longest, query.period);
  std::int64_t points = 0;  // of one longest period
  for (const MetricQuery& query : queries) points += (longest + query.period - Duration{1}) / query.period;
  const Duration part = longest * std::max<std::int64_t>(1, kMostPoints / points);
  for (Timestamp from = range.start; from < range.end; from += part) {
    if (auto done = read_part(client, resource, {from, std::min(from + part, range.end)}, queries); !done) return done;
  }
  return {};
}

}  // namespace almanac::adapters::aws

#include "adapters/aws/services/cloudwatch_metric_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "adapters/aws/client/query_protocol.h"
#include "adapters/aws/client/text.h"
#include "adapters/aws/client/xml.h"

namespace almanac::adapters::aws {
namespace {

// What CloudWatch keeps ("Metrics retention" in its user guide).
constexpr Duration kMinutesKept{15 * kDay};
constexpr Duration kFiveMinutesKept{63 * kDay};
// Five queries of a week, one of them by the minute, are 18,144 points; a call may ask for 100,800.
constexpr Duration kPiece{7 * kDay};
constexpr Duration kSettled{180};
constexpr int kAttempts = 3;  // at an answer that is partial without being continued

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

TimeRange later_part(TimeRange range, Timestamp from) {
  return {std::clamp(from, range.start, range.end), range.end};
}

}  // namespace

Result<MetricName> request_count_metric(const std::optional<std::string>& load_balancer,
                                        const std::optional<std::string>& target_group) {
  if (!load_balancer) {
    return fail(ErrorCode::invalid_input,
                "target_group needs load_balancer beside it: CloudWatch counts requests by both together");
  }
  if (load_balancer->starts_with("net/")) {
    return fail(ErrorCode::invalid_input, fmt::format("{} is a Network Load Balancer, which counts no requests; name "
                                                      "a metric of your own",
                                                      *load_balancer));
  }
  if (!load_balancer->starts_with("app/")) {
    return MetricName{"AWS/ELB", "RequestCount", {{"LoadBalancerName", *load_balancer}}, "Sum"};
  }
  MetricName metric{"AWS/ApplicationELB", "RequestCount", {{"LoadBalancer", *load_balancer}}, "Sum"};
  if (target_group) metric.dimensions["TargetGroup"] = *target_group;
  return metric;
}

// One metric over one range, and what came back.
struct CloudWatchMetricSource::Query {
  std::string id;
  MetricName metric;
  Duration period;
  TimeRange range;
  Points points{};
};

Result<std::vector<Row>> CloudWatchMetricSource::read(TimeRange range, Duration interval) {
  const Timestamp now = clock_->now();
  std::map<Timestamp, Row> rows;
  const Duration kept = interval % Duration{300} == Duration{0} ? kFiveMinutesKept : kMinutesKept;
  const Timestamp first = std::max(range.start, ceil_to(now - kept, interval));
  for (Timestamp from = first; from < range.end; from += kPiece) {
    const TimeRange piece{from, std::min(from + kPiece, range.end)};
    if (auto done = read_piece(piece, interval, now, rows); !done) return tl::unexpected(done.error());
  }
  std::vector<Row> found;
  found.reserve(rows.size());
  for (auto& [time, row] : rows) found.push_back(std::move(row));
  return found;
}

Result<void> CloudWatchMetricSource::read_piece(TimeRange piece, Duration interval, Timestamp now,
                                                std::map<Timestamp, Row>& rows) {
  const std::map<std::string, std::string> group{{"AutoScalingGroupName", options_.auto_scaling_group}};
  std::vector<Query> queries{
      {"cpu", {"AWS/EC2", "CPUUtilization", group, "Average"}, interval, piece},
      {"network", {"AWS/EC2", "NetworkIn", group, "Sum"}, interval, piece},
      {"in_service", {"AWS/AutoScaling", "GroupInServiceInstances", group, "Average"}, interval, piece},
  };
  // In a call of their own: CloudWatch refuses a period of a minute for a call that begins more than 15 days ago.
  std::vector<Query> by_minute;
  if (options_.requests) {
    queries.push_back({"requests", *options_.requests, interval, piece});
    const TimeRange kept = later_part(piece, ceil_to(now - kMinutesKept, interval));
    if (kept.start < kept.end) by_minute.push_back({"minutes", *options_.requests, kMinute, kept});
  }
  if (auto fetched = fetch(queries); !fetched) return fetched;
  if (!by_minute.empty()) {
    if (auto fetched = fetch(by_minute); !fetched) return fetched;
  }

  const auto row_at = [&](Timestamp time) -> Row& {
    Row& row = rows[time];
    row.start = time;
    return row;
  };
  // The highest minute of each interval, and how many of its minutes have a point.
  std::map<Timestamp, std::pair<double, int>> minutes;
  for (const Query& query : by_minute) {
    for (const auto& [time, value] : query.points) {
      auto& [highest, count] = minutes[floor_to(time, interval)];
      highest = std::max(highest, value);
      ++count;
    }
  }
  const auto in_interval = static_cast<int>(interval / kMinute);
  const auto filled = [&](Timestamp time) {
    const auto found = minutes.find(time);
    return time + interval + kSettled <= now || (found != minutes.end() && found->second.second >= in_interval);
  };
  for (const auto& [time, value] : queries[0].points) row_at(time).cpu_utilization = std::min(value, 100.0);
  for (const auto& [time, value] : queries[1].points) {
    if (time + interval + kSettled <= now) row_at(time).network_in = value;
  }
  for (const auto& [time, value] : queries[2].points) row_at(time).in_service_instances = value;
  if (!options_.requests) return {};
  for (const auto& [time, value] : queries[3].points) {
    if (filled(time)) row_at(time).request_count = value;
  }
  const double to_interval = options_.requests->statistic == "Sum" ? in_interval : 1;
  for (const auto& [time, peak] : minutes) {
    if (filled(time)) row_at(time).request_peak = peak.first * to_interval;
  }
  return {};
}

AwsCall CloudWatchMetricSource::call_for(const std::vector<Query>& queries, const std::string& token) const {
  QueryParameters parameters;
  int number = 0;
  for (const Query& query : queries) {
    const std::string prefix = fmt::format("MetricDataQueries.member.{}.", ++number);
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
  parameters.add("StartTime", format_timestamp(queries.front().range.start));
  parameters.add("EndTime", format_timestamp(queries.front().range.end));
  parameters.add("ScanBy", "TimestampAscending");
  if (!token.empty()) parameters.add("NextToken", token);
  return query_call("monitoring", "GetMetricData", "2010-08-01",
                    fmt::format("metrics of group {}", options_.auto_scaling_group), parameters);
}

// Adds what `series` holds to the query; whether CloudWatch says that this is all.
Result<bool> CloudWatchMetricSource::take(const XmlElement& series, Query& query, const std::string& what) {
  const std::string metric = fmt::format("{}: {} {}", what, query.metric.name_space, query.metric.name);
  const std::string_view status = series.text_at("StatusCode");
  if (status == "Forbidden") {
    return fail(ErrorCode::permission_denied, metric + " is forbidden; grant cloudwatch:GetMetricData");
  }
  if (status == "InternalError") return fail(ErrorCode::unavailable, metric + ": internal error; try again");
  const auto times = series.list("Timestamps");
  const auto values = series.list("Values");
  if (times.size() != values.size()) {
    return fail(ErrorCode::corrupt, fmt::format("{}: {} times and {} values", metric, times.size(), values.size()));
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto time = parse_timestamp(times[i]->text);
    const auto value = number(values[i]->text);
    if (!time || !value) {
      return fail(ErrorCode::corrupt, fmt::format("{}: expected a time and a number, found {} and {}", metric,
                                                  for_message(times[i]->text, 40), for_message(values[i]->text, 40)));
    }
    // A negative count or load is nobody's.
    if (query.range.contains(*time) && *value >= 0) query.points[*time] = *value;
  }
  return status != "PartialData";
}

// Fills the points of the queries, which are all of one range.
Result<void> CloudWatchMetricSource::fetch(std::vector<Query>& queries) {
  std::string token;
  int partial = 0;
  const std::string what = fmt::format("CloudWatch GetMetricData of group {}", options_.auto_scaling_group);
  for (;;) {
    const auto answer = client_->call(call_for(queries, token));
    if (!answer) return tl::unexpected(answer.error());
    const auto root = parse_xml(answer->body);
    if (!root) return tl::unexpected(with_context(root.error(), what));
    const XmlElement* result = root->find("GetMetricDataResult");
    if (result == nullptr) return fail(ErrorCode::corrupt, what + ": the answer has no GetMetricDataResult");
    bool incomplete = false;
    for (const XmlElement* series : result->list("MetricDataResults")) {
      const auto query =
          std::find_if(queries.begin(), queries.end(), [&](const Query& q) { return q.id == series->text_at("Id"); });
      if (query == queries.end()) continue;
      const auto whole = take(*series, *query, what);
      if (!whole) return tl::unexpected(whole.error());
      incomplete = incomplete || !*whole;
    }
    token = result->text_at("NextToken");
    if (!token.empty()) continue;
    if (!incomplete) return {};
    if (++partial >= kAttempts) {
      return fail(ErrorCode::unavailable,
                  what + ": only a part of the data came, without a way to the rest; nothing of it is used");
    }
  }
}

}  // namespace almanac::adapters::aws

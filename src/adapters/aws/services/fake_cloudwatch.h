#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/client/aws_client.h"
#include "core/time.h"

namespace almanac::adapters::aws {

// CloudWatch as far as GetMetricData, for tests: samples become Sum, Average and SampleCount of any period; periods are
// kept as long as CloudWatch keeps them; answers come in pages, and with any status.
struct FakeCloudWatch {
  explicit FakeCloudWatch(Timestamp time) : now(time) {}

  Timestamp now;
  std::map<std::string, std::multimap<Timestamp, double>> samples;  // by "namespace/name"
  std::size_t page = 100'800;                                       // points of one answer
  std::map<std::string, std::string> statuses;                      // by query id, of the last page; else "Complete"
  std::string messages;                                             // XML of members, about the call
  struct Asked {
    std::string id;
    int period;
    TimeRange range;
  };
  std::vector<Asked> asked;

  static std::map<std::string, std::string> form(const std::string& body) {
    std::map<std::string, std::string> all;
    for (std::size_t start = 0; start < body.size();) {
      const auto end = std::min(body.find('&', start), body.size());
      const auto equals = body.find('=', start);
      std::string value;
      for (std::size_t i = equals + 1; i < end; ++i) {
        if (body[i] == '%') {
          value += static_cast<char>(std::stoi(body.substr(i + 1, 2), nullptr, 16));
          i += 2;
        } else {
          value += body[i] == '+' ? ' ' : body[i];
        }
      }
      all[body.substr(start, equals - start)] = value;
      start = end + 1;
    }
    return all;
  }

  Result<AwsAnswer> operator()(const AwsCall& call) {
    auto parameters = form(call.body);
    const TimeRange range{*parse_timestamp(parameters.at("StartTime")), *parse_timestamp(parameters.at("EndTime"))};
    const std::size_t skip = parameters.contains("NextToken") ? std::stoul(parameters["NextToken"]) : 0;
    std::size_t seen = 0, given = 0;
    std::vector<std::pair<std::string, std::string>> series;  // id, lists
    for (int n = 1;; ++n) {
      const std::string prefix = fmt::format("MetricDataQueries.member.{}.", n);
      if (!parameters.contains(prefix + "Id")) break;
      const std::string stat = prefix + "MetricStat.";
      const Duration period{std::stoi(parameters.at(stat + "Period"))};
      asked.push_back({parameters[prefix + "Id"], static_cast<int>(period.count()), range});
      std::string times, values;
      const auto& all =
          samples[parameters.at(stat + "Metric.Namespace") + "/" + parameters.at(stat + "Metric.MetricName")];
      for (const auto& [time, value] : summed(all, range, period, parameters.at(stat + "Stat"))) {
        if (seen++ < skip || given == page) continue;
        ++given;
        times += "<member>" + format_timestamp(time) + "</member>";
        values += fmt::format("<member>{}</member>", value);
      }
      series.emplace_back(parameters[prefix + "Id"],
                          "<Timestamps>" + times + "</Timestamps><Values>" + values + "</Values>");
    }
    const bool more = skip + given < seen;
    std::string body =
        "<GetMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">"
        "<GetMetricDataResult><MetricDataResults>";
    for (const auto& [id, lists] : series) {
      const std::string status = more ? "PartialData" : statuses.contains(id) ? statuses[id] : "Complete";
      if (status == "absent") continue;
      body += fmt::format("<member><Id>{}</Id><StatusCode>{}</StatusCode>{}</member>", id, status, lists);
    }
    body += "</MetricDataResults><Messages>" + messages + "</Messages>";
    if (more) body += fmt::format("<NextToken>{}</NextToken>", skip + given);
    return AwsAnswer{200, {}, body + "</GetMetricDataResult></GetMetricDataResponse>", {}};
  }

 private:
  std::map<Timestamp, double> summed(const std::multimap<Timestamp, double>& all, TimeRange range, Duration period,
                                     const std::string& statistic) const {
    const Duration kept = period % kHour == Duration{0}           ? 455 * kDay
                          : period % Duration{300} == Duration{0} ? 63 * kDay
                                                                  : 15 * kDay;
    std::map<Timestamp, double> sums, counts;
    if (range.start < now - kept) return sums;
    for (auto at = all.lower_bound(range.start); at != all.end() && at->first < range.end; ++at) {
      sums[floor_to(at->first, period)] += at->second;
      ++counts[floor_to(at->first, period)];
    }
    if (statistic == "SampleCount") return counts;
    if (statistic == "Average")
      for (auto& [time, sum] : sums) sum /= counts[time];
    return sums;
  }
};

}  // namespace almanac::adapters::aws

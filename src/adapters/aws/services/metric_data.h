#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/aws/client/aws_client.h"
#include "core/result.h"
#include "core/time.h"

namespace almanac::adapters::aws {

// A CloudWatch metric as it is asked for.
struct MetricName {
  std::string name_space;  // "AWS/ApplicationELB"
  std::string name;        // "RequestCount"
  std::map<std::string, std::string> dimensions;
  std::string statistic = "Sum";  // or Average, SampleCount: how a period is summed up
  bool every_minute = false;      // known to have a point for every minute in which something happened
};

// One metric by periods, and what came back: a point for each period that CloudWatch knows something of, by its start.
struct MetricQuery {
  std::string id;  // a lower-case letter, then letters, digits and '_'
  MetricName metric;
  Duration period;
  std::map<Timestamp, double> points{};
};

// Fills the points of at most 500 queries over a range aligned to their periods, by GetMetricData (CloudWatch API of
// 2010-08-01): all pages, in several calls where there are more points than the 100,800 of one call. `resource` names
// what is asked for, in messages. Negative values are left out.
//
// CloudWatch keeps periods of a minute for 15 days, of five for 63, of an hour for 455; a range that begins earlier is
// the caller's mistake.
//
// Errors beside those of the client: unavailable when CloudWatch gives a part only, three times in a row (nothing of it
// is returned); permission_denied when a metric is forbidden; corrupt for an answer that cannot be read.
Result<void> get_metric_data(AwsClient& client, const std::string& resource, TimeRange range,
                             std::vector<MetricQuery>& queries);

}  // namespace almanac::adapters::aws

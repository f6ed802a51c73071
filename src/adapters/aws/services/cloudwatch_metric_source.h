#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client/aws_client.h"
#include "ports/clock.h"
#include "ports/metric_source.h"

namespace almanac::adapters::aws {

struct XmlElement;

// A CloudWatch metric as it is asked for.
struct MetricName {
  std::string name_space;  // "AWS/ApplicationELB"
  std::string name;        // "RequestCount"
  std::map<std::string, std::string> dimensions;
  std::string statistic = "Sum";  // or Average: how a period is summed up
};

// Requests that a load balancer answers, by what CloudWatch calls its dimensions: "app/NAME/ID" for an Application Load
// Balancer, with "targetgroup/NAME/ID" for one target group of it; any other name is a Classic Load Balancer's.
// invalid_input for a target group without its load balancer (RequestCount has no such dimension) and for a Network
// Load Balancer, which counts no requests.
Result<MetricName> request_count_metric(const std::optional<std::string>& load_balancer,
                                        const std::optional<std::string>& target_group);

struct CloudWatchOptions {
  std::string auto_scaling_group;
  std::optional<MetricName> requests;  // nothing: demand is what the CPU says
};

// Rows of an Auto Scaling group, by GetMetricData (API version 2010-08-01; needs cloudwatch:GetMetricData).
//
// cpu_utilization, network_in and in_service_instances come from AWS/EC2 and AWS/AutoScaling by the group's dimension
// at the row's interval; request_count likewise, and request_peak from its highest minute x minutes of the interval (of
// an Average, as it stands). CloudWatch keeps minutes for 15 days and 5-minute values for 63: what lies before is
// missing.
//
// Metrics lag. Counts of an interval that ended less than three minutes ago are given only when every minute of it is
// there: a half-filled interval would look like a fall of the load. Older ones are taken as complete; a minute without
// a point among others then had no requests, while an interval without any point stays missing.
//
// Errors, beside those of the client: unavailable when CloudWatch answers with a part only, again and again;
// permission_denied when a metric is forbidden; corrupt for an answer that cannot be read.
class CloudWatchMetricSource final : public ports::MetricSource {
 public:
  CloudWatchMetricSource(std::shared_ptr<AwsClient> client, std::shared_ptr<const ports::Clock> clock,
                         CloudWatchOptions options)
      : client_(std::move(client)), clock_(std::move(clock)), options_(std::move(options)) {}

  Result<std::vector<Row>> read(TimeRange range, Duration interval) override;

 private:
  struct Query;
  using Points = std::map<Timestamp, double>;

  Result<void> read_piece(TimeRange piece, Duration interval, Timestamp now, std::map<Timestamp, Row>& rows);
  Result<void> fetch(std::vector<Query>& queries);
  static Result<bool> take(const XmlElement& series, Query& query, const std::string& what);
  AwsCall call_for(const std::vector<Query>& queries, const std::string& token) const;

  std::shared_ptr<AwsClient> client_;
  std::shared_ptr<const ports::Clock> clock_;
  CloudWatchOptions options_;
};

}  // namespace almanac::adapters::aws

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client/aws_client.h"
#include "adapters/aws/services/auto_scaling_group.h"
#include "adapters/aws/services/instance_samples.h"
#include "adapters/aws/services/metric_data.h"
#include "ports/clock.h"
#include "ports/metric_source.h"

namespace almanac::adapters::aws {

// Requests that a load balancer answers, by what CloudWatch calls its dimensions: "app/NAME/ID" for an Application Load
// Balancer, with "targetgroup/NAME/ID" for one target group of it; any other name is a Classic Load Balancer's.
// invalid_input for a target group without its load balancer (RequestCount has no such dimension), for a target group
// of a Classic Load Balancer, and for a Network or Gateway Load Balancer, which count no requests.
Result<MetricName> request_count_metric(const std::optional<std::string>& load_balancer,
                                        const std::optional<std::string>& target_group);

struct CloudWatchOptions {
  std::string auto_scaling_group;
  // What stands for the demand. A Sum counts (requests, messages); an Average is a rate per second or a level, which
  // times the seconds of the interval makes the count. Nothing: demand is what the CPU says.
  std::optional<MetricName> requests;
  // What an instance of the group counts for; without it each counts for one, and so it is taken to where asking is not
  // permitted and GroupInServiceCapacity is not there. Other errors are read()'s.
  std::function<Result<InstanceWeights>()> weights;
};

// Rows of an Auto Scaling group from CloudWatch (metric_data.h; needs cloudwatch:GetMetricData): cpu_utilization and
// network_in from AWS/EC2, in_service_instances from AWS/AutoScaling (where the group's metrics are enabled), all by
// the group's dimension; of a group with weights GroupInServiceCapacity, which counts in the group's unit, or, where
// that was not enabled, the instances times the weight that all of them have: where they have several, what was in
// service is missing. request_count, and request_peak = its highest minute x minutes of the interval. CloudWatch
// keeps minutes for 15 days and five minutes for 63: beyond that, request_peak and rows are missing. Rows beyond the
// last finished interval are never given. A read is two calls, of five to seven metrics together, a week.
//
// Where the group's metrics are not enabled, or were not yet, in_service_instances is counted by the samples of
// CPUUtilization instead (instance_samples.h; needs autoscaling:DescribeAutoScalingGroups too, and one call more a
// week): so many instances reported, times the weight that all of them have; not where they have several.
//
// A load balancer emits nothing for a minute without requests: such a minute counts as 0 among others that have some,
// but an interval without a single point is missing, not 0. Of a metric of the user's own that has one point an
// interval the peak is not known.
//
// Metrics lag by minutes, and a half-filled interval would look like a fall of the load. So for ten minutes after its
// end an interval has
// - a request_count and request_peak (of a Sum) only once its last minute or a later one has a point, or where the
//   metric has one point an interval anyway, judged by the half hour (6 intervals) before;
// - in_service_instances by samples only where there are no fewer than in the interval before it;
// - a network_in only where it has at least three quarters of the samples that the interval before it has.
// Averages (CPU, instances in service) are given as soon as there is a point. Collectors read the last intervals
// again, and what was left out or not yet whole is replaced.
//
// Errors beside those of metric_data.h: invalid_input for an interval that is not of whole minutes.
class CloudWatchMetricSource final : public ports::MetricSource {
 public:
  CloudWatchMetricSource(std::shared_ptr<AwsClient> client, std::shared_ptr<const ports::Clock> clock,
                         CloudWatchOptions options)
      : client_(std::move(client)), clock_(std::move(clock)), options_(std::move(options)) {}

  Result<std::vector<Row>> read(TimeRange range, Duration interval) override;

 private:
  using Rows = std::map<Timestamp, Row>;
  struct Piece;
  struct InService {
    std::vector<MetricQuery> queries;
    std::optional<double> units_of_instance;  // empty: not one number
  };

  Result<InService> in_service_queries(const Piece& piece, const std::map<std::string, std::string>& group) const;
  Result<void> read_group(const Piece& piece, Rows& rows);
  Result<void> read_minutes(const Piece& piece, Rows& rows);
  Result<void> count_samples(const Piece& piece, double units_of_instance, Rows& rows);
  Result<void> learn_monitoring(Timestamp now);

  std::shared_ptr<AwsClient> client_;
  std::shared_ptr<const ports::Clock> clock_;
  CloudWatchOptions options_;
  std::optional<Monitoring> monitoring_;      // empty: not known
  std::optional<Timestamp> monitoring_from_;  // when it was learnt
};

}  // namespace almanac::adapters::aws

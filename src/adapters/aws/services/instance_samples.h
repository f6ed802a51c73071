#pragma once

#include <map>
#include <optional>

#include "adapters/aws/client/aws_client.h"
#include "core/result.h"
#include "core/time.h"

namespace almanac::adapters::aws {

// Every running instance gives one sample of CPUUtilization in five minutes by basic monitoring and one a minute by
// detailed monitoring, so the samples count the instances, where nobody else does.
enum class Monitoring { basic, detailed };

// Which of them a group has, by its samples in each minute (of settled intervals) and by the instances that it has now.
// Basic monitoring leaves minutes of five empty; where it does not, because instances report in different minutes, five
// times as many samples as instances, or as many in each minute as in the next, are detailed. Empty without samples.
std::optional<Monitoring> monitoring_of(const std::map<Timestamp, double>& samples_by_minute,
                                        std::optional<int> in_service_now);

// Samples of one instance in an interval; empty where an interval is too short to have one of each.
std::optional<double> samples_per_instance(Monitoring monitoring, Duration interval);

// Instances of an Auto Scaling group that are in service now (DescribeAutoScalingGroups), whatever each counts for.
// Errors as call_auto_scaling; not_found.
Result<int> instances_in_service(AwsClient& client, const std::string& group);

}  // namespace almanac::adapters::aws

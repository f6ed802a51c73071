#include "adapters/aws/services/instance_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "adapters/aws/services/auto_scaling_api.h"

namespace almanac::adapters::aws {
namespace {

constexpr Duration kBasic{300};
constexpr int kMinutesOfBasic = 5;
// The latest intervals are compared with the instances of now; a group may have changed a little since.
constexpr std::size_t kLatest = 6;
// Between one sample an instance and five: nearer to neither, the evenness of the minutes decides.
constexpr double kSurelyBasic = 1.5;
constexpr double kSurelyDetailed = 3.5;

struct Interval {
  int minutes = 0;  // with samples
  double samples = 0;
  double least = 0, most = 0;

  bool is_full() const { return minutes == kMinutesOfBasic; }
  bool is_even() const { return is_full() && most - least <= std::max(1.0, 0.1 * samples / kMinutesOfBasic); }
};

std::vector<Interval> intervals_of(const std::map<Timestamp, double>& samples_by_minute) {
  std::map<Timestamp, Interval> intervals;
  for (const auto& [minute, samples] : samples_by_minute) {
    if (samples <= 0) continue;
    Interval& interval = intervals[floor_to(minute, kBasic)];
    interval.least = interval.minutes == 0 ? samples : std::min(interval.least, samples);
    interval.most = std::max(interval.most, samples);
    interval.samples += samples;
    ++interval.minutes;
  }
  std::vector<Interval> result;
  for (const auto& [start, interval] : intervals) result.push_back(interval);
  return result;
}

bool most_are(const std::vector<Interval>& intervals, bool (Interval::*what)() const) {
  const auto count = std::count_if(intervals.begin(), intervals.end(), [&](const Interval& i) { return (i.*what)(); });
  return 2 * static_cast<std::size_t>(count) > intervals.size();
}

double median_samples(std::vector<Interval> intervals) {
  if (intervals.size() > kLatest) intervals.erase(intervals.begin(), intervals.end() - kLatest);
  const auto middle = intervals.begin() + static_cast<std::ptrdiff_t>(intervals.size() / 2);
  std::nth_element(intervals.begin(), middle, intervals.end(),
                   [](const Interval& a, const Interval& b) { return a.samples < b.samples; });
  return middle->samples;
}

}  // namespace

std::optional<Monitoring> monitoring_of(const std::map<Timestamp, double>& samples_by_minute,
                                        std::optional<int> in_service_now) {
  const auto intervals = intervals_of(samples_by_minute);
  if (intervals.empty()) return std::nullopt;
  if (!most_are(intervals, &Interval::is_full)) return Monitoring::basic;
  if (in_service_now && *in_service_now > 0) {
    const double each = median_samples(intervals) / *in_service_now;
    if (each <= kSurelyBasic) return Monitoring::basic;
    if (each >= kSurelyDetailed) return Monitoring::detailed;
  }
  return most_are(intervals, &Interval::is_even) ? Monitoring::detailed : Monitoring::basic;
}

std::optional<double> samples_per_instance(Monitoring monitoring, Duration interval) {
  const Duration period = monitoring == Monitoring::basic ? kBasic : kMinute;
  if (interval < period) return std::nullopt;
  return static_cast<double>(interval.count()) / static_cast<double>(period.count());
}

Result<int> instances_in_service(AwsClient& client, const std::string& group) {
  QueryParameters parameters;
  parameters.add_list("AutoScalingGroupNames", {group});
  const auto answer = call_auto_scaling(client, group, "DescribeAutoScalingGroups", parameters);
  if (!answer) return tl::unexpected(answer.error());
  const auto groups = answer->result.list("AutoScalingGroups");
  if (groups.empty()) return fail(ErrorCode::not_found, fmt::format("there is no Auto Scaling group \"{}\"", group));
  int in_service = 0;
  for (const XmlElement* instance : groups.front()->list("Instances")) {
    if (instance->text_at("LifecycleState") == "InService") ++in_service;
  }
  return in_service;
}

}  // namespace almanac::adapters::aws

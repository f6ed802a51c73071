#include "adapters/aws/services/cloudwatch_metric_source.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::adapters::aws {
namespace {

// How long CloudWatch keeps which period (GetMetricData: "CloudWatch metrics are retained as follows").
constexpr Duration kMinutesKept{15 * kDay};
constexpr Duration kFiveMinutesKept{63 * kDay};
constexpr Duration kHoursKept{455 * kDay};

// Bounds the memory and the size of an answer.
constexpr Duration kPieceLength{7 * kDay};
// An interval is young for so long after its end: load balancers and instances report one to five minutes late.
constexpr Duration kSettled{600};
// Monitoring is switched by hand, so it is looked at once an hour.
constexpr Duration kMonitoringKept{kHour};
constexpr Duration kMonitoringLookedAt{6 * kHour};
// What came in so many intervals before a young one says what is usual.
constexpr int kLookBack = 6;

Duration kept(Duration period) {
  if (period % kHour == Duration{0}) return kHoursKept;
  return period % Duration{300} == Duration{0} ? kFiveMinutesKept : kMinutesKept;
}

bool is_rate(const MetricName& metric) {
  return metric.statistic != "Sum";
}

Row& row_at(std::map<Timestamp, Row>& rows, Timestamp time) {
  Row& row = rows[time];
  row.start = time;
  return row;
}

// The minutes of one interval that have a point.
struct Minutes {
  int count = 0;
  double sum = 0;
  double highest = 0;
};

Minutes minutes_of(const std::map<Timestamp, double>& points, TimeRange interval) {
  Minutes minutes;
  for (auto at = points.lower_bound(interval.start); at != points.end() && at->first < interval.end; ++at) {
    ++minutes.count;
    minutes.sum += at->second;
    minutes.highest = std::max(minutes.highest, at->second);
  }
  return minutes;
}

// Whether the metric usually has one point an interval, so that a single one is all there will be.
bool once_an_interval(const std::map<Timestamp, double>& points, Timestamp start, Duration interval) {
  int with_one = 0;
  for (int back = 1; back <= kLookBack; ++back) {
    const Timestamp earlier = start - interval * back;
    const int count = minutes_of(points, {earlier, earlier + interval}).count;
    if (count > 1) return false;
    with_one += count;
  }
  return 2 * with_one > kLookBack;
}

}  // namespace

Result<MetricName> request_count_metric(const std::optional<std::string>& load_balancer,
                                        const std::optional<std::string>& target_group) {
  if (!load_balancer) {
    return fail(ErrorCode::invalid_input,
                "target_group needs load_balancer beside it: CloudWatch counts requests by both together");
  }
  if (load_balancer->starts_with("net/") || load_balancer->starts_with("gwy/")) {
    return fail(ErrorCode::invalid_input,
                fmt::format("{} is a {} Load Balancer, which counts no requests; name a "
                            "metric of your own",
                            *load_balancer, load_balancer->starts_with("net/") ? "Network" : "Gateway"));
  }
  if (!load_balancer->starts_with("app/")) {
    if (target_group) {
      return fail(ErrorCode::invalid_input,
                  fmt::format("{} is a Classic Load Balancer, which has no target groups; expected app/NAME/ID beside "
                              "target_group, or no target_group",
                              *load_balancer));
    }
    return MetricName{"AWS/ELB", "RequestCount", {{"LoadBalancerName", *load_balancer}}, "Sum", true};
  }
  MetricName metric{"AWS/ApplicationELB", "RequestCount", {{"LoadBalancer", *load_balancer}}, "Sum", true};
  if (target_group) metric.dimensions["TargetGroup"] = *target_group;
  return metric;
}

// What is read at a time.
struct CloudWatchMetricSource::Piece {
  TimeRange range;
  Duration interval;
  Timestamp now;

  bool is_young(Timestamp start) const { return start + interval + kSettled > now; }
  bool has_young() const { return range.end + kSettled > now; }
  Timestamp look_back() const { return has_young() ? range.start - interval * kLookBack : range.start; }
  // Whether the minutes of the interval are still kept.
  bool has_minutes(Timestamp start) const { return start >= minutes_from(); }
  Timestamp minutes_from() const { return ceil_to(now - kMinutesKept, interval); }
};

Result<std::vector<Row>> CloudWatchMetricSource::read(TimeRange range, Duration interval) {
  if (interval <= Duration{0} || interval % kMinute != Duration{0}) {
    return fail(ErrorCode::invalid_input, fmt::format("CloudWatch has whole minutes; an interval of {} cannot be read",
                                                      format_duration(interval)));
  }
  const Timestamp now = clock_->now();
  const Timestamp end = std::min(range.end, floor_to(now, interval));
  Rows rows;
  for (Timestamp from = std::max(range.start, ceil_to(now - kept(interval), interval)); from < end;
       from += kPieceLength) {
    const Piece piece{{from, std::min(from + kPieceLength, end)}, interval, now};
    if (auto done = read_group(piece, rows); !done) return tl::unexpected(done.error());
    if (!options_.requests) continue;
    if (auto done = read_minutes(piece, rows); !done) return tl::unexpected(done.error());
  }
  std::vector<Row> found;
  found.reserve(rows.size());
  for (auto& [time, row] : rows) found.push_back(row);
  return found;
}

// What is asked for to know the capacity in service, in the unit of the group.
Result<CloudWatchMetricSource::InService> CloudWatchMetricSource::in_service_queries(
    const Piece& piece, const std::map<std::string, std::string>& group) const {
  InstanceWeights weights{false, 1};
  if (options_.weights) {
    if (const auto known = options_.weights()) {
      weights = *known;
    } else if (known.error().code == ErrorCode::permission_denied) {
      // Who may read metrics need not be allowed to look at groups. Both are asked for; whoever steers the group sees
      // whether instances are what it counts (control/counting.h).
      weights.weighted = true;
    } else {
      return tl::unexpected(known.error());
    }
  }
  InService found;
  const auto ask = [&](const char* id, const char* metric) {
    found.queries.push_back({id, {"AWS/AutoScaling", metric, group, "Average"}, piece.interval});
  };
  if (weights.weighted) ask("capacity", "GroupInServiceCapacity");
  if (weights.each) {
    ask("instances", "GroupInServiceInstances");
    found.units_of_instance = *weights.each;
  }
  return found;
}

// Everything that is asked for by the interval: the group's metrics, and the requests where no minutes are kept.
Result<void> CloudWatchMetricSource::read_group(const Piece& piece, Rows& rows) {
  const std::map<std::string, std::string> group{{"AutoScalingGroupName", options_.auto_scaling_group}};
  std::vector<MetricQuery> queries{
      {"cpu", {"AWS/EC2", "CPUUtilization", group, "Average"}, piece.interval},
      {"network", {"AWS/EC2", "NetworkIn", group, "Sum"}, piece.interval},
  };
  const auto asked_for = in_service_queries(piece, group);
  if (!asked_for) return tl::unexpected(asked_for.error());
  queries.insert(queries.end(), asked_for->queries.begin(), asked_for->queries.end());
  if (piece.has_young()) queries.push_back({"samples", {"AWS/EC2", "NetworkIn", group, "SampleCount"}, piece.interval});
  const bool rate = options_.requests && is_rate(*options_.requests);
  if (rate || (options_.requests && !piece.has_minutes(piece.range.start)))
    queries.push_back({"requests", *options_.requests, piece.interval});
  auto fetched = get_metric_data(
      *client_, fmt::format("metrics of group \"{}\"", options_.auto_scaling_group),
      {std::max(piece.look_back(), ceil_to(piece.now - kept(piece.interval), piece.interval)), piece.range.end},
      queries);
  if (!fetched) return fetched;

  const auto points = [&](std::string_view id) -> const std::map<Timestamp, double>& {
    static const std::map<Timestamp, double> kNone;
    const auto query = std::find_if(queries.begin(), queries.end(), [&](const auto& each) { return each.id == id; });
    return query == queries.end() ? kNone : query->points;
  };
  const auto each_row = [&](std::string_view id, const auto& set) {
    for (const auto& [time, value] : points(id))
      if (piece.range.contains(time)) set(time, value);
  };
  const auto& samples = points("samples");
  const auto is_filled = [&](Timestamp time) {
    const auto before = samples.find(time - piece.interval);
    const auto now = samples.find(time);
    return before == samples.end() || (now != samples.end() && 4 * now->second >= 3 * before->second);
  };
  each_row("cpu", [&](Timestamp t, double value) { row_at(rows, t).cpu_utilization = std::min(value, 100.0); });
  each_row("instances", [&](Timestamp t, double value) {
    row_at(rows, t).in_service_instances = value * *asked_for->units_of_instance;
  });
  // Second, so that it counts where both are there: it has the weights of its time.
  each_row("capacity", [&](Timestamp t, double value) { row_at(rows, t).in_service_instances = value; });
  each_row("network", [&](Timestamp t, double value) {
    if (!piece.is_young(t) || is_filled(t)) row_at(rows, t).network_in = value;
  });
  const double to_count = rate ? static_cast<double>(piece.interval.count()) : 1;
  each_row("requests", [&](Timestamp t, double value) {
    if (rate || !piece.has_minutes(t)) row_at(rows, t).request_count = value * to_count;
  });
  // Of a group whose metrics are enabled the newest value is only late.
  const bool enabled = !points("instances").empty() || !points("capacity").empty();
  const bool uncounted = std::any_of(rows.begin(), rows.end(), [&](const auto& each) {
    return piece.range.contains(each.first) && each.second.cpu_utilization && !each.second.in_service_instances &&
           !(enabled && piece.is_young(each.first));
  });
  // Samples count instances, which are no capacity where those have several weights.
  if (!uncounted || !asked_for->units_of_instance) return {};
  return count_samples(piece, *asked_for->units_of_instance, rows);
}

Result<void> CloudWatchMetricSource::count_samples(const Piece& piece, double units_of_instance, Rows& rows) {
  if (!monitoring_from_ || piece.now - *monitoring_from_ >= kMonitoringKept) {
    if (auto learnt = learn_monitoring(piece.now); !learnt) return learnt;
  }
  const auto each = monitoring_ ? samples_per_instance(*monitoring_, piece.interval) : std::nullopt;
  if (!each) return {};
  const std::map<std::string, std::string> group{{"AutoScalingGroupName", options_.auto_scaling_group}};
  std::vector<MetricQuery> queries{
      {"cpu_samples", {"AWS/EC2", "CPUUtilization", group, "SampleCount"}, piece.interval}};
  auto fetched = get_metric_data(
      *client_, fmt::format("instances of group \"{}\"", options_.auto_scaling_group),
      {std::max(piece.look_back(), ceil_to(piece.now - kept(piece.interval), piece.interval)), piece.range.end},
      queries);
  if (!fetched) return fetched;
  const auto& samples = queries.front().points;
  for (const auto& [time, count] : samples) {
    if (!piece.range.contains(time)) continue;
    const auto before = samples.find(time - piece.interval);
    const bool whole = !piece.is_young(time) || before == samples.end() || count >= before->second;
    Row& row = row_at(rows, time);
    if (whole && !row.in_service_instances) row.in_service_instances = count / *each * units_of_instance;
  }
  return {};
}

// By the samples of the last hours that are settled. A group of which nothing can be learnt now has no instance counts.
Result<void> CloudWatchMetricSource::learn_monitoring(Timestamp now) {
  const std::map<std::string, std::string> group{{"AutoScalingGroupName", options_.auto_scaling_group}};
  const Timestamp end = floor_to(now - kSettled, Duration{300});
  std::vector<MetricQuery> queries{{"minutes", {"AWS/EC2", "CPUUtilization", group, "SampleCount"}, kMinute}};
  auto fetched = get_metric_data(*client_, fmt::format("samples of group \"{}\"", options_.auto_scaling_group),
                                 {end - kMonitoringLookedAt, end}, queries);
  if (!fetched) return fetched;
  const auto in_service = instances_in_service(*client_, options_.auto_scaling_group);
  if (!in_service) return tl::unexpected(in_service.error());
  monitoring_ = monitoring_of(queries.front().points, *in_service);
  monitoring_from_ = now;
  return {};
}

// The requests of intervals whose minutes are kept. In a call of their own, because a call that begins earlier has no
// minutes at all. Counts are added up from the minutes: another query might see one minute more or less.
Result<void> CloudWatchMetricSource::read_minutes(const Piece& piece, Rows& rows) {
  const MetricName& metric = *options_.requests;
  const TimeRange known{std::max(piece.range.start, piece.minutes_from()), piece.range.end};
  if (known.empty()) return {};
  // Minutes after the range say whether its last interval is whole.
  const Timestamp end = std::min(known.end + kSettled, std::max(known.end, floor_to(piece.now, kMinute)));
  std::vector<MetricQuery> queries{{"minutes", metric, kMinute}};
  auto fetched = get_metric_data(*client_, fmt::format("requests of group \"{}\"", options_.auto_scaling_group),
                                 {std::max(piece.look_back(), piece.minutes_from()), end}, queries);
  if (!fetched) return fetched;
  const auto& points = queries.front().points;

  const bool rate = is_rate(metric);
  const double to_interval = static_cast<double>(rate ? piece.interval.count() : piece.interval / kMinute);
  for (Timestamp start = known.start; start < known.end; start += piece.interval) {
    const Minutes minutes = minutes_of(points, {start, start + piece.interval});
    if (minutes.count == 0) continue;
    const bool whole = rate || !piece.is_young(start) || points.rbegin()->first >= start + piece.interval - kMinute ||
                       (!metric.every_minute && once_an_interval(points, start, piece.interval));
    if (!whole) continue;
    Row& row = row_at(rows, start);
    if (!rate) row.request_count = minutes.sum;
    if (metric.every_minute || minutes.count > 1 || piece.interval == kMinute)
      row.request_peak = minutes.highest * to_interval;
  }
  return {};
}

}  // namespace almanac::adapters::aws

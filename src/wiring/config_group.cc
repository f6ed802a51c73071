#include "wiring/config_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "calendar/zone_name.h"
#include "wiring/aws.h"

namespace almanac::wiring {
namespace {

using yaml::any_duration;
using yaml::describe;
using yaml::instances;
using yaml::Mapping;
using yaml::number;
using yaml::percentage;
using yaml::positive_duration;
using yaml::text_value;

bool is_group_name(const std::string& name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-'; });
}

// What follows the last of ARN's parts up to `kind` may be given whole: people paste ARNs.
std::optional<std::string> without_arn(const std::string& text, const std::string& kind) {
  const auto at = text.find(kind);
  if (!text.starts_with("arn:") || at == std::string::npos) return text_value(text);
  return text.substr(at + (kind == "loadbalancer/" ? kind.size() : 0));
}

void read_aws_metric(const Mapping& metric, AwsSource& source) {
  AwsSource::Metric result;
  metric.scalar<std::string>("namespace", result.name_space, "a CloudWatch namespace such as Shop", text_value);
  metric.scalar<std::string>("name", result.name, "the metric's name", text_value);
  metric.scalar<std::string>("statistic", result.statistic, "Sum or Average", [](const std::string& text) {
    return text == "Sum" || text == "Average" ? std::optional(text) : std::nullopt;
  });
  result.dimensions = metric.child("dimensions").entries();
  if (!metric.has("namespace") || !metric.has("name")) {
    metric.mistakes().add(metric.mark(), metric.shown("name"), "expected both namespace and name");
  }
  source.metric = std::move(result);
}

void read_aws_source(const Mapping& aws, GroupConfig& result) {
  AwsSource source;
  source.auto_scaling_group = result.name;
  aws.scalar<std::string>("auto_scaling_group", source.auto_scaling_group, "the Auto Scaling group's name", text_value);
  aws.scalar<std::string>("region", source.region, "a region such as eu-west-1", text_value);
  aws.scalar<std::string>("load_balancer", source.load_balancer, "app/NAME/ID as CloudWatch shows it, or its ARN",
                          [](const std::string& text) { return without_arn(text, "loadbalancer/"); });
  aws.scalar<std::string>("target_group", source.target_group, "targetgroup/NAME/ID, or its ARN",
                          [](const std::string& text) { return without_arn(text, "targetgroup/"); });
  if (aws.has("metric")) {
    read_aws_metric(aws.child("metric"), source);
    if (source.load_balancer || source.target_group) {
      aws.mistakes().add(aws.get("metric").Mark(), aws.shown("metric"),
                         "expected either a metric or a load balancer with its target group, found both");
    }
  }
  // The group's own limits hold; almanac.yaml may narrow them.
  result.policy.min = 0;
  result.policy.max = 100000;
  result.aws = std::move(source);
}

void read_source(const Mapping& group, GroupConfig& result, const std::filesystem::path& folder) {
  const Mapping source = group.child("source");
  const bool simulated = source.get("simulated").IsDefined();
  const bool csv = source.get("csv").IsDefined();
  const bool aws = source.get("aws").IsDefined();
  if ((simulated ? 1 : 0) + (csv ? 1 : 0) + (aws ? 1 : 0) != 1) {
    const bool given = group.has("source");
    group.mistakes().add(given ? group.get("source").Mark() : group.mark(), group.shown("source"),
                         simulated || csv || aws
                             ? "expected one of simulated, csv and aws, found more"
                             : "expected where the metrics come from: {aws: {}}, {csv: FILE} or {simulated: {}}");
    return;
  }
  if (aws) return read_aws_source(source.child("aws"), result);
  if (csv) {
    std::string path;
    source.scalar<std::string>("csv", path, "a file name", text_value);
    result.csv = CsvSource{folder / path};
    return;
  }
  const Mapping settings = source.child("simulated");
  SimulatedSource values;
  settings.scalar<std::uint64_t>("seed", values.seed, "a whole number", number<std::uint64_t>);
  settings.scalar<Duration>("boot", values.boot, "a duration such as 8m", any_duration);
  settings.scalar<Duration>("history", values.history, "a duration such as 8w", positive_duration);
  result.simulated = values;
}

void read_scaling(const Mapping& group, planning::Policy& policy) {
  const Mapping scaling = group.child("scaling");
  scaling.scalar<int>("min", policy.min, "a whole number of instances", instances);
  scaling.scalar<int>("max", policy.max, "a whole number of instances", instances);
  const auto at_least_one = [](const std::string& text) {
    const auto value = instances(text);
    return value && *value > 0 ? value : std::nullopt;
  };
  scaling.scalar<int>("max_step_out", policy.max_scale_out, "a whole number of instances, at least 1", at_least_one);
  scaling.scalar<int>("max_step_in", policy.max_scale_in, "a whole number of instances, at least 1", at_least_one);
  scaling.scalar<Duration>("scale_in_stabilisation", policy.scale_in_stabilisation, "a duration such as 15m",
                           any_duration);
  if (policy.min > policy.max) {
    const YAML::Node culprit = scaling.has("min") ? scaling.get("min") : scaling.get("max");
    group.mistakes().add(culprit.Mark(), scaling.shown("min"),
                         fmt::format("expected min <= max, found min {} and max {}", policy.min, policy.max));
  }
}

void read_objective(const Mapping& group, planning::Policy& policy) {
  const Mapping objective = group.child("objective");
  objective.scalar<double>("violating_requests", policy.objective, "a percentage above 0% such as 0.1%", percentage);
  objective.scalar<double>("utilisation", policy.utilisation, "a percentage above 0% such as 80%", percentage);
}

void read_policy(const Mapping& group, planning::Policy& policy) {
  group.scalar<planning::PolicyKind>("policy", policy.kind, "almanac or threshold",
                                     [](const std::string& text) -> std::optional<planning::PolicyKind> {
                                       if (text == "almanac") return planning::PolicyKind::almanac;
                                       if (text == "threshold") return planning::PolicyKind::threshold;
                                       return std::nullopt;
                                     });
  group.scalar<planning::Mode>("mode", policy.mode, "observe, floor or own",
                               [](const std::string& text) -> std::optional<planning::Mode> {
                                 if (text == "observe") return planning::Mode::observe;
                                 if (text == "floor") return planning::Mode::floor;
                                 if (text == "own") return planning::Mode::own;
                                 return std::nullopt;
                               });
  const Mapping threshold = group.child("threshold");
  threshold.scalar<double>("scale_out_above", policy.threshold_out, "a percentage such as 70%", percentage);
  threshold.scalar<double>("scale_in_below", policy.threshold_in, "a percentage such as 35%", percentage);
  if (policy.threshold_in >= policy.threshold_out) {
    group.mistakes().add(group.get("threshold").Mark(), group.shown("threshold"),
                         "expected scale_in_below to be lower than scale_out_above");
  }
}

void read_calendars(const Mapping& group, GroupConfig& result, const std::filesystem::path& folder) {
  if (!group.has("calendar")) return;
  const YAML::Node node = group.get("calendar");
  const auto add = [&](const YAML::Node& entry) {
    if (entry.IsScalar() && !entry.Scalar().empty()) {
      const std::string& name = entry.Scalar();
      result.calendars.push_back(is_web_address(name) ? name : (folder / name).string());
    } else {
      group.mistakes().add(
          entry.Mark(), group.shown("calendar"),
          fmt::format("expected a file name, an https URL or a list of them, found {}", describe(entry)));
    }
  };
  if (!node.IsSequence()) return add(node);
  for (const auto& entry : node) add(entry);
}

void read_timezone(const Mapping& group, GroupConfig& result) {
  std::string name;
  group.scalar<std::string>("timezone", name, "an IANA name such as Europe/Paris", text_value);
  if (name.empty()) return;
  if (const auto zone = calendar::zone_named(name))
    result.timezone = (*zone)->name();
  else
    group.mistakes().add(group.get("timezone").Mark(), group.shown("timezone"), zone.error().message);
}

}  // namespace

GroupConfig read_group(const YAML::Node& node, std::size_t index, const std::filesystem::path& folder,
                       yaml::Mistakes& mistakes) {
  GroupConfig result;
  const Mapping group(node, "groups[]", fmt::format("groups[{}]", index), mistakes);
  if (!node.IsMap()) {
    if (!node.IsDefined() || node.IsNull()) mistakes.add(node.Mark(), fmt::format("groups[{}]", index), "is empty");
    return result;
  }
  if (!group.has("name")) mistakes.add(node.Mark(), group.shown("name"), "expected a name, found nothing");
  if (group.has("name")) {
    group.scalar<std::string>(
        "name", result.name, "a name of letters, digits, '.', '_' and '-'",
        [](const std::string& text) { return is_group_name(text) ? std::optional(text) : std::nullopt; });
  }
  read_source(group, result, folder);
  read_scaling(group, result.policy);
  read_calendars(group, result, folder);
  read_timezone(group, result);
  read_objective(group, result.policy);
  // What is not ours to steer yet, and what nobody can, is watched.
  if (result.csv || result.aws) result.policy.mode = planning::Mode::observe;
  read_policy(group, result.policy);
  if (result.csv && result.policy.mode != planning::Mode::observe) {
    mistakes.add(group.get("mode").Mark(), group.shown("mode"), "expected observe: a CSV file cannot be scaled");
  }
  group.scalar<double>("capacity_per_instance", result.capacity_per_instance, "a number of requests per second above 0",
                       [](const std::string& text) {
                         const auto value = number<double>(text);
                         return value && *value > 0 && *value < 1e12 ? value : std::nullopt;
                       });
  group.scalar<Duration>("lead_time", result.lead_time, "a duration such as 5m", any_duration);
  return result;
}

}  // namespace almanac::wiring

#include <fmt/format.h>

#include "adapters/aws/services/account_checks.h"
#include "adapters/aws/services/auto_scaling_group.h"
#include "adapters/aws/services/cloudwatch_metric_source.h"
#include "adapters/aws/services/group_address.h"
#include "adapters/aws/services/kinds.h"
#include "adapters/aws/services/wanted_permissions.h"
#include "settings/key.h"

namespace almanac::adapters::aws {
namespace {

using settings::text;
using settings::Values;
using Verdict = Finding::Verdict;

constexpr Duration kHistoryOfCloudWatch{63 * kDay};  // of 5-minute values

// What follows the last of ARN's parts up to `kind` may be given whole: people paste ARNs.
std::string without_arn(const std::string& text, const std::string& kind) {
  const auto at = text.find(kind);
  if (!text.starts_with("arn:") || at == std::string::npos) return text;
  return text.substr(at + (kind == "loadbalancer/" ? kind.size() : 0));
}

settings::Keys keys_of_metric() {
  return {
      text("namespace", "Its CloudWatch namespace.").expecting("a CloudWatch namespace such as Shop").needed(),
      text("name", "Its name.").expecting("the metric's name").needed(),
      settings::choice("statistic", "Sum: what is counted. Average: a rate per second or a level.", {"Sum", "Average"})
          .otherwise_is("Sum"),
      settings::named_texts("dimensions", "Names and values of its dimensions.")};
}

class CloudWatchKind final : public kinds::MetricsKind {
 public:
  std::string name() const override { return "cloudwatch"; }
  std::string thing() const override { return "CloudWatch"; }
  std::string doc() const override { return "What CloudWatch knows of the load of an Auto Scaling group."; }
  std::string account() const override { return "AWS"; }
  settings::Keys keys() const override {
    return {
        text("auto_scaling_group", "Name of the Auto Scaling group whose CPU, network and instances are read.")
            .expecting("the Auto Scaling group's name")
            .usually_is("the target, else the group's name here"),
        text("region", "Its region.")
            .expecting("a region such as eu-west-1")
            .usually_is("the target's, else aws.region"),
        text("load_balancer", "Application Load Balancer whose requests are counted: app/NAME/ID, or its ARN.")
            .expecting("app/NAME/ID as CloudWatch shows it, or its ARN")
            .accepting(
                [](const std::string& given) { return Result<std::string>(without_arn(given, "loadbalancer/")); }),
        text("target_group", "Target group whose requests are counted: targetgroup/NAME/ID, or its ARN.")
            .expecting("targetgroup/NAME/ID, or its ARN")
            .accepting(
                [](const std::string& given) { return Result<std::string>(without_arn(given, "targetgroup/")); }),
        settings::block("metric", "A metric of your own instead of a load balancer's request count.", keys_of_metric()),
    };
  }

  void check(const Values& values, settings::Mistakes& mistakes) const override {
    if (!values.has("metric") || !(values.has("load_balancer") || values.has("target_group"))) return;
    mistakes.add(values.place("metric"),
                 "expected either a metric or a load balancer with its target group, found both");
  }

  kinds::Columns columns(const Values& values) const override {
    if (values.has("metric") || values.has("load_balancer") || values.has("target_group")) return kinds::all_columns();
    return {"cpu_utilization", "network_in", "in_service_instances"};
  }

  Result<kinds::Metrics> make(const Values& values, const kinds::Surroundings& around) const override {
    const GroupAddress address = address_of(values, around);
    auto client = client_of(around, address.region);
    if (!client) return tl::unexpected(client.error());
    CloudWatchOptions options{address.name, std::nullopt, {}};
    // The target knows what an instance counts for as soon as it has been described.
    auto group = target_address(around) == address ? around.beside->find<AutoScalingGroup>() : nullptr;
    if (!group) group = std::make_shared<AutoScalingGroup>(*client, address.name);
    options.weights = [group] { return group->weights(); };
    if (values.has("metric")) {
      const auto& metric = values.get<Values>("metric");
      options.requests = MetricName{
          metric.get<std::string>("namespace"), metric.get<std::string>("name"),
          metric.find<std::map<std::string, std::string>>("dimensions").value_or(std::map<std::string, std::string>()),
          metric.get<std::string>("statistic")};
    } else if (values.has("load_balancer") || values.has("target_group")) {
      auto requests =
          request_count_metric(values.find<std::string>("load_balancer"), values.find<std::string>("target_group"));
      if (!requests) return tl::unexpected(requests.error());
      options.requests = std::move(*requests);
    }
    return kinds::Metrics{
        std::make_shared<CloudWatchMetricSource>(std::move(*client), around.clock, std::move(options)), std::nullopt,
        kHistoryOfCloudWatch};
  }

  Findings examine(const Values& values, const kinds::Surroundings& around,
                   const kinds::Examination& asked) const override {
    const GroupAddress address = address_of(values, around);
    const auto client = client_of(around, address.region);
    if (!client) return {{"metrics", Verdict::mend, client.error().message, ""}};
    if (asked.role) want(around, {{"cloudwatch:GetMetricData", "*"}});
    return check_detail(**client, address.name, asked.now);
  }

  std::map<std::string, std::string> advice(const Values& values, const kinds::Surroundings& around) const override {
    return {{"cpu_utilization",
             "check the group's name and that instances run; CloudWatch lists AWS/EC2 metrics by "
             "AutoScalingGroupName once they do"},
            {"in_service_instances",
             fmt::format("aws autoscaling enable-metrics-collection --auto-scaling-group-name '{}' --granularity "
                         "1Minute --metrics GroupInServiceInstances GroupInServiceCapacity",
                         address_of(values, around).name)},
            {"request_count", "name the load_balancer (and target_group) or a metric in almanac.yaml, if there is one"},
            {"request_peak", "it comes with request counts by the minute"}};
  }

 private:
  static GroupAddress address_of(const Values& values, const kinds::Surroundings& around) {
    GroupAddress address = target_address(around).value_or(GroupAddress{around.group, std::nullopt});
    address.name = values.find<std::string>("auto_scaling_group").value_or(address.name);
    if (values.has("region")) address.region = values.get<std::string>("region");
    return address;
  }
};

}  // namespace

const kinds::MetricsKind& cloudwatch_kind() {
  static const CloudWatchKind kind;
  return kind;
}

}  // namespace almanac::adapters::aws

#include "wiring/aws_examination.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/aws/client/endpoint.h"
#include "adapters/aws/services/account_checks.h"
#include "adapters/aws/services/s3_object_store.h"
#include "adapters/local/system_clock.h"
#include "wiring/aws.h"

namespace almanac::wiring {

using adapters::aws::Permission;
using Verdict = Finding::Verdict;

namespace {

bool in_s3(const Config& config) {
  return config.store.starts_with("s3://");
}

void move_to(Findings& all, Findings some) {
  for (Finding& finding : some) all.push_back(std::move(finding));
}

std::vector<Permission> writes_of(planning::Mode mode, const std::string& group_arn) {
  if (mode == planning::Mode::own) return {{"autoscaling:SetDesiredCapacity", group_arn}};
  if (mode == planning::Mode::floor) {
    return {{"autoscaling:PutScheduledUpdateGroupAction", group_arn}, {"autoscaling:DeleteScheduledAction", group_arn}};
  }
  return {};
}

std::vector<Permission> reads_of_group() {
  return {{"autoscaling:DescribeAutoScalingGroups", "*"},
          {"autoscaling:DescribeInstanceRefreshes", "*"},
          {"autoscaling:DescribeScalingActivities", "*"},
          {"autoscaling:DescribeScheduledActions", "*"},
          {"cloudwatch:GetMetricData", "*"}};
}

// What a tick needs of the bucket: rows and ledger are written, everything of the group is read.
std::vector<Permission> uses_of_bucket(const Config& config, const std::string& group, const std::string& region) {
  const auto location = adapters::aws::parse_s3_url(config.store);
  if (!location) return {};
  const std::string bucket = fmt::format("arn:{}:s3:::{}", adapters::aws::partition_of(region), location->bucket);
  const std::string folder = bucket + "/" + (location->prefix.empty() ? "" : location->prefix + "/") + group + "/";
  return {{"s3:ListBucket", bucket},
          {"s3:GetObject", folder + "lstm_model.h5"},
          {"s3:PutObject", folder + "multi_metric_data/2026-01.csv"},
          {"s3:PutObject", folder + "decisions/2026-01-01.jsonl"}};
}

}  // namespace

bool AwsExamination::concerned() const {
  const Config& config = session_.config();
  return in_s3(config) ||
         std::any_of(config.notify.begin(), config.notify.end(),
                     [](const NotifyTarget& target) { return target.kind == NotifyTarget::Kind::sns; }) ||
         std::any_of(session_.groups().begin(), session_.groups().end(),
                     [](const GroupConfig* group) { return group->aws.has_value(); });
}

Findings AwsExamination::account() {
  const auto client = session_.aws().client(std::nullopt);
  if (!client) return {{"credentials", Verdict::mend, client.error().message, ""}};
  auto caller = adapters::aws::check_caller(**client, adapters::SystemClock());
  identity_ = caller.identity;
  Findings found = std::move(caller.findings);
  if (!answered() || !in_s3(session_.config())) return found;
  if (const auto location = adapters::aws::parse_s3_url(session_.config().store)) {
    move_to(found, adapters::aws::check_bucket(**client, location->bucket));
  }
  return found;
}

Findings AwsExamination::group(const GroupConfig& group, std::optional<int> desired) {
  if (!group.aws || !answered()) return {};
  const auto client = session_.aws().client(group.aws->region);
  if (!client) return {{"group", Verdict::mend, client.error().message, ""}};
  const bool floor = group.policy.mode == planning::Mode::floor;
  auto reading =
      adapters::aws::check_reading(**client, group.aws->auto_scaling_group, floor, adapters::SystemClock().now());
  Findings found = std::move(reading.findings);
  if (!reading.arn.empty()) move_to(found, writing(group, reading.arn, desired));
  return found;
}

Findings AwsExamination::writing(const GroupConfig& group, const std::string& group_arn, std::optional<int> desired) {
  Findings found;
  if (group.policy.mode == planning::Mode::observe) {
    found.push_back({"permissions", Verdict::good, "mode observe writes nothing to Auto Scaling", ""});
  }
  const auto client = session_.aws().client(group.aws->region);
  if (!client) return found;
  std::vector<Permission> wanted = writes_of(group.policy.mode, group_arn);
  if (options_.try_writes && !options_.role && !wanted.empty()) {
    const bool own = group.policy.mode == planning::Mode::own;
    if (!own || desired) {
      move_to(found, adapters::aws::try_write(**client, group.aws->auto_scaling_group, own ? desired : std::nullopt));
    }
    wanted.clear();
  }
  for (const NotifyTarget& target : session_.config().notify) {
    if (target.kind == NotifyTarget::Kind::sns) wanted.push_back({"sns:Publish", target.address});
  }
  if (options_.role) {
    for (const auto& more : {reads_of_group(), uses_of_bucket(session_.config(), group.name, (*client)->region())}) {
      wanted.insert(wanted.end(), more.begin(), more.end());
    }
  }
  if (wanted.empty()) return found;
  const auto iam = session_.aws().client(adapters::aws::iam_region((*client)->region()));
  if (!iam) return found;
  const std::string principal = options_.role.value_or(adapters::aws::principal_of(identity_));
  move_to(found, adapters::aws::check_permissions(**iam, principal, wanted));
  return found;
}

}  // namespace almanac::wiring

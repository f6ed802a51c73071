#include "adapters/aws/services/account_checks.h"
#include "adapters/aws/services/auto_scaling_group.h"
#include "adapters/aws/services/group_address.h"
#include "adapters/aws/services/kinds.h"
#include "adapters/aws/services/wanted_permissions.h"
#include "settings/key.h"

namespace almanac::adapters::aws {
namespace {

using settings::text;
using Verdict = Finding::Verdict;

std::vector<Permission> reads() {
  return {{"autoscaling:DescribeAutoScalingGroups", "*"},
          {"autoscaling:DescribeInstanceRefreshes", "*"},
          {"autoscaling:DescribeScalingActivities", "*"},
          {"autoscaling:DescribeScheduledActions", "*"}};
}

std::vector<Permission> writes(const kinds::Steering& steering, const std::string& arn) {
  if (steering.sets_desired) return {{"autoscaling:SetDesiredCapacity", arn}};
  if (steering.raises_minimum) {
    return {{"autoscaling:PutScheduledUpdateGroupAction", arn}, {"autoscaling:DeleteScheduledAction", arn}};
  }
  return {};
}

class AutoScalingKind final : public kinds::TargetKind {
 public:
  std::string name() const override { return "auto_scaling_group"; }
  std::string doc() const override { return "An EC2 Auto Scaling group."; }
  std::string account() const override { return "AWS"; }
  bool has_limits() const override { return true; }
  settings::Keys keys() const override {
    return {text("name", "Name of the Auto Scaling group.")
                .expecting("the Auto Scaling group's name")
                .usually_is("the group's name here"),
            text("region", "Its region.").expecting("a region such as eu-west-1").usually_is("aws.region")};
  }

  Result<std::shared_ptr<ports::ScalingGroup>> make(const settings::Values&,
                                                    const kinds::Surroundings& around) const override {
    const GroupAddress address = *target_address(around);
    auto client = client_of(around, address.region);
    if (!client) return tl::unexpected(client.error());
    auto group = std::make_shared<AutoScalingGroup>(std::move(*client), address.name);
    around.beside->put(group);
    return group;
  }

  // The reading calls; then writing, by trying it or by asking IAM.
  Findings examine(const settings::Values&, const kinds::Surroundings& around,
                   const kinds::Examination& asked) const override {
    const GroupAddress address = *target_address(around);
    const auto client = client_of(around, address.region);
    if (!client) return {{"group", Verdict::mend, client.error().message, ""}};
    auto reading = check_reading(**client, address.name, around.steering.raises_minimum);
    Findings found = std::move(reading.findings);
    if (reading.arn.empty()) return found;
    std::vector<Permission> wanted = writes(around.steering, reading.arn);
    if (wanted.empty()) {
      found.push_back({"permissions", Verdict::good, "mode observe writes nothing to Auto Scaling", ""});
    }
    if (asked.try_writes && !asked.role && !wanted.empty()) {
      const bool own = around.steering.sets_desired;
      if (own && !asked.desired) return found;
      const Findings tried = try_write(**client, address.name, own ? asked.desired : std::nullopt);
      found.insert(found.end(), tried.begin(), tried.end());
      return found;
    }
    if (asked.role) {
      const auto also = reads();
      wanted.insert(wanted.end(), also.begin(), also.end());
    }
    want(around, wanted);
    return found;
  }
};

}  // namespace

const kinds::TargetKind& auto_scaling_kind() {
  static const AutoScalingKind kind;
  return kind;
}

}  // namespace almanac::adapters::aws

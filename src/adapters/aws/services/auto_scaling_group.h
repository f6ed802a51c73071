#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client/aws_client.h"
#include "adapters/aws/services/floor_schedule.h"
#include "adapters/aws/services/scaling_activities.h"
#include "ports/scaling_group.h"

namespace almanac::adapters::aws {

// What an instance of a group counts for.
struct InstanceWeights {
  bool weighted = false;    // the group's capacity is not counted in instances
  std::optional<int> each;  // what every instance counts for, now and before; empty: not one number
};

// An EC2 Auto Scaling group (API version 2011-01-01). Limits are checked before anything is asked: emulators take what
// Auto Scaling refuses. Not thread-safe.
//
// Reading needs autoscaling:DescribeAutoScalingGroups and DescribeScalingActivities; DescribeInstanceRefreshes and
// DescribeScheduledActions where they are allowed: without them describe() says what it does not know. Mode own needs
// SetDesiredCapacity; mode floor PutScheduledUpdateGroupAction, DeleteScheduledAction and DescribeScheduledActions.
class AutoScalingGroup final : public ports::ScalingGroup {
 public:
  AutoScalingGroup(std::shared_ptr<AwsClient> client, std::string name);

  ports::Capabilities capabilities() const override {
    return {.set_desired = true, .raise_minimum = true, .tell_launches = true};
  }
  // not_found: no such group in the client's region. `min` is the owner's minimum, below a floor that stands. Of a
  // group with weights everything is in its unit (group_capacity.h).
  Result<ports::GroupState> describe() override;
  // As last described; asks only where that never happened. Errors as of describe().
  Result<InstanceWeights> weights();
  // Without regard to the group's cooldown.
  Result<void> set_desired(int desired) override;
  // By two scheduled actions that end by themselves (floor_schedule.h): begins one to three minutes from now and lasts
  // until half an hour after `until`. Writes nothing when what stands is as it should be.
  Result<void> raise_minimum(int minimum, Timestamp now, Timestamp until) override;
  Result<std::vector<ports::LaunchFailure>> launch_failures(Timestamp since) override;
  Result<std::vector<ports::Launch>> launches(Timestamp since) override;

 private:
  struct Described;
  struct Actions;
  Result<Described> describe_group();
  Result<Actions> describe_actions();
  void learn_refreshes(ports::GroupState& state);
  Result<void> carry_out(const FloorStep& step);
  Result<void> put_action(const char* name, ScheduledAction action);

  std::shared_ptr<AwsClient> client_;
  std::string name_;
  ScalingActivities activities_;
  bool refreshing_ = false;          // as it was last known
  std::optional<Duration> warm_up_;  // of the group, once described
  std::optional<InstanceWeights> weights_;
};

}  // namespace almanac::adapters::aws

#include "adapters/aws/services/auto_scaling_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/aws/client/text.h"
#include "adapters/aws/services/auto_scaling_api.h"
#include "adapters/aws/services/group_capacity.h"

namespace almanac::adapters::aws {
namespace {

bool is_running(std::string_view refresh_status) {
  constexpr std::array<std::string_view, 5> kRunning{"Pending", "InProgress", "Cancelling", "RollbackInProgress",
                                                     "Baking"};
  return std::find(kRunning.begin(), kRunning.end(), refresh_status) != kRunning.end();
}

// Auto Scaling's processes that can be suspended, and what does not happen then:
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
ports::Blocker blocker_of(std::string_view process) {
  using Kind = ports::Blocker::Kind;
  constexpr std::array<std::pair<std::string_view, Kind>, 4> kKinds{{{"Launch", Kind::cannot_launch},
                                                                     {"Terminate", Kind::cannot_terminate},
                                                                     {"ScheduledActions", Kind::floor_stands_still},
                                                                     {"AlarmNotification", Kind::others_stand_still}}};
  const auto known =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& kind) { return kind.first == process; });
  return {known == kKinds.end() ? Kind::other : known->second,
          fmt::format("the process {} is suspended", for_message(process, 60)),
          "resume it when whoever suspended it is done (aws autoscaling resume-processes)"};
}

// Every scheduled action of a group needs a start time of its own.
bool is_taken_time(const Error& error) {
  return error.code == ErrorCode::conflict || error.message.find("AlreadyExists") != std::string::npos ||
         error.message.find("already exists") != std::string::npos;
}

}  // namespace

struct AutoScalingGroup::Described {
  ports::GroupState state;  // without what other calls tell; `min` is MinSize as it stands
};

struct AutoScalingGroup::Actions {
  std::optional<ScheduledAction> begin;
  std::optional<ScheduledAction> end;
  std::optional<Timestamp> service_time;
};

AutoScalingGroup::AutoScalingGroup(std::shared_ptr<AwsClient> client, std::string name)
    : client_(std::move(client)), name_(std::move(name)), activities_(client_, name_) {}

Result<AutoScalingGroup::Described> AutoScalingGroup::describe_group() {
  const char* const kOperation = "DescribeAutoScalingGroups";
  QueryParameters parameters;
  parameters.add_list("AutoScalingGroupNames", {name_});
  const auto answer = call_auto_scaling(*client_, name_, kOperation, parameters);
  if (!answer) return tl::unexpected(answer.error());
  const XmlElement* group = nullptr;
  for (const XmlElement* item : answer->result.list("AutoScalingGroups")) {
    if (item->text_at("AutoScalingGroupName") == name_) group = item;
  }
  if (group == nullptr) {
    return fail(ErrorCode::not_found,
                fmt::format("there is no Auto Scaling group \"{}\" in region {}; check name, region and account "
                            "(`aws autoscaling describe-auto-scaling-groups` lists them)",
                            name_, client_->region()));
  }
  if (const std::string_view status = group->text_at("Status"); !status.empty()) {
    return fail(ErrorCode::not_found,
                fmt::format("the Auto Scaling group \"{}\" is going away: {}", name_, for_message(status, 60)));
  }
  Described found;
  ports::GroupState& state = found.state;
  for (const auto& [field, value] : {std::pair{"MinSize", &state.min}, std::pair{"MaxSize", &state.max},
                                     std::pair{"DesiredCapacity", &state.desired}}) {
    const auto number = int_at(*group, field);
    if (!number || *number < 0) return tl::unexpected(unreadable(kOperation, name_, field));
    *value = *number;
  }
  GroupCapacity capacity = read_capacity(*group);
  state.in_service = capacity.in_service;
  state.pending = capacity.pending;
  state.standby = capacity.standby;
  state.unit = capacity.unit;
  state.largest_weight = capacity.largest_weight;
  if (capacity.unit != CapacityUnit::instances) state.instances = capacity.instances_in_service;
  state.unit_problem = std::move(capacity.problem);
  weights_ = InstanceWeights{capacity.unit != CapacityUnit::instances, capacity.each};
  for (const XmlElement* process : group->list("SuspendedProcesses")) {
    state.blockers.push_back(blocker_of(process->text_at("ProcessName")));
  }
  warm_up_ = Duration{std::max(0, int_at(*group, "DefaultInstanceWarmup").value_or(0))};
  return found;
}

Result<AutoScalingGroup::Actions> AutoScalingGroup::describe_actions() {
  const char* const kOperation = "DescribeScheduledActions";
  QueryParameters parameters;
  parameters.add("AutoScalingGroupName", name_).add_list("ScheduledActionNames", {kFloorBegin, kFloorEnd});
  const auto answer = call_auto_scaling(*client_, name_, kOperation, parameters);
  if (!answer) return tl::unexpected(answer.error());
  Actions actions;
  actions.service_time = answer->service_time;
  for (const XmlElement* item : answer->result.list("ScheduledUpdateGroupActions")) {
    const std::string_view name = item->text_at("ScheduledActionName");
    if (name != kFloorBegin && name != kFloorEnd) continue;
    const auto start = time_at(*item, "StartTime");
    const auto min_size = int_at(*item, "MinSize");
    if (!start || !min_size) {
      return tl::unexpected(unreadable(kOperation, name_, fmt::format("StartTime and MinSize of {}", name)));
    }
    (name == kFloorBegin ? actions.begin : actions.end) = ScheduledAction{*start, *min_size};
  }
  return actions;
}

// What a refresh does to a decision is little; not to know it stops nothing.
void AutoScalingGroup::learn_refreshes(ports::GroupState& state) {
  QueryParameters parameters;
  parameters.add("AutoScalingGroupName", name_);
  const auto answer = call_auto_scaling(*client_, name_, "DescribeInstanceRefreshes", parameters);
  if (answer) {
    refreshing_ = false;
    for (const XmlElement* refresh : answer->result.list("InstanceRefreshes")) {
      refreshing_ = refreshing_ || is_running(refresh->text_at("Status"));
    }
  } else {
    state.notices.push_back("whether an instance refresh is running is not known: " + answer.error().message);
  }
  if (refreshing_)
    state.blockers.push_back({ports::Blocker::Kind::being_replaced, "an instance refresh is running", ""});
}

Result<ports::GroupState> AutoScalingGroup::describe() {
  // Actions first: one that fires in between is then seen in the group's MinSize, not missed in both.
  const auto actions = describe_actions();
  auto described = describe_group();
  if (!described) return tl::unexpected(described.error());
  ports::GroupState& state = described->state;
  if (actions) {
    const FloorState floor{state.min, actions->begin, actions->end};
    // Without the service's clock a begin action that is listed counts as still to come.
    const Timestamp now = actions->service_time.value_or(actions->begin ? actions->begin->start : Timestamp{});
    state.raised_minimum = raised_minimum(floor, now);
    state.min = own_minimum(floor);
  } else {
    state.notices.push_back("whether the minimum is raised is not known: " + actions.error().message);
  }
  learn_refreshes(state);
  return std::move(state);
}

Result<void> AutoScalingGroup::set_desired(int desired) {
  const auto described = describe_group();
  if (!described) return tl::unexpected(described.error());
  const ports::GroupState& state = described->state;
  if (desired < state.min || desired > state.max) {
    return fail(ErrorCode::invalid_input,
                fmt::format("a desired capacity of {} is outside of the minimum {} and maximum {} of the Auto Scaling "
                            "group \"{}\"; nothing was sent",
                            desired, state.min, state.max, name_));
  }
  QueryParameters parameters;
  parameters.add("AutoScalingGroupName", name_).add("DesiredCapacity", desired).add("HonorCooldown", false);
  const auto answer = call_auto_scaling(*client_, name_, "SetDesiredCapacity", parameters);
  if (!answer) return tl::unexpected(answer.error());
  return {};
}

Result<void> AutoScalingGroup::raise_minimum(int minimum, Timestamp now, Timestamp until) {
  const auto actions = describe_actions();
  if (!actions) return tl::unexpected(actions.error());
  const auto described = describe_group();
  if (!described) return tl::unexpected(described.error());
  const ports::GroupState& state = described->state;
  if (minimum > state.max) {
    return fail(
        ErrorCode::invalid_input,
        fmt::format("a minimum of {} is above the maximum {} of the Auto Scaling group \"{}\"; nothing was sent",
                    minimum, state.max, name_));
  }
  // Start times are judged by the service's clock, so that is the one to be ahead of.
  const Timestamp at = actions->service_time.value_or(now);
  for (const FloorStep& step : plan_floor({state.min, actions->begin, actions->end}, minimum, at, until)) {
    if (auto done = carry_out(step); !done) return done;
  }
  return {};
}

Result<void> AutoScalingGroup::carry_out(const FloorStep& step) {
  switch (step.kind) {
    case FloorStep::Kind::put_end:
      return put_action(kFloorEnd, step.action);
    case FloorStep::Kind::put_begin:
      return put_action(kFloorBegin, step.action);
    case FloorStep::Kind::delete_begin:
      break;
  }
  QueryParameters parameters;
  parameters.add("AutoScalingGroupName", name_).add("ScheduledActionName", kFloorBegin);
  const auto answer = call_auto_scaling(*client_, name_, "DeleteScheduledAction", parameters);
  // It fired since it was listed; the end that follows takes care of it.
  const bool gone = !answer && (answer.error().code == ErrorCode::not_found ||
                                answer.error().message.find("not found") != std::string::npos);
  if (!answer && !gone) return tl::unexpected(answer.error());
  return {};
}

Result<void> AutoScalingGroup::put_action(const char* name, ScheduledAction action) {
  constexpr int kTries = 4;
  Error last{ErrorCode::conflict, ""};
  for (int i = 0; i < kTries; ++i) {
    QueryParameters parameters;
    parameters.add("AutoScalingGroupName", name_)
        .add("ScheduledActionName", name)
        .add("StartTime", format_timestamp(action.start))
        .add("MinSize", action.min_size);
    const auto answer = call_auto_scaling(*client_, name_, "PutScheduledUpdateGroupAction", parameters);
    if (answer) return {};
    last = answer.error();
    if (!is_taken_time(last)) break;
    action.start += kMinute;
  }
  return tl::unexpected(last);
}

Result<InstanceWeights> AutoScalingGroup::weights() {
  if (!weights_) {
    if (const auto described = describe_group(); !described) return tl::unexpected(described.error());
  }
  return *weights_;
}

Result<std::vector<ports::LaunchFailure>> AutoScalingGroup::launch_failures(Timestamp since) {
  return activities_.failures(since);
}

Result<std::vector<ports::Launch>> AutoScalingGroup::launches(Timestamp since) {
  if (!warm_up_) {
    if (const auto described = describe_group(); !described) return tl::unexpected(described.error());
  }
  return activities_.launches(since, *warm_up_);
}

}  // namespace almanac::adapters::aws

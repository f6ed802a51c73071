#pragma once

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "ports/scaling_group.h"

namespace almanac::ports {

// A scaling group whose instances serve at once, with scripted launches and failures. Time passes for it where a test
// lets it (pass_to).
class FakeScalingGroup final : public ScalingGroup {
 public:
  explicit FakeScalingGroup(GroupState initial) : state(initial) {}

  Capabilities capabilities() const override { return can; }

  Result<GroupState> describe() override {
    if (describe_failure) return tl::unexpected(*describe_failure);
    return state;
  }

  Result<void> set_desired(int desired) override {
    if (!can.set_desired) return fail(ErrorCode::unsupported, "the capacity of this group cannot be set");
    if (set_failure && !set_takes_effect) return tl::unexpected(*set_failure);
    const int min = state.raised_minimum.value_or(state.min);
    if (desired < min || desired > state.max) {
      return fail(ErrorCode::invalid_input, fmt::format("desired {} is outside of {} to {}", desired, min, state.max));
    }
    calls.push_back(desired);
    state.desired = state.in_service = desired;
    if (set_failure) return tl::unexpected(*set_failure);
    return {};
  }

  Result<void> raise_minimum(int minimum, Timestamp now, Timestamp until) override {
    if (!can.raise_minimum) return fail(ErrorCode::unsupported, "the minimum of this group cannot be raised");
    if (set_failure) return tl::unexpected(*set_failure);
    if (minimum > state.max) {
      return fail(ErrorCode::invalid_input, fmt::format("minimum {} is above the maximum {}", minimum, state.max));
    }
    raises.push_back({minimum, {now, until}});
    if (!keeps_raised) state.raised_minimum = minimum > state.min ? std::optional(minimum) : std::nullopt;
    raised_until = until;
    if (minimum > state.desired) state.desired = state.in_service = minimum;
    return {};
  }

  Result<std::vector<LaunchFailure>> launch_failures(Timestamp since) override {
    if (launches_failure) return tl::unexpected(*launches_failure);
    std::vector<LaunchFailure> found;
    for (const LaunchFailure& failure : failed) {
      if (failure.time >= since) found.push_back(failure);
    }
    return found;
  }

  Result<std::vector<Launch>> launches(Timestamp since) override {
    if (launches_failure) return tl::unexpected(*launches_failure);
    std::vector<Launch> found;
    for (const Launch& launch : finished) {
      if (launch.in_service >= since) found.push_back(launch);
    }
    return found;
  }

  // A raise whose end has come ends.
  void pass_to(Timestamp now) {
    if (raised_until && *raised_until <= now) state.raised_minimum.reset();
  }

  Capabilities can{.set_desired = true, .raise_minimum = true, .tell_launches = true};
  GroupState state;
  std::vector<int> calls;                         // of set_desired that took effect
  std::vector<std::pair<int, TimeRange>> raises;  // of raise_minimum
  std::optional<Timestamp> raised_until;          // as it was asked for last
  std::vector<Launch> finished;
  std::vector<LaunchFailure> failed;
  std::optional<Error> describe_failure;
  std::optional<Error> set_failure;
  bool set_takes_effect = false;          // with set_failure: it happened, but the answer was lost
  std::optional<Error> launches_failure;  // of launch_failures() too
  bool keeps_raised = false;              // raise_minimum() is accepted, and takes effect later
};

}  // namespace almanac::ports

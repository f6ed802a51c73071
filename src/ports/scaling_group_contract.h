#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "ports/scaling_group.h"

namespace almanac::ports {

// A ScalingGroup with min + 1 < max, and its time.
struct GroupUnderTest {
  ScalingGroup& group;
  std::function<Timestamp()> now;
  std::function<void()> settle;  // lets enough time pass for every launch to finish, at most half an hour
  // A wrapper that passes nothing on: what the group can do is refused as well, as permission_denied.
  bool only_looked_at = false;

  GroupState state() const {
    const auto described = group.describe();
    EXPECT_TRUE(described.has_value()) << described.error().message;
    return described.value_or(GroupState{});
  }
  // Where a launch adds several units, the group may stand above what was asked for, by less than one launch.
  void expect_standing_at(int desired, int standing) const {
    EXPECT_GE(standing, desired);
    EXPECT_LT(standing, desired + state().largest_weight);
  }
};

// What describe() may say, whatever the group is in the middle of.
inline void expect_sound_state(const GroupState& state) {
  EXPECT_LE(state.min, state.max);
  for (const int count : {state.min, state.desired, state.in_service, state.pending, state.standby})
    EXPECT_GE(count, 0);
  if (!state.capacity_known) {
    EXPECT_EQ(state.desired, 0) << "what is not known is no number";
    EXPECT_EQ(state.in_service, 0) << "what is not known is no number";
    EXPECT_FALSE(state.counted) << "what is not known was not counted";
  }
  EXPECT_GT(state.raised_minimum.value_or(state.min + 1), state.min);
  EXPECT_GE(state.largest_weight, 1);
  EXPECT_FALSE(state.unit == CapacityUnit::instances && state.instances.has_value());
  for (const Blocker& blocker : state.blockers) {
    EXPECT_FALSE(blocker.words.empty()) << "people are told what is the matter";
    EXPECT_TRUE(blocker.kind == Blocker::Kind::other || &blocker == find_blocker(state, blocker.kind));
  }
}

// Asks for what the group cannot be asked for: it says so in words, and nothing changes.
inline void expect_refused(const GroupUnderTest& test, ErrorCode code, const std::function<Result<void>()>& ask) {
  const GroupState before = test.state();
  const auto refused = ask();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, code) << refused.error().message;
  EXPECT_FALSE(refused.error().message.empty());
  EXPECT_EQ(test.state(), before);
}

// What set_desired() and launches() must keep. Leaves the group at its minimum.
inline void expect_set_desired_contract(const GroupUnderTest& test) {
  ScalingGroup& group = test.group;
  const GroupState first = test.state();
  const Timestamp since = test.now();
  for (const int wrong : {first.min - 1, first.max + 1}) {
    expect_refused(test, ErrorCode::invalid_input, [&] { return group.set_desired(wrong); });
  }
  ASSERT_TRUE(group.set_desired(first.min).has_value());
  test.settle();
  test.expect_standing_at(first.min, test.state().in_service);

  // Launches are seen at once as pending or in service, serve in the end, and are reported.
  ASSERT_TRUE(group.set_desired(first.max).has_value());
  ASSERT_TRUE(group.set_desired(first.max).has_value()) << "asking twice is asking once";
  EXPECT_EQ(test.state().desired, first.max);
  test.expect_standing_at(first.max, test.state().in_service + test.state().pending);
  test.settle();
  test.expect_standing_at(first.max, test.state().in_service);
  EXPECT_EQ(test.state().pending, 0);
  const auto launches = group.launches(since);
  ASSERT_TRUE(launches.has_value());
  if (group.capabilities().tell_launches) {
    ASSERT_GE(static_cast<int>(launches->size()), (first.max - first.min) / first.largest_weight);
    const auto later = group.launches(launches->back().in_service + Duration{1});
    ASSERT_TRUE(later.has_value());
    EXPECT_TRUE(later->empty()) << "only launches that finished at or after the time asked for";
  }

  ASSERT_TRUE(group.set_desired(first.min).has_value());
  EXPECT_EQ(test.state().desired, first.min);
}

// What raise_minimum() must keep, begun with nothing raised. Leaves nothing raised, and the group at its minimum where
// it can be set.
inline void expect_raise_minimum_contract(const GroupUnderTest& test) {
  ScalingGroup& group = test.group;
  const bool can_set = group.capabilities().set_desired;
  const auto lower_to_minimum = [&](int min) { EXPECT_TRUE(!can_set || group.set_desired(min).has_value()); };
  const GroupState first = test.state();
  ASSERT_FALSE(first.raised_minimum.has_value());
  expect_refused(test, ErrorCode::invalid_input,
                 [&] { return group.raise_minimum(first.max + 1, test.now(), test.now() + kHour); });

  // At the group's own minimum there is nothing to raise.
  ASSERT_TRUE(group.raise_minimum(first.min, test.now(), test.now() + kHour).has_value());
  EXPECT_FALSE(test.state().raised_minimum.has_value());

  // The raise lifts the capacity, and is told apart from the group's own minimum: asking again cannot ratchet.
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(group.raise_minimum(first.max, test.now(), test.now() + kDay).has_value());
    test.settle();
    EXPECT_EQ(test.state().min, first.min);
    EXPECT_EQ(test.state().raised_minimum, first.max);
    test.expect_standing_at(first.max, test.state().in_service);
  }
  if (can_set) {
    expect_refused(test, ErrorCode::invalid_input, [&] { return group.set_desired(first.min); });
  }

  // A lower one that is asked for later replaces it, though its end lies no later, and the group may go down to it.
  ASSERT_TRUE(group.raise_minimum(first.min + 1, test.now(), test.now() + kHour).has_value());
  test.settle();
  EXPECT_EQ(test.state().min, first.min);
  EXPECT_EQ(test.state().raised_minimum, first.min + 1);
  lower_to_minimum(first.min + 1);

  // Ended by us, and the capacity is free again.
  ASSERT_TRUE(group.raise_minimum(first.min, test.now(), test.now()).has_value());
  test.settle();
  EXPECT_EQ(test.state().min, first.min);
  EXPECT_FALSE(test.state().raised_minimum.has_value());
  lower_to_minimum(first.min);

  // Ended by time alone: not before `until`, at most half an hour after.
  const Timestamp until = test.now() + kHour;
  ASSERT_TRUE(group.raise_minimum(first.min + 1, test.now(), until).has_value());
  for (test.settle(); test.now() < until; test.settle()) EXPECT_EQ(test.state().raised_minimum, first.min + 1);
  while (test.now() < until + Duration{1800}) test.settle();
  EXPECT_EQ(test.state().min, first.min);
  EXPECT_FALSE(test.state().raised_minimum.has_value());
  lower_to_minimum(first.min);
}

// What every ScalingGroup must keep (scaling_group.h). Begins with nothing raised, and leaves nothing raised.
inline void expect_scaling_group_contract(const GroupUnderTest& test) {
  ScalingGroup& group = test.group;
  const GroupState first = test.state();
  ASSERT_LT(first.min + 1, first.max);
  const Capabilities can = group.capabilities();
  const ErrorCode refusal = test.only_looked_at ? ErrorCode::permission_denied : ErrorCode::unsupported;
  if (can.set_desired && !test.only_looked_at) {
    expect_set_desired_contract(test);
  } else {
    expect_refused(test, refusal, [&] { return group.set_desired(first.min); });
  }
  expect_sound_state(test.state());
  if (can.raise_minimum && !test.only_looked_at) {
    expect_raise_minimum_contract(test);
  } else {
    expect_refused(test, refusal, [&] { return group.raise_minimum(first.min + 1, test.now(), test.now() + kHour); });
  }
  expect_sound_state(test.state());

  // Looking changes nothing, and what is told is in order.
  EXPECT_EQ(test.state(), test.state());
  EXPECT_EQ(group.capabilities(), can);
  const auto launches = group.launches(Timestamp{});
  const auto failures = group.launch_failures(Timestamp{});
  ASSERT_TRUE(launches.has_value() && failures.has_value());
  EXPECT_TRUE(can.tell_launches || (launches->empty() && failures->empty()));
  for (std::size_t i = 0; i < launches->size(); ++i) {
    EXPECT_LE((*launches)[i].launched, (*launches)[i].in_service);
    EXPECT_LE((*launches)[i == 0 ? 0 : i - 1].launched, (*launches)[i].launched);
  }
  for (std::size_t i = 1; i < failures->size(); ++i) EXPECT_LE((*failures)[i - 1].time, (*failures)[i].time);
}

}  // namespace almanac::ports

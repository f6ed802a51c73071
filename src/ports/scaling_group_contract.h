#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "ports/scaling_group.h"

namespace almanac::ports {

// What raise_minimum() must keep. `now` tells the group's time. Begins and ends with the group at its minimum and
// nothing raised.
inline void expect_raised_minimum_contract(ScalingGroup& group, const std::function<Timestamp()>& now,
                                           const std::function<void()>& settle) {
  const auto state = [&] {
    const auto described = group.describe();
    EXPECT_TRUE(described.has_value());
    return described.value_or(GroupState{});
  };
  const GroupState first = state();
  ASSERT_LT(first.min, first.max);
  ASSERT_FALSE(first.raised_minimum.has_value());

  const auto refused = group.raise_minimum(first.max + 1, now(), now() + kHour);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
  EXPECT_FALSE(state().raised_minimum.has_value());

  // At the group's own minimum there is nothing to raise.
  ASSERT_TRUE(group.raise_minimum(first.min, now(), now() + kHour).has_value());
  EXPECT_FALSE(state().raised_minimum.has_value());

  // The raise lifts the capacity, and is told apart from the group's own minimum: asking again cannot ratchet.
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(group.raise_minimum(first.max, now(), now() + kDay).has_value());
    settle();
    EXPECT_EQ(state().min, first.min);
    EXPECT_EQ(state().raised_minimum, first.max);
    EXPECT_GE(state().in_service, first.max);
    EXPECT_LT(state().in_service, first.max + first.largest_weight);
  }
  // Ended by us, and the capacity is free again.
  ASSERT_TRUE(group.raise_minimum(first.min, now(), now()).has_value());
  settle();
  EXPECT_EQ(state().min, first.min);
  EXPECT_FALSE(state().raised_minimum.has_value());
  ASSERT_TRUE(group.set_desired(first.min).has_value());

  // Ended by time alone, at most half an hour late.
  const Timestamp until = now() + Duration{60};
  ASSERT_TRUE(group.raise_minimum(first.min + 1, now(), until).has_value());
  while (now() < until + kHour) settle();
  EXPECT_EQ(state().min, first.min);
  EXPECT_FALSE(state().raised_minimum.has_value());
  ASSERT_TRUE(group.set_desired(first.min).has_value());
}

// What every ScalingGroup must keep (scaling_group.h), checked on one with min < max. `settle` lets enough time pass
// for every launch to finish. `since` is a time before the first of them. Leaves the group at its minimum.
inline void expect_scaling_group_contract(ScalingGroup& group, Timestamp since, const std::function<void()>& settle) {
  const auto state = [&] {
    const auto described = group.describe();
    EXPECT_TRUE(described.has_value());
    return described.value_or(GroupState{});
  };
  const GroupState first = state();
  ASSERT_LT(first.min, first.max);
  EXPECT_LE(first.min, first.desired);
  EXPECT_LE(first.desired, first.max);

  // Outside of the limits is refused and changes nothing.
  for (const int wrong : {first.min - 1, first.max + 1}) {
    const auto refused = group.set_desired(wrong);
    ASSERT_FALSE(refused.has_value()) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(state().desired, first.desired);
  }

  // Where a launch adds several units, the group may stand above what was asked for, by less than one launch.
  const auto expect_standing_at = [&](int desired, int standing) {
    EXPECT_GE(standing, desired);
    EXPECT_LT(standing, desired + state().largest_weight);
  };
  ASSERT_TRUE(group.set_desired(first.min).has_value());
  settle();
  expect_standing_at(first.min, state().in_service);

  // Launches are seen at once as pending or in service, serve in the end, and are reported.
  ASSERT_TRUE(group.set_desired(first.max).has_value());
  ASSERT_TRUE(group.set_desired(first.max).has_value()) << "asking twice is asking once";
  EXPECT_EQ(state().desired, first.max);
  expect_standing_at(first.max, state().in_service + state().pending);
  settle();
  expect_standing_at(first.max, state().in_service);
  EXPECT_EQ(state().pending, 0);
  const auto launches = group.launches(since);
  ASSERT_TRUE(launches.has_value());
  EXPECT_GE(static_cast<int>(launches->size()), (first.max - first.min) / first.largest_weight);
  for (std::size_t i = 0; i < launches->size(); ++i) {
    EXPECT_LE((*launches)[i].launched, (*launches)[i].in_service);
    EXPECT_LE((*launches)[i == 0 ? 0 : i - 1].launched, (*launches)[i].launched);
  }
  if (launches->empty()) return;
  const Timestamp last = launches->back().in_service;
  const auto later = group.launches(last + Duration{1});
  ASSERT_TRUE(later.has_value());
  EXPECT_TRUE(later->empty()) << "only launches that finished at or after the time asked for";

  ASSERT_TRUE(group.set_desired(first.min).has_value());
  EXPECT_EQ(state().desired, first.min);
}

}  // namespace almanac::ports

#include "adapters/aws/services/floor_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>

namespace almanac::adapters::aws {
namespace {

using Kind = FloorStep::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

const Timestamp kNow = parse_timestamp("2026-11-27T12:00:00Z").value();
const Timestamp kUntil = kNow + Duration{600};
const Timestamp kEnd = kUntil + kFloorSlack;

FloorState state(int min_size, std::optional<ScheduledAction> begin, std::optional<ScheduledAction> end) {
  return {min_size, begin, end};
}

TEST(FloorSchedule, TheEndStandsBeforeTheBeginDoes) {
  EXPECT_THAT(plan_floor(state(2, {}, {}), 8, kNow, kUntil),
              ElementsAre(FloorStep{Kind::put_end, {kEnd, 2}}, FloorStep{Kind::put_begin, {kNow + kMinute, 8}}));
}

TEST(FloorSchedule, AFloorThatDoesNotChangeIsWrittenOnlyWhenHalfOfItsSlackIsGone) {
  // In force, its end 15 minutes or more after what is asked: nothing. A second less: the end moves, nothing else.
  const Timestamp enough = kUntil + kFloorSlack / 2;
  EXPECT_THAT(plan_floor(state(8, {}, ScheduledAction{enough, 2}), 8, kNow, kUntil), IsEmpty());
  EXPECT_THAT(plan_floor(state(8, {}, ScheduledAction{enough - Duration{1}, 2}), 8, kNow, kUntil),
              ElementsAre(FloorStep{Kind::put_end, {kEnd, 2}}));
  // Asked for, not yet in force.
  EXPECT_THAT(plan_floor(state(2, ScheduledAction{kNow + kMinute, 8}, ScheduledAction{kEnd, 2}), 8, kNow, kUntil),
              IsEmpty());
}

TEST(FloorSchedule, AnotherHeightReplacesTheBeginAndKeepsTheOwnersMinimum) {
  for (const int height : {5, 9}) {
    EXPECT_THAT(plan_floor(state(8, {}, ScheduledAction{kEnd, 2}), height, kNow, kUntil),
                ElementsAre(FloorStep{Kind::put_begin, {kNow + kMinute, height}}));
  }
}

TEST(FloorSchedule, WhatIsEnoughWithoutUsEndsTheFloor) {
  EXPECT_THAT(plan_floor(state(2, {}, {}), 2, kNow, kUntil), IsEmpty());
  EXPECT_THAT(plan_floor(state(8, {}, ScheduledAction{kEnd, 2}), 1, kNow, kUntil),
              ElementsAre(FloorStep{Kind::put_end, {kNow + kMinute, 2}}));
  // Not yet begun: the begin goes first; if it fires just then, the end behind it undoes it.
  EXPECT_THAT(plan_floor(state(2, ScheduledAction{kNow + kMinute, 8}, ScheduledAction{kEnd, 2}), 2, kNow, kUntil),
              ElementsAre(FloorStep{Kind::delete_begin}, FloorStep{Kind::put_end, {kNow + kMinute, 2}}));
  // Already ending.
  EXPECT_THAT(plan_floor(state(8, {}, ScheduledAction{kNow + kMinute, 2}), 1, kNow, kUntil), IsEmpty());
}

TEST(FloorSchedule, TheOwnersMinimumIsWhatTheEndRestoresOrALowerOneSetSince) {
  EXPECT_EQ(own_minimum(state(4, {}, {})), 4);
  EXPECT_EQ(own_minimum(state(8, {}, ScheduledAction{kEnd, 4})), 4);
  EXPECT_EQ(own_minimum(state(3, {}, ScheduledAction{kEnd, 4})), 3);
  // The next end restores the lower one.
  EXPECT_THAT(plan_floor(state(3, {}, ScheduledAction{kEnd, 4}), 8, kNow, kUntil),
              ElementsAre(FloorStep{Kind::put_end, {kEnd, 3}}, FloorStep{Kind::put_begin, {kNow + kMinute, 8}}));
}

TEST(FloorSchedule, AnEndThatIsDueNowMayTakeTheFloorAwaySoItBeginsAgain) {
  EXPECT_THAT(plan_floor(state(8, {}, ScheduledAction{kNow - kMinute, 2}), 8, kNow, kUntil),
              ElementsAre(FloorStep{Kind::put_end, {kEnd, 2}}, FloorStep{Kind::put_begin, {kNow + kMinute, 8}}));
}

TEST(FloorSchedule, ABeginThatWasNeverCarriedOutIsAskedForAgain) {
  const FloorState skipped = state(2, ScheduledAction{kNow - kHour, 8}, ScheduledAction{kEnd, 2});
  EXPECT_FALSE(raised_minimum(skipped, kNow));
  EXPECT_THAT(plan_floor(skipped, 8, kNow, kUntil), ElementsAre(FloorStep{Kind::put_begin, {kNow + kMinute, 8}}));
}

TEST(FloorSchedule, RaisedIsWhatIsInForceOrAboutToBe) {
  EXPECT_EQ(raised_minimum(state(2, {}, {}), kNow), std::nullopt);
  EXPECT_EQ(raised_minimum(state(2, ScheduledAction{kNow + kMinute, 8}, ScheduledAction{kEnd, 2}), kNow), 8);
  EXPECT_EQ(raised_minimum(state(8, {}, ScheduledAction{kEnd, 2}), kNow), 8);
  EXPECT_EQ(raised_minimum(state(2, {}, ScheduledAction{kEnd, 2}), kNow), std::nullopt);
}

// Whatever is asked from tick to tick, however late actions fire (up to two minutes) and wherever we die between two
// writes or for good: the owner's minimum is back in the end, and never forgotten meanwhile.
RC_GTEST_PROP(FloorSchedule, TheOwnersMinimumAlwaysComesBack, ()) {
  FloorState group{*rc::gen::inRange(0, 5), {}, {}};
  const int own = group.min_size;
  Timestamp now = kNow;
  const Duration lag{*rc::gen::inRange(0, 121)};
  const auto fire = [&](Timestamp until) {
    for (; now < until; now += Duration{15}) {
      const auto due = [&](const auto& action) { return action && action->start + lag <= now; };
      // Overdue at once: in the order of their times.
      if (due(group.begin) && !(due(group.end) && group.end->start < group.begin->start)) {
        group.min_size = group.begin->min_size;
        group.begin.reset();
      }
      if (due(group.end)) {
        group.min_size = group.end->min_size;
        group.end.reset();
      }
      if (due(group.begin)) {
        group.min_size = group.begin->min_size;
        group.begin.reset();
      }
    }
  };
  const int ticks = *rc::gen::inRange(1, 12);
  for (int i = 0; i < ticks; ++i) {
    const int minimum = *rc::gen::inRange(0, 9);
    auto steps = plan_floor(group, minimum, now, now + Duration{*rc::gen::inRange(0, 1200)});
    const auto done = *rc::gen::inRange<std::size_t>(0, 4);  // of the steps, before we die
    for (std::size_t s = 0; s < std::min(done, steps.size()); ++s) {
      const FloorStep& step = steps[s];
      if (step.kind == Kind::put_end) group.end = step.action;
      if (step.kind == Kind::put_begin) group.begin = step.action;
      if (step.kind == Kind::delete_begin) group.begin.reset();
      RC_ASSERT(!group.begin || group.end);
      RC_ASSERT(step.kind == Kind::delete_begin || step.action.start > now);
    }
    RC_ASSERT(own_minimum(group) == own);
    fire(now + Duration{*rc::gen::element(60, 300, 300, 300, 1800, 4000)});
    RC_ASSERT(own_minimum(group) == own);
  }
  fire(now + 2 * kHour);
  RC_ASSERT(group.min_size == own);
  RC_ASSERT(!group.begin && !group.end);
}

}  // namespace
}  // namespace almanac::adapters::aws

#include "control/steering.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "control/test_scaler.h"
#include "ports/fake_notifier.h"
#include "records/overrides.h"

namespace almanac::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = ports::Blocker::Kind;

// What is asked of the group, and what people set and hear, through the Scaler that does it.
class SteeringTest : public ScalerTest {};

records::Change change(records::Change::Kind kind, Timestamp until, int capacity = 0) {
  return {kind, "anna", "a migration", until, capacity};
}

TEST_F(SteeringTest, APausedGroupIsDecidedAndRecordedButSentNothing) {
  observe(9 * kDay);
  ASSERT_TRUE(records::OverrideStore(memory, "shop")
                  .apply(change(records::Change::Kind::pause, kNoon + kHour), kNoon - kMinute));
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_LT(report->record.decision.desired, 10);
  EXPECT_THAT(group.calls, IsEmpty());
  EXPECT_EQ(report->record.outcome.kind, records::Outcome::Kind::not_sent);
  EXPECT_EQ(report->record.outcome.message, "paused until 2026-11-27T13:00:00Z by anna: a migration");
  EXPECT_TRUE(ledger.find(kNoon, false)->value().overrides.pause);
  // It ends by itself.
  observe(Duration{3600}, kNoon + kHour);
  const auto later = scaler.scale(kNoon + kHour, none);
  ASSERT_TRUE(later);
  EXPECT_TRUE(later->record.overrides.none());
  EXPECT_THAT(group.calls, SizeIs(1));
}

TEST_F(SteeringTest, APauseAlsoKeepsWhatAnEarlierRunCouldNotSend) {
  observe(9 * kDay);
  group.set_failure = Error{ErrorCode::unavailable, "no answer"};
  ASSERT_FALSE(scaler.scale(kNoon, none));
  group.set_failure.reset();
  ASSERT_TRUE(records::OverrideStore(memory, "shop").apply(change(records::Change::Kind::pause, kNoon + kHour), kNoon));
  const auto again = scaler.scale(kNoon, none);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->record.outcome.kind, records::Outcome::Kind::not_sent);
  EXPECT_THAT(group.calls, IsEmpty());
}

TEST_F(SteeringTest, AManualFloorIsAStageWithWhoWhyAndUntil) {
  observe(9 * kDay);
  ASSERT_TRUE(records::OverrideStore(memory, "shop")
                  .apply(change(records::Change::Kind::floor, kNoon + kHour, 20), kNoon - kMinute));
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_THAT(group.calls, ElementsAre(20));
  const auto& stages = report->record.decision.stages;
  const auto stage = std::find_if(stages.begin(), stages.end(), [](const auto& s) { return s.name == "manual_floor"; });
  ASSERT_NE(stage, stages.end());
  EXPECT_EQ(stage->reason, "a floor of 20 until 2026-11-27T13:00:00Z by anna: a migration");
  // The group's maximum holds all the same.
  ASSERT_TRUE(
      records::OverrideStore(memory, "shop").apply(change(records::Change::Kind::floor, kNoon + kHour, 99), kNoon));
  EXPECT_EQ(scaler.scale(kNoon + kInterval, none)->record.decision.desired, 40);
}

TEST_F(SteeringTest, AModeSetByAPersonReplacesTheConfiguredOne) {
  observe(9 * kDay);
  records::Change observe_only = change(records::Change::Kind::mode, kNoon + kHour);
  observe_only.mode = planning::Mode::observe;
  ASSERT_TRUE(records::OverrideStore(memory, "shop").apply(observe_only, kNoon - kMinute));
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->record.mode, planning::Mode::observe);
  EXPECT_EQ(report->record.outcome.message, "mode observe only records");
  EXPECT_THAT(group.calls, IsEmpty());
}

TEST_F(SteeringTest, OverridesThatMakeNoSenseAreANoticeAndAStoreThatFailsAnError) {
  observe(9 * kDay);
  ASSERT_TRUE(memory.put("shop/overrides.json", "paused, please", ports::PutCondition::always()));
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->record.notices, testing::Contains(HasSubstr("NOT applied")));
  EXPECT_THAT(group.calls, SizeIs(1));
}

TEST_F(SteeringTest, ModeObserveOnlyRecords) {
  observe(9 * kDay);
  const auto report = in_mode(planning::Mode::observe).scale(kNoon, none);
  EXPECT_EQ(report->record.outcome, (records::Outcome{records::Outcome::Kind::not_sent, "mode observe only records"}));
  EXPECT_THAT(group.calls, IsEmpty());
  EXPECT_THAT(group.raises, IsEmpty());
  EXPECT_EQ(lines().at(0).mode, planning::Mode::observe);
  EXPECT_EQ(lines().at(0).group, group.state);
}

TEST_F(SteeringTest, ModeFloorRaisesTheMinimumOverTheCoverWindowAndLeavesTheRestToOthers) {
  observe(9 * kDay);
  Scaler floor = in_mode(planning::Mode::floor);
  const Timestamp now = kNoon + Duration{17};
  const auto report = floor.scale(now, none);
  ASSERT_TRUE(report);
  const records::Record& r = report->record;
  // 4 busy instances at 80 % need 5 or more; the group stands at 10 and nobody takes that back but its own policies.
  EXPECT_GE(r.decision.desired, 5);
  EXPECT_LT(r.decision.desired, 10);
  EXPECT_EQ(r.decision.desired_before, 1) << "the minimum that was in force";
  EXPECT_EQ(r.outcome.kind, records::Outcome::Kind::accepted);
  // Launch 5 min + interval 5 min; the real time, not the tick's, says when it may begin.
  EXPECT_THAT(group.raises, ElementsAre(std::pair(r.decision.desired, TimeRange{now, kNoon + Duration{600}})));
  EXPECT_EQ(r.floor_until, kNoon + Duration{600});
  EXPECT_THAT(group.calls, IsEmpty());
  EXPECT_EQ(group.state.desired, 10);
}

TEST_F(SteeringTest, ModeFloorRenewsARaiseAndEndsItWhenTheOwnMinimumIsEnough) {
  observe(9 * kDay);
  group.state.min = 9;
  Scaler floor = in_mode(planning::Mode::floor);
  EXPECT_EQ(floor.scale(kNoon, none)->record.outcome,
            (records::Outcome{records::Outcome::Kind::not_sent, "the group's own minimum of 9 is enough"}));
  EXPECT_THAT(group.raises, IsEmpty());
  group.state.min = 2;
  group.state.raised_minimum = 8;
  observe(kInterval, kNoon + kInterval);
  const auto lowered = floor.scale(kNoon + kInterval, none);
  EXPECT_EQ(lowered->record.decision.desired_before, 8);
  ASSERT_THAT(group.raises, SizeIs(1));
  EXPECT_LT(group.raises[0].first, 8);
}

// Without metrics a floor stays as it is: neither lowered nor lifted to the capacity, which others could then not take
// back.
TEST_F(SteeringTest, ModeFloorKeepsItsFloorWhenMetricsAreMissing) {
  group.state.raised_minimum = 6;
  const auto held = in_mode(planning::Mode::floor).scale(kNoon, none);
  EXPECT_EQ(held->record.decision.health, Health::hold);
  EXPECT_THAT(group.raises, ElementsAre(testing::Pair(6, testing::_)));
}

// It is not begun anew at each tick either: what is not known any longer says nothing about how long a floor is needed.
TEST_F(SteeringTest, ModeFloorEndsAsItWasDecidedWhileMetricsAreMissing) {
  observe(9 * kDay);
  auto floor = in_mode(planning::Mode::floor);
  const auto decided = floor.scale(kNoon, none);
  ASSERT_THAT(group.raises, SizeIs(1));
  // The newest two intervals are unknown, and yet what is known decides.
  const auto late = floor.scale(kNoon + 2 * kInterval, none);
  EXPECT_EQ(late->record.decision.health, Health::fallback);
  ASSERT_THAT(group.raises, SizeIs(2));
  const auto end = late->record.floor_until;
  EXPECT_EQ(end, kNoon + 2 * kInterval + Duration{600});
  for (int tick = 3; tick < 6; ++tick) {
    const auto held = floor.scale(kNoon + tick * kInterval, none);
    EXPECT_EQ(held->record.decision.health, Health::hold);
    EXPECT_EQ(held->record.floor_until, end);
    EXPECT_EQ(held->record.outcome.kind, records::Outcome::Kind::not_sent);
  }
  EXPECT_THAT(group.raises, SizeIs(2));
  // An end that would fall due while nothing is carried out stays ahead.
  group.state.blockers = {{Kind::floor_stands_still, "the clockwork is stopped", ""}};
  EXPECT_EQ(floor.scale(kNoon + 6 * kInterval, none)->record.floor_until, kNoon + 6 * kInterval + Duration{600});
}

TEST_F(SteeringTest, ModeOwnEndsAFloorThatIsLeftOver) {
  observe(9 * kDay);
  group.state.raised_minimum = 9;
  group.keeps_raised = true;  // its end needs minutes
  const auto blocked = scaler.scale(kNoon, none);
  ASSERT_TRUE(blocked);
  EXPECT_EQ(blocked->record.outcome.kind, records::Outcome::Kind::not_sent);
  EXPECT_THAT(blocked->record.outcome.message, HasSubstr("the minimum is still raised to 9 from mode floor"));
  EXPECT_THAT(group.raises, ElementsAre(std::pair(1, TimeRange{kNoon, kNoon})));
  EXPECT_THAT(group.calls, IsEmpty());
}

TEST_F(SteeringTest, NothingIsSentThatTheGroupCannotOrShouldNotDo) {
  struct Case {
    planning::Mode mode;
    int desired;  // the decision is between 5 and 9
    Kind blocker;
    const char* why;  // empty: sent
  };
  const auto own = planning::Mode::own, floor = planning::Mode::floor;
  const std::vector<Case> cases{
      {own, 2, Kind::cannot_launch, "the brake is on: nothing would be launched"},
      {own, 20, Kind::cannot_launch, ""},
      {own, 20, Kind::cannot_terminate, "the brake is on: nothing would be terminated"},
      {own, 2, Kind::cannot_terminate, ""},
      {own, 20, Kind::being_replaced, "the brake is on: no scale-in until it is over"},
      {own, 2, Kind::being_replaced, ""},
      {own, 2, Kind::floor_stands_still, ""},
      {own, 2, Kind::others_stand_still, ""},
      {own, 2, Kind::other, ""},
      {floor, 2, Kind::floor_stands_still, "the brake is on: raising the minimum would do nothing"},
      {floor, 2, Kind::cannot_launch, "the brake is on: raising the minimum would do nothing"},
      {floor, 2, Kind::cannot_terminate, ""},
      {floor, 2, Kind::being_replaced, ""},
      {floor, 2, Kind::others_stand_still, ""},
      {floor, 2, Kind::other, ""},
  };
  Timestamp now = kNoon;
  observe(9 * kDay);
  for (const Case& c : cases) {
    SCOPED_TRACE(fmt::format("{} from {}, {}", to_string(c.mode), c.desired, ports::to_string(c.blocker)));
    observe(kInterval, now);
    group.state = {.min = 1, .max = 40, .desired = c.desired, .in_service = c.desired, .pending = 0};
    group.state.blockers = {{Kind::other, "something else", ""}, {c.blocker, "the brake is on", ""}};
    group.raised_until.reset();
    const auto report = in_mode(c.mode).scale(now, none);
    ASSERT_TRUE(report) << report.error().message;
    const records::Outcome& outcome = report->record.outcome;
    if (*c.why == '\0') {
      EXPECT_EQ(outcome.kind, records::Outcome::Kind::accepted) << outcome.message;
    } else {
      EXPECT_EQ(outcome.kind, records::Outcome::Kind::not_sent);
      EXPECT_EQ(outcome.message, c.why);
    }
    now += kInterval;
  }
}

TEST_F(SteeringTest, TheLedgerSaysWhatIsTheMatterWithTheGroup) {
  observe(9 * kDay);
  group.state.standby = 2;
  group.state.blockers = {{Kind::other, "the lamp is broken", "mend it"},
                          {Kind::cannot_terminate, "the brake is on", "release it"},
                          {Kind::being_replaced, "a replacement runs", ""}};
  group.state.notices = {"schedules cannot be read"};
  group.failed = {{kNoon - 2 * kHour, false, "old", "too late"},
                  {kNoon - kMinute, true, "We currently do not have sufficient m7g.large capacity", "take others"}};
  const auto report = scaler.scale(kNoon, none);
  EXPECT_THAT(report->record.notices,
              testing::IsSupersetOf<std::string>(
                  {"2 instances in standby: the desired capacity counts without them", "the brake is on; release it",
                   "a replacement runs: nothing is scaled in until it is over", "schedules cannot be read",
                   "1 launch failed, the cloud has no such instances left: We currently do not have sufficient "
                   "m7g.large capacity; it is asked again at each tick; take others"}));
  EXPECT_THAT(report->record.notices, testing::Not(testing::Contains(HasSubstr("lamp")))) << "it changes nothing here";
}

TEST(GroupNotices, WhatKeepsAFloorOrTheOthersStillIsSaidInModeFloorOnly) {
  ports::GroupState group{.min = 1, .max = 9};
  group.blockers = {{Kind::floor_stands_still, "the clock stands", "wind it"},
                    {Kind::others_stand_still, "the others sleep", "wake them"}};
  const std::vector<ports::LaunchFailure> failures{{kNoon, false, "no such image", "mend the recipe"}};
  EXPECT_THAT(group_notices(group, planning::Mode::floor, failures),
              ElementsAre("the clock stands; wind it", "the others sleep; wake them",
                          "1 launch failed: no such image; mend the recipe"));
  EXPECT_THAT(group_notices(group, planning::Mode::own, {}), IsEmpty());
}

TEST_F(SteeringTest, LaunchesThatCannotBeReadLeaveTheLastLeadTime) {
  observe(9 * kDay);
  group.finished = {{kNoon - kHour, kNoon - kHour + Duration{900}}};
  EXPECT_EQ(scaler.scale(kNoon, none)->record.decision.lead_time, Duration{900});
  group.launches_failure = Error{ErrorCode::permission_denied, "launches of shop: denied"};
  observe(kInterval, kNoon + kInterval);
  const auto blind = scaler.scale(kNoon + kInterval, none);
  EXPECT_EQ(blind->record.decision.lead_time, Duration{900});
  EXPECT_THAT(blind->record.notices, testing::Contains(HasSubstr("a lead time of 15m is assumed: launches of shop")));
}

TEST_F(SteeringTest, WhoeverChangesTheCapacityBackIsNoticed) {
  observe(9 * kDay);
  const int first = scaler.scale(kNoon, none)->record.decision.desired;
  group.state.desired = 10;
  observe(kInterval, kNoon + kInterval);
  const auto reverted = scaler.scale(kNoon + kInterval, none);
  EXPECT_THAT(reverted->record.notices,
              testing::Contains(HasSubstr(fmt::format(
                  "the capacity of {} decided at 2026-11-27T12:00:00Z was changed to 10 by something else", first))));
  // The group's own limits explain a change, and so does an instance that went to standby.
  observe(kInterval, kNoon + 2 * kInterval);
  group.state.min = group.state.desired = first + 1;
  EXPECT_THAT(scaler.scale(kNoon + 2 * kInterval, none)->record.notices,
              testing::Not(testing::Contains(HasSubstr("something else"))));
  observe(kInterval, kNoon + 3 * kInterval);
  group.state.min = 1;
  group.state.standby = 1;
  group.state.desired = first;
  EXPECT_THAT(scaler.scale(kNoon + 3 * kInterval, none)->record.notices,
              testing::Not(testing::Contains(HasSubstr("something else"))));
}

// Four instances of weight 4 serve what ten instances of weight 1 would: 4 busy units in the mean.
class WeightedTest : public SteeringTest {
 protected:
  WeightedTest() {
    group.state = {.min = 2, .max = 40, .desired = 16, .in_service = 16};
    group.state.unit = CapacityUnit::units;
    group.state.largest_weight = 4;
    group.state.instances = 4;
  }
  // CPU of 30 % on what the rows count.
  void busy(double counted, Timestamp until = kNoon) {
    std::vector<Row> all;
    for (Timestamp t = until - 9 * kDay; t < until; t += kInterval) all.push_back(row(t, 30, counted));
    ASSERT_TRUE(rows.append(all));
  }
};

TEST_F(WeightedTest, TheUnitOfTheGroupIsTheUnitOfTheDecision) {
  busy(16);
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  // 4.8 busy units at 80 %: six units, not the two instances that they are on.
  EXPECT_EQ(report->record.decision.desired, 6);
  EXPECT_THAT(group.calls, ElementsAre(6));
  EXPECT_EQ(report->record.unit(), CapacityUnit::units);
  EXPECT_THAT(report->record.decision.stages.front().reason, HasSubstr(" units (median)"));
}

TEST_F(WeightedTest, RowsThatCountInstancesSteerNothing) {
  busy(4);
  for (const auto mode : {planning::Mode::own, planning::Mode::floor}) {
    Scaler steering = in_mode(mode);
    const auto report = steering.scale(kNoon + (mode == planning::Mode::own ? Duration{0} : kInterval), none);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->record.outcome.kind, records::Outcome::Kind::not_sent);
    EXPECT_THAT(report->record.outcome.message, HasSubstr("at most 4 in service where the group has 16 units"));
    EXPECT_THAT(report->record.notices, testing::Contains(HasSubstr("at most 4 in service")));
  }
  EXPECT_THAT(group.calls, IsEmpty());
  EXPECT_THAT(group.raises, IsEmpty());
}

TEST_F(WeightedTest, AnUnknownUnitIsWatchedOnlyAndSaysWhy) {
  busy(16);
  group.state.unit_problem = "1 of its 4 instances do not tell how many they count for";
  const auto own = scaler.scale(kNoon, none);
  ASSERT_TRUE(own);
  EXPECT_THAT(own->record.outcome.message, HasSubstr("mode own asks nothing of a group whose unit is not known: 1 of"));
  Scaler watching = in_mode(planning::Mode::observe);
  busy(16, kNoon + kInterval);
  const auto watched = watching.scale(kNoon + kInterval, none);
  EXPECT_EQ(watched->record.outcome.message, "mode observe only records");
  EXPECT_THAT(watched->record.notices, testing::Contains(HasSubstr("1 of its 4 instances")));
  EXPECT_THAT(group.calls, IsEmpty());
}

TEST_F(WeightedTest, StandingAboveTheDesiredCapacityByLessThanALaunchIsNobodysDoing) {
  busy(16);
  ASSERT_EQ(scaler.scale(kNoon, none)->record.decision.desired, 6);
  group.state.in_service = 8;  // two instances: four units would be too few
  group.state.instances = 2;
  busy(8, kNoon + kInterval);
  const auto next = scaler.scale(kNoon + kInterval, none);
  ASSERT_TRUE(next);
  EXPECT_THAT(next->record.notices, testing::Not(testing::Contains(HasSubstr("something else"))));
  EXPECT_THAT(
      next->record.conditions,
      testing::Not(testing::Contains(testing::Field(&records::Condition::kind, ports::NotificationKind::reverted))));
}

TEST_F(SteeringTest, AFloorThatSomethingElseTookAwayIsNoticedAndAskedForAgain) {
  observe(9 * kDay);
  Scaler floor = in_mode(planning::Mode::floor);
  group.state.desired = group.state.in_service = 2;
  const int raised = floor.scale(kNoon, none)->record.decision.desired;
  group.state.raised_minimum.reset();
  group.state.desired = 2;
  observe(kInterval, kNoon + kInterval);
  const auto again = floor.scale(kNoon + kInterval, none);
  EXPECT_THAT(again->record.notices,
              testing::Contains(HasSubstr(
                  fmt::format("the minimum of {} asked for at 2026-11-27T12:00:00Z is not in force", raised))));
  EXPECT_THAT(group.raises, SizeIs(2));
}

TEST_F(SteeringTest, PeopleHearOnceOfWhatBeginsAndOfItsEnd) {
  observe(9 * kDay);
  ports::FakeNotifier people;
  const ScaleOptions options{.dry_run = false, .notices = {}, .notifiers = {&people}};
  const auto kinds = [&] {
    std::vector<std::string> all;
    for (const auto& n : std::exchange(people.sent, {})) all.emplace_back(ports::to_string(n.kind));
    return all;
  };
  // No model yet: never the full method, so nothing was lost.
  ASSERT_TRUE(scaler.scale(kNoon, none, options));
  EXPECT_THAT(kinds(), IsEmpty());
  // Metrics stay away.
  for (int i = 4; i < 7; ++i) ASSERT_TRUE(scaler.scale(kNoon + i * kInterval, none, options));
  EXPECT_THAT(kinds(), ElementsAre("degraded"));
  // The group refuses twice in one tick and once in the next.
  observe(8 * kInterval, kNoon + 8 * kInterval);
  group.state.desired = 30;
  group.set_failure = Error{ErrorCode::permission_denied, "setting the capacity: not authorized"};
  EXPECT_FALSE(scaler.scale(kNoon + 8 * kInterval, none, options));
  EXPECT_FALSE(scaler.scale(kNoon + 8 * kInterval, none, options));
  EXPECT_THAT(kinds(), testing::UnorderedElementsAre("write_refused", "reverted"));
  observe(kInterval, kNoon + 9 * kInterval);
  EXPECT_FALSE(scaler.scale(kNoon + 9 * kInterval, none, options));
  EXPECT_THAT(kinds(), IsEmpty());
  // A repeated tick sends nothing twice; a dry run nothing at all.
  group.set_failure.reset();
  ASSERT_TRUE(scaler.scale(kNoon + 9 * kInterval, none, options));
  EXPECT_THAT(lines().back().conditions, testing::Not(testing::Contains(testing::Field(
                                             &records::Condition::kind, ports::NotificationKind::write_refused))));
  ScaleOptions dry = options;
  dry.dry_run = true;
  group.state.desired = 33;
  ASSERT_TRUE(scaler.scale(kNoon + 10 * kInterval, none, dry));
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(SteeringTest, AMessageThatCouldNotBeDeliveredIsANoticeAndSentAtTheNextTick) {
  observe(9 * kDay);
  ports::FakeNotifier people;
  people.failure = Error{ErrorCode::unavailable, "webhook: no route to host"};
  const ScaleOptions options{.dry_run = false, .notices = {}, .notifiers = {&people}};
  records::LoadedCalendar stale;
  stale.conditions = {{ports::NotificationKind::calendar_stale, "mails.ics", "mails.ics: gone", false}};
  const auto first = scaler.scale(kNoon, stale, options);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->record.outcome.kind, records::Outcome::Kind::accepted);
  EXPECT_THAT(lines().back().notices, testing::Contains("the message \"calendar_stale\" could not be delivered: "
                                                        "webhook: no route to host"));
  people.failure.reset();
  observe(kInterval, kNoon + kInterval);
  ASSERT_TRUE(scaler.scale(kNoon + kInterval, stale, options));
  ASSERT_THAT(people.sent, SizeIs(1));
  EXPECT_EQ(people.sent[0].text.substr(0, 15), "mails.ics: gone");
  ASSERT_TRUE(scaler.scale(kNoon + kInterval, stale, options));
  EXPECT_THAT(people.sent, SizeIs(1));
}

TEST_F(SteeringTest, ARefusedDecisionIsSentAgainByTheNextRunOfTheTick) {
  observe(9 * kDay);
  group.set_failure = Error{ErrorCode::throttled, "slow down"};
  const auto refused = scaler.scale(kNoon, none);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::throttled);
  EXPECT_EQ(lines().at(0).outcome, (records::Outcome{records::Outcome::Kind::refused, "slow down"}));
  group.set_failure.reset();
  const auto again = scaler.scale(kNoon + Duration{60}, none);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_THAT(group.calls, ElementsAre(lines().at(0).decision.desired));
  EXPECT_EQ(lines().at(0).outcome.kind, records::Outcome::Kind::accepted);
  EXPECT_THAT(lines(), SizeIs(1));
}

}  // namespace
}  // namespace almanac::control

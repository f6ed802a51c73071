#include "insight/attention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "insight/test_group.h"

namespace almanac::insight {
namespace {

using ports::NotificationKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AttentionTest : public testing::Test {
 protected:
  records::Record record = test_record(kTestNow, 10, 10);
  AttentionInput input;

  AttentionTest() {
    input.latest = &record;
    input.now = kTestNow + Duration{20};
  }
  Attention judged() const { return attention_of(input); }
  void expect(Level level, const char* words) {
    const auto attention = judged();
    EXPECT_EQ(attention.level, level);
    ASSERT_FALSE(attention.reasons.empty());
    EXPECT_THAT(attention.reasons.front(), HasSubstr(words));
  }
  void condition(NotificationKind kind, const char* subject, const char* text) {
    record.conditions.push_back({kind, subject, text, true});
  }
};

TEST_F(AttentionTest, AHealthyGroupNeedsNone) {
  input.realised = 0.0015;  // under twice the objective
  EXPECT_EQ(judged(), Attention{});
}

TEST_F(AttentionTest, SilenceIsCriticalAfterAQuarterOfAnHour) {
  input.now = kTestNow + Duration{15 * 60};
  EXPECT_EQ(judged().level, Level::ok);
  input.now += Duration{61};
  expect(Level::critical, "No decision for 16m");
  // Or after three ticks, where those are rarer.
  input.interval = Duration{1800};
  EXPECT_EQ(judged().level, Level::ok);
}

TEST_F(AttentionTest, HeldAndRefusedAndTooLowAMaximumAreCritical) {
  record.decision.health = Health::hold;
  expect(Level::critical, "Metrics are missing");
  record.decision.health = Health::full;
  condition(NotificationKind::write_refused, "", "no permission");
  expect(Level::critical, "refused a decision: no permission");
  record.conditions.clear();
  condition(NotificationKind::at_maximum, "", "30 instances are needed, 20 are allowed");
  expect(Level::critical, "At the maximum: 30 instances are needed");
}

TEST_F(AttentionTest, AGroupWhoseUnitIsNotKnownIsNotSteered) {
  record.group->unit_problem = "the rows count instances";
  expect(Level::critical, "Nothing is asked of the group: the rows count instances.");
  record.mode = planning::Mode::observe;
  expect(Level::warning, "could not be steered");
}

TEST_F(AttentionTest, WhatWorksWithLossIsAWarning) {
  record.decision.health = Health::fallback;
  expect(Level::warning, "No model can be used");
  record.decision.health = Health::reactive;
  expect(Level::warning, "follow the load");
  record.decision.health = Health::full;
  condition(NotificationKind::calendar_stale, "sales.ics", "sales.ics: gone");
  expect(Level::warning, "sales.ics: gone");
  record.conditions.clear();
  condition(NotificationKind::event_not_applied, "entry 3", "no start");
  expect(Level::warning, "entry 3: no start");
  condition(NotificationKind::event_not_applied, "entry 4", "no start");
  expect(Level::warning, "2 calendar entries");
}

TEST_F(AttentionTest, AnObjectiveMissedTwofoldIsAWarning) {
  input.realised = 0.0021;
  expect(Level::warning, "0.21 % of requests");
}

TEST_F(AttentionTest, WhatPeopleSetIsANotice) {
  input.overrides.pause = records::Overrides::Pause{kTestNow + kHour, {"anna", "a migration", kTestNow}};
  expect(Level::notice, "anna");
  input.overrides = {};
  input.overrides.floor = records::Overrides::Floor{20, kTestNow + kHour, {"anna", "", kTestNow}};
  expect(Level::notice, "A floor of 20");
}

TEST_F(AttentionTest, AnObservedGroupThatWouldBeScaledDifferentlyIsANotice) {
  record.mode = planning::Mode::observe;
  EXPECT_THAT(judged().reasons, IsEmpty());
  record.decision.desired = 16;
  expect(Level::notice, "would have 16 instances, the group has 10");
}

TEST_F(AttentionTest, TheMostPressingReasonComesFirst) {
  input.overrides.pause = records::Overrides::Pause{kTestNow + kHour, {"anna", "", kTestNow}};
  input.realised = 0.01;
  record.decision.health = Health::hold;
  const auto attention = judged();
  EXPECT_EQ(attention.level, Level::critical);
  EXPECT_THAT(attention.reasons, ElementsAre(HasSubstr("Metrics"), HasSubstr("1 %"), HasSubstr("anna")));
}

TEST_F(AttentionTest, AGroupThatIsNewIsANotice) {
  input.latest = nullptr;
  expect(Level::notice, "No decision has been taken yet");
}

}  // namespace
}  // namespace almanac::insight

#include "insight/event_changes.h"

#include <gmock/gmock.h>

namespace almanac::insight {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

calendar::Event event(const std::string& name, Timestamp start, Duration length = Duration{3600}) {
  calendar::Event made;
  made.uid = made.name = name;
  made.kind = "sale";
  made.span = {start, start + length};
  return made;
}

TEST(EventChanges, AnEventThatSaysSomethingElseIsNamedWithTheFieldThatDiffers) {
  auto before = event("Sale", kNoon), after = before;
  before.expected_uplift = 2;
  after.expected_uplift = 4;
  after.minimum_instances = 20;
  const auto changes = compare_events(std::vector{before}, std::vector{after});
  EXPECT_THAT(changes.added, IsEmpty());
  EXPECT_THAT(changes.removed, IsEmpty());
  ASSERT_THAT(changes.edited, SizeIs(1));
  using Field = EditedEvent::Field;
  EXPECT_THAT(changes.edited[0].fields,
              ElementsAre(Field{"expected_uplift", "2", "4"}, Field{"minimum_instances", "", "20"}));
}

TEST(EventChanges, AMovedEventIsTheSameOneAtAnotherTime) {
  const auto changes = compare_events(std::vector{event("Sale", kNoon)}, std::vector{event("Sale", kNoon + kHour)});
  ASSERT_THAT(changes.edited, SizeIs(1));
  using Field = EditedEvent::Field;
  EXPECT_THAT(changes.edited[0].fields, ElementsAre(Field{"start", "2026-11-27T12:00:00Z", "2026-11-27T13:00:00Z"},
                                                    Field{"end", "2026-11-27T13:00:00Z", "2026-11-27T14:00:00Z"}));
}

TEST(EventChanges, OfASeriesTheNearestOccurrencesBelongTogetherAndTheRestIsAddedOrRemoved) {
  // Daily at noon; the changed calendar has it an hour later and ends a day earlier.
  const std::vector before{event("Daily", kNoon), event("Daily", kNoon + kDay), event("Daily", kNoon + 2 * kDay)};
  const std::vector after{event("Daily", kNoon + kHour), event("Daily", kNoon + kDay + kHour)};
  const auto changes = compare_events(before, after);
  ASSERT_THAT(changes.edited, SizeIs(2));
  EXPECT_EQ(changes.edited[0].before.span.start, kNoon);
  EXPECT_EQ(changes.edited[1].before.span.start, kNoon + kDay);
  ASSERT_THAT(changes.removed, SizeIs(1));
  EXPECT_EQ(changes.removed[0].span.start, kNoon + 2 * kDay);
  EXPECT_THAT(changes.added, IsEmpty());
}

TEST(EventChanges, ARenamedEventIsRecognisedByItsTime) {
  const auto changes = compare_events(std::vector{event("Sale", kNoon)}, std::vector{event("Black Friday", kNoon)});
  ASSERT_THAT(changes.edited, SizeIs(1));
  EXPECT_EQ(changes.edited[0].fields[0], (EditedEvent::Field{"name", "Sale", "Black Friday"}));
}

TEST(EventChanges, WhatHasNothingInCommonComesAndGoes) {
  const auto changes = compare_events(std::vector{event("Sale", kNoon)}, std::vector{event("Match", kNoon + kHour)});
  EXPECT_THAT(changes.added, SizeIs(1));
  EXPECT_THAT(changes.removed, SizeIs(1));
  EXPECT_THAT(changes.edited, IsEmpty());
  EXPECT_THAT(compare_events(std::vector{event("Sale", kNoon)}, std::vector{event("Sale", kNoon)}).edited, IsEmpty());
}

}  // namespace
}  // namespace almanac::insight

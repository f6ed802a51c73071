#include "insight/what_if.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "insight/test_group.h"

namespace almanac::insight {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string json_of(const std::vector<calendar::Event>& events) {
  std::string text = R"({"timezone": "UTC", "events": [)";
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& e = events[i];
    text += (i == 0 ? "" : ", ") + std::string(R"({"name": ")") + e.name + R"(", "kind": ")" + e.kind +
            R"(", "start": ")" + format_timestamp(e.span.start) + R"(", "end": ")" + format_timestamp(e.span.end) +
            "\"";
    if (e.minimum_instances) text += R"(, "minimum_instances": )" + std::to_string(*e.minimum_instances);
    if (e.expected_uplift) text += R"(, "expected_uplift": )" + std::to_string(*e.expected_uplift);
    text += "}";
  }
  return text + "]}";
}

// Eight weeks with sales on Wednesdays, to Monday noon; the calendar knows the next one.
class WhatIfTest : public testing::Test {
 protected:
  Timestamp now = kTestNow - 2 * kDay;
  std::vector<calendar::Event> sales = test_sales(now - 8 * kWeek, now + kWeek);
  GroupView view = make_view();

  GroupView make_view() const {
    GroupView made;
    made.settings = test_settings();
    made.tick = now;
    made.known = control::know(test_rows_of(now - 8 * kWeek, now, sales), made.settings, now);
    made.calendar.calendar = calendar::Calendar::parse_json(json_of(sales), "business_calendar.json").value();
    made.calendar.parts = {made.calendar.calendar};
    made.calendar.sources = {"shop/business_calendar.json"};
    for (Timestamp t = now - 2 * kDay; t <= now; t += kTestInterval)
      made.points.push_back(records::point_of(test_record(t, 20, 20)));
    made.latest = test_record(now, 20, 20);
    return made;
  }
  std::size_t step(Timestamp t) const { return static_cast<std::size_t>((t - now) / kTestInterval); }
  WhatIf with(const std::vector<calendar::Event>& events, int days = 7) const {
    return what_if(view, ChangedCalendar{json_of(events), "new.json"}, days).value();
  }
};

TEST_F(WhatIfTest, OrdinaryDaysAreExpectedAsTheyWere) {
  const auto plan = what_if(view, std::nullopt, 2).value().current;
  ASSERT_THAT(plan.q50, SizeIs(576));
  const Timestamp tuesday = now + 20 * kHour;
  // The higher of the two intervals of the window, which load rises through.
  EXPECT_NEAR(plan.q50[step(tuesday)], test_demand(tuesday + kTestInterval), 0.2);
  EXPECT_GE(plan.q99[step(tuesday)], plan.q50[step(tuesday)]);
  // 80 % of the capacity hold the load, with something to spare at the price that 0.1 % starts with.
  EXPECT_GT(plan.capacity[step(tuesday)], test_demand(tuesday) / 0.8);
  EXPECT_LT(plan.capacity[step(tuesday)], 2.5 * test_demand(tuesday));
  double hours = 0;
  for (const double capacity : plan.capacity) hours += capacity / 12;
  EXPECT_NEAR(plan.instance_hours, hours, 1e-6);
}

TEST_F(WhatIfTest, ASaleIsExpectedToDoWhatSalesDid) {
  const auto plan = what_if(view, std::nullopt, 3).value().current;
  const Timestamp sale = sales.back().span.start + kHour;
  EXPECT_NEAR(plan.q50[step(sale)], 2 * test_demand(sale), 0.5);
  EXPECT_GT(plan.capacity[step(sale)], 2 * test_demand(sale) / 0.8);
  // An hour after it load is the usual one again.
  EXPECT_NEAR(plan.q50[step(sale + 3 * kHour)], test_demand(sale + 3 * kHour), 0.5);
}

TEST_F(WhatIfTest, AHistoryThatEndedIsNamedWithItsEnd) {
  // Rows end at `now`; eight days later a plan is made all the same, and says what it does not know.
  view.tick = now + 8 * kDay;
  view.known = control::know(test_rows_of(now - 8 * kWeek, now, sales), view.settings, view.tick);
  const auto later = what_if(view, std::nullopt, 2);
  ASSERT_TRUE(later) << later.error().message;
  ASSERT_FALSE(later->problems.empty());
  EXPECT_EQ(later->problems.front().where, "history");
  EXPECT_THAT(later->problems.front().message,
              HasSubstr("it ends at " + format_timestamp(now) + ", " + format_duration(8 * kDay) + " ago"));
  // Five weeks later there is nothing to compare with.
  view.tick = now + 5 * kWeek;
  view.known = control::know(test_rows_of(now - 8 * kWeek, now, sales), view.settings, view.tick);
  const auto old = what_if(view, std::nullopt, 2);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, ErrorCode::not_found);
  EXPECT_THAT(old.error().message, HasSubstr("the history ends at " + format_timestamp(now) + ", 35 days ago"));
  // Three days of rows are no two weeks, however long ago they were.
  view.tick = now + 12 * kDay;
  view.known = control::know(test_rows_of(now - 3 * kDay, now, sales), view.settings, view.tick);
  EXPECT_THAT(what_if(view, std::nullopt, 2).error().message, HasSubstr("there are 3d of history"));
}

TEST_F(WhatIfTest, TheSameCalendarChangesNothing) {
  const auto answer = with(sales);
  ASSERT_TRUE(answer.changed);
  EXPECT_EQ(answer.changed->capacity, answer.current.capacity);
  EXPECT_EQ(percent_more(answer.current, *answer.changed), 0);
  EXPECT_THAT(answer.events.added, IsEmpty());
  EXPECT_THAT(answer.events.removed, IsEmpty());
  EXPECT_EQ(answer.replaces, "shop/business_calendar.json");
}

TEST_F(WhatIfTest, WithoutTheSaleItsCapacityIsNotNeeded) {
  const auto answer = with({});
  ASSERT_THAT(answer.events.removed, SizeIs(1));
  EXPECT_EQ(answer.events.removed[0].name, sales.back().name);
  EXPECT_LT(answer.changed->instance_hours, answer.current.instance_hours - 20);
  const Timestamp sale = sales.back().span.start + kHour;
  EXPECT_NEAR(answer.changed->q50[step(sale)], test_demand(sale), 0.5);
}

TEST_F(WhatIfTest, ASaleThatIsTakenAwayWhileItRunsDoesNotMakeItsLoadTheUsualOne) {
  sales.back().span = {now - 100 * kHour, now + kHour};  // most of the week that the level is taken from
  view = make_view();
  const auto answer = with({}, 1);
  EXPECT_THAT(answer.events.removed, SizeIs(1));
  EXPECT_LE(answer.changed->instance_hours, answer.current.instance_hours);
  const Timestamp night = now + 12 * kHour;
  EXPECT_NEAR(answer.changed->q50[step(night)], answer.current.q50[step(night)], 1e-6);
}

TEST_F(WhatIfTest, ASaleThatRunsMayBeMadeToEndLater) {
  sales.back().span = {now - 40 * kHour, now + kHour};
  view = make_view();
  auto longer = sales;
  longer.back().span.end = now + 6 * kHour;
  const auto answer = with(longer, 1);
  const auto nothing_of_the_past = with({longer.back()}, 1);
  EXPECT_GT(answer.changed->q50[step(now + 3 * kHour)], 1.5 * answer.current.q50[step(now + 3 * kHour)]);
  EXPECT_EQ(answer.changed->q50, nothing_of_the_past.changed->q50);
}

TEST_F(WhatIfTest, ANewSaleIsToldByTheOldOnesThoughTheNewFileHasThemNot) {
  calendar::Event extra = sales.back();
  extra.name = "Extra";
  extra.span = {extra.span.start + kDay, extra.span.end + kDay};
  const auto answer = with({sales.back(), extra});
  ASSERT_THAT(answer.events.added, SizeIs(1));
  EXPECT_THAT(answer.events.removed, IsEmpty());
  EXPECT_NEAR(answer.changed->q50[step(extra.span.start + kHour)], 2 * test_demand(extra.span.start + kHour), 0.5);
  EXPECT_GT(answer.changed->instance_hours, answer.current.instance_hours + 20);
  EXPECT_THAT(answer.problems, IsEmpty());
}

TEST_F(WhatIfTest, AMinimumIsKept) {
  auto changed = sales;
  changed.back().minimum_instances = 70;
  const auto answer = with(changed);
  EXPECT_EQ(answer.changed->capacity[step(changed.back().span.start)], 70);
  ASSERT_THAT(answer.events.edited, SizeIs(1));
  EXPECT_THAT(answer.events.edited[0].fields, testing::ElementsAre(EditedEvent::Field{"minimum_instances", "", "70"}));
}

TEST_F(WhatIfTest, OfOverlappingMinimumsTheLargestIsPlannedALeadTimeBeforeItsEvent) {
  const Timestamp noon = now + kDay;
  const auto asks = [&](const char* name, Duration from, Duration to, int minimum) {
    calendar::Event event = sales.back();
    event.name = event.uid = name;
    event.span = {noon + from, noon + to};
    event.minimum_instances = minimum;
    return event;
  };
  auto changed = sales;
  changed.push_back(asks("office", Duration{0}, 4 * kHour, 50));
  changed.push_back(asks("lunch", kHour, 2 * kHour, 80));
  changed.push_back(asks("launch", 3 * kHour, 4 * kHour, 300));  // max is 100
  const auto answer = with(changed);
  const auto planned = [&](Duration after) { return answer.changed->capacity[step(noon + after)]; };
  // A decision holds for the five minutes of a launch and the five until the next one.
  EXPECT_EQ(planned(kHour - Duration{600}), 50);
  EXPECT_EQ(planned(kHour - Duration{300}), 80);
  EXPECT_EQ(planned(2 * kHour), 50);
  EXPECT_EQ(planned(3 * kHour), 100);
  std::vector<std::string> messages;
  for (const auto& problem : answer.problems) messages.push_back(problem.message);
  EXPECT_THAT(messages, testing::Contains("a minimum of 300 asked for by \"launch\" is above max 100"));
}

TEST_F(WhatIfTest, AnEventThatNothingIsKnownOfIsAProblemAndChangesNothing) {
  view.calendar.calendar = calendar::Calendar();
  view.calendar.parts = {calendar::Calendar()};
  view.known = control::know(test_rows_of(now - 8 * kWeek, now), view.settings, now);
  calendar::Event fair = sales.back();
  fair.name = "Fair";
  const auto answer = with({fair});
  ASSERT_THAT(answer.problems, SizeIs(1));
  EXPECT_EQ(answer.problems[0].where, "Fair");
  EXPECT_NEAR(*percent_more(answer.current, *answer.changed), 0, 0.5);
  fair.expected_uplift = 3;
  const auto told = with({fair});
  ASSERT_THAT(told.problems, SizeIs(1)) << "it is known what to expect, and that it does not fit";
  EXPECT_THAT(told.problems[0].message, testing::HasSubstr("held to max"));
  view.settings.policy.max = 10000;
  view.latest.reset();
  EXPECT_THAT(with({fair}).problems, IsEmpty());
  EXPECT_NEAR(told.changed->q50[step(fair.span.start + kHour)], 3 * test_demand(fair.span.start + kHour), 0.8);
}

TEST_F(WhatIfTest, WhatIsStatedOfANewKindCountsThoughSalesWereThere) {
  calendar::Event fair = sales.back();
  fair.name = "Fair";
  fair.kind = "fair";
  fair.span = {sales.back().span.start + kDay, sales.back().span.end + kDay};
  const auto with_uplift = [&](std::optional<double> uplift) {
    auto events = sales;
    events.push_back(fair);
    events.back().expected_uplift = uplift;
    return with(events);
  };
  const Timestamp middle = fair.span.start + kHour;
  for (const double uplift : {1.1, 4.0}) {
    const auto answer = with_uplift(uplift);
    EXPECT_NEAR(answer.changed->q50[step(middle)], uplift * test_demand(middle), 0.8) << uplift;
    EXPECT_EQ(answer.changed->expected.back().event, "Fair");
    EXPECT_THAT(answer.changed->expected.back().words, HasSubstr("as stated; no earlier event of this kind"));
    // Two hours after its end load is the usual one, whatever sales leave behind.
    EXPECT_NEAR(answer.changed->q50[step(fair.span.end + 2 * kHour)], test_demand(fair.span.end + 2 * kHour), 0.8);
  }
  EXPECT_GT(with_uplift(4).changed->capacity[step(middle)], 2 * with_uplift(1.1).changed->capacity[step(middle)]);
  const auto silent = with_uplift({});
  EXPECT_NEAR(silent.changed->q50[step(middle)], 2 * test_demand(middle), 0.8);
  EXPECT_EQ(silent.changed->expected.back().words, "like earlier events of other kinds");
  EXPECT_THAT(silent.changed->expected.front().words, HasSubstr("earlier events of its kind"));
}

TEST_F(WhatIfTest, EarlierEventsMoveWhatIsStatedAsTheOutlookSays) {
  // Eight sales doubled the load; this one is stated to do eight times as much. Little of that is left.
  auto events = sales;
  events.back().expected_uplift = 8;
  const auto answer = with(events);
  const Timestamp middle = events.back().span.start + kHour;
  EXPECT_NEAR(answer.changed->q50[step(middle)], 2.1 * test_demand(middle), 0.15 * test_demand(middle));
  EXPECT_THAT(answer.changed->expected.back().words,
              HasSubstr("x2.1: stated x8, 8 earlier events of its kind moved it"));
}

TEST_F(WhatIfTest, AChangedFileTakesThePlaceOfItsName) {
  view.calendar.sources = {"shop/business_calendar.json", "/srv/mails.ics"};
  view.calendar.parts = {view.calendar.calendar, calendar::Calendar()};
  EXPECT_EQ(what_if(view, ChangedCalendar{json_of({}), "C:\\new\\business_calendar.json"}, 3)->events.removed.size(),
            1U);
  EXPECT_EQ(what_if(view, ChangedCalendar{json_of({}), "mails.ics"}, 3)->events.removed.size(), 0U);
  EXPECT_EQ(what_if(view, ChangedCalendar{json_of({}), "other.json"}, 3)->replaces, "shop/business_calendar.json");
}

TEST_F(WhatIfTest, AnotherTimeZoneIsAProblemAndMovesNoLoad) {
  const std::string text = R"({"timezone": "America/New_York", "events": []})";
  const auto answer = what_if(view, ChangedCalendar{text, "new.json"}, 7).value();
  ASSERT_THAT(answer.problems, SizeIs(1));
  EXPECT_THAT(answer.problems[0].message, HasSubstr("America/New_York"));
  EXPECT_EQ(answer.changed->capacity, with({}).changed->capacity);
}

TEST_F(WhatIfTest, RefusesWhatItCannotAnswer) {
  EXPECT_EQ(what_if(view, ChangedCalendar{"<html>", "new.json"}, 7).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(what_if(view, std::nullopt, 0).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(what_if(view, std::nullopt, 29).error().code, ErrorCode::invalid_input);
  view.known = control::know(test_rows_of(now - kWeek, now), view.settings, now);
  EXPECT_EQ(what_if(view, std::nullopt, 7).error().code, ErrorCode::unavailable);
}

TEST_F(WhatIfTest, AnEntryThatCannotBeUsedIsNamed) {
  const auto answer =
      what_if(view, ChangedCalendar{R"({"events": [{"name": "Broken", "start": "soon"}]})", "new.json"}, 7).value();
  ASSERT_THAT(answer.problems, SizeIs(1));
  EXPECT_THAT(answer.problems[0].where, HasSubstr("Broken"));
}

}  // namespace
}  // namespace almanac::insight

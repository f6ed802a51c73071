#include "records/calendar_loss.h"

#include <gtest/gtest.h>

namespace almanac::records {
namespace {

using calendar::Calendar;
using calendar::Event;

const Timestamp kNow = parse_timestamp("2026-11-20T00:00:00Z").value();

Event event(const std::string& uid, const std::string& name, int days) {
  Event one;
  one.uid = uid;
  one.name = name;
  one.span = {kNow + days * kDay, kNow + days * kDay + 12 * kHour};
  return one;
}

std::string gone(std::vector<Event> before, std::vector<Event> after) {
  return names_of(loss_between(Calendar::of(std::move(before)), Calendar::of(std::move(after)), kNow).gone);
}

TEST(CalendarLoss, WhatIsMovedRenumberedOrOverIsNotGone) {
  EXPECT_EQ(gone({event("a", "A", 1)}, {event("a", "A", 1)}), "");
  EXPECT_EQ(gone({event("a", "A", 1)}, {event("a", "A", 5)}), "") << "moved: the UID is there";
  EXPECT_EQ(gone({event("a", "A", 1)}, {event("a", "Renamed", 5)}), "");
  EXPECT_EQ(gone({event("a", "A", 1)}, {event("fresh", "A", 1)}), "") << "a new UID at each download";
  EXPECT_EQ(gone({event("a", "A", -1)}, {}), "") << "over";
  EXPECT_EQ(gone({event("a", "A", 500)}, {}), "") << "too far ahead to be looked at";
  EXPECT_EQ(gone({}, {event("a", "A", 1)}), "");
}

TEST(CalendarLoss, OfASeriesTheMissingOccurrencesAreGone) {
  EXPECT_EQ(gone({event("a", "A", 1), event("a", "A", 8)}, {event("a", "A", 1)}), "A (2026-11-28T00:00:00Z)");
  EXPECT_EQ(gone({event("a", "A", 1), event("b", "B", 2)}, {event("b", "B", 2), event("c", "C", 3)}),
            "A (2026-11-21T00:00:00Z)")
      << "another event does not make up for it";
}

TEST(CalendarLoss, AllIsGoneOnlyWhereSomethingWasToCome) {
  const auto loss = [](std::vector<Event> before, std::vector<Event> after) {
    return loss_between(Calendar::of(std::move(before)), Calendar::of(std::move(after)), kNow);
  };
  EXPECT_TRUE(loss({event("a", "A", 1)}, {event("a", "A", -3)}).all()) << "moved into the past is gone, too";
  EXPECT_FALSE(loss({event("a", "A", -1)}, {}).all());
  EXPECT_TRUE(loss({event("a", "A", 1)}, {event("b", "This link has expired", 2)}).all()) << "another is none of them";
  EXPECT_FALSE(loss({event("a", "A", 1), event("b", "B", 2)}, {event("b", "B", 2)}).all());
  EXPECT_FALSE(loss({event("a", "A", 1)}, {event("a", "A", 9)}).all()) << "moved";
  EXPECT_FALSE(loss({}, {}).all());
}

TEST(CalendarLoss, WhatIsNoLongerSaidOfAnEventIsALossToo) {
  Event floor = event("a", "A", 1), moved = event("b", "B", 2);
  floor.minimum_instances = 12;
  moved.expected_uplift = 3;
  const auto said = [](std::vector<Event> before, std::vector<Event> after) {
    return describe(loss_between(Calendar::of(std::move(before)), Calendar::of(std::move(after)), kNow));
  };
  EXPECT_EQ(said({floor, moved}, {event("a", "A", 1), event("b", "B", 5)}),
            "the minimum or uplift stated for 2 events to come is gone from it: A (2026-11-21T00:00:00Z), B "
            "(2026-11-22T00:00:00Z)");
  const Calendar on = *Calendar::parse_json(R"({"is_sale_active": 1})", "x");
  EXPECT_EQ(describe(loss_between(on, Calendar(), kNow)), "the switch is_sale_active is gone from it");
  EXPECT_TRUE(loss_between(on, *Calendar::parse_json(R"({"is_sale_active": 0})", "x"), kNow).nothing());
}

TEST(CalendarLoss, ASmallerNumberAndANearerEndAreLossesToo) {
  const auto said = [](const Event& before, const Event& after) {
    return describe(loss_between(Calendar::of({before}), Calendar::of({after}), kNow));
  };
  Event before = event("a", "A", 1);
  before.minimum_instances = 12;
  before.expected_uplift = 3;
  Event less = before;
  less.minimum_instances = 1;
  EXPECT_EQ(said(before, less), "less is stated for 1 event to come: A (2026-11-21T00:00:00Z): minimum 12 -> 1");
  less.expected_uplift = 1.5;
  less.span.end = less.span.start + kHour;
  EXPECT_EQ(said(before, less),
            "less is stated for 1 event to come: A (2026-11-21T00:00:00Z): minimum 12 -> 1, uplift 3 -> 1.5, ends "
            "2026-11-21T01:00:00Z, not 2026-11-21T12:00:00Z");
  EXPECT_EQ(said(less, before), "") << "more is no loss";
  Event later = before;
  later.span.start += kHour;
  EXPECT_EQ(said(before, later),
            "less is stated for 1 event to come: A (2026-11-21T00:00:00Z): now 2026-11-21T01:00:00Z to "
            "2026-11-21T12:00:00Z, before until 2026-11-21T12:00:00Z");
}

TEST(CalendarLoss, AWholeDayMovedToAShorterOneIsNoShorterEvent) {
  Event before = event("a", "A", 1);
  before.all_day = true;
  before.span.end = before.span.start + kDay;
  Event after = before;
  after.span = {before.span.start + 7 * kDay, before.span.end + 7 * kDay - kHour};
  EXPECT_TRUE(loss_between(Calendar::of({before}), Calendar::of({after}), kNow).nothing());
}

TEST(CalendarLoss, AFeedThatStatesNoMinimumAnyMoreLostThemAll) {
  const auto with = [](int day, std::optional<int> minimum, std::optional<double> uplift = {}) {
    Event one = event(std::to_string(day), "A", day);
    one.minimum_instances = minimum;
    one.expected_uplift = uplift;
    return one;
  };
  const auto all = [](std::vector<Event> before, std::vector<Event> after) {
    return loss_between(Calendar::of(std::move(before)), Calendar::of(std::move(after)), kNow).all_stripped;
  };
  EXPECT_TRUE(all({with(1, 12), with(2, 5), with(3, {})}, {with(1, {}), with(2, {}), with(3, {})}));
  EXPECT_TRUE(all({with(1, 12), with(2, 5)}, {with(2, {})})) << "gone or stripped, none is left";
  EXPECT_TRUE(all({with(1, 12, 2)}, {with(1, {}, 2)})) << "the uplift does not stand for the minimum";
  EXPECT_TRUE(all({with(1, 12, 2)}, {with(1, 12)}));
  EXPECT_FALSE(all({with(1, 12), with(2, 5)}, {with(1, {}), with(2, 5)})) << "one is somebody's decision";
  EXPECT_FALSE(all({with(1, 12), with(2, {})}, {with(2, {})})) << "an event that is gone";
  EXPECT_FALSE(all({with(1, {})}, {with(1, {})}));
}

TEST(CalendarLoss, TenAreNamedAndTheOthersCounted) {
  std::vector<Event> many;
  for (int i = 1; i <= 13; ++i) many.push_back(event(std::to_string(i), std::to_string(i), i));
  EXPECT_TRUE(gone(many, {}).ends_with("10 (2026-11-30T00:00:00Z) and 3 more"));
}

}  // namespace
}  // namespace almanac::records

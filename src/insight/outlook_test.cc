#include "insight/outlook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "insight/test_group.h"

namespace almanac::insight {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// Eight weeks of days that are alike, with sales that double the load on Wednesdays, to Monday noon.
class OutlookTest : public testing::Test {
 protected:
  Timestamp now = kTestNow - 2 * kDay;
  std::vector<calendar::Event> sales = test_sales(now - 8 * kWeek, now + kWeek);
  control::Knowledge known = control::know(test_rows_of(now - 8 * kWeek, now, sales), test_settings(), now);

  Outlook outlook(const std::vector<calendar::Event>& events) const {
    return Outlook(known, calendar::Calendar::of(events), now, 2 * kWeek);
  }
};

TEST_F(OutlookTest, UsualIsWhatWasThereWithoutEvents) {
  const forecast::EventIndex index(sales);
  const forecast::Profile profile(known.history, index, calendar::Calendar(), kTestInterval, kDay);
  // Every Wednesday at eleven there was a sale: the other working days say what is usual.
  const std::size_t at_sale = profile.index_of(sales[6].span.start + kHour);
  EXPECT_NEAR(std::exp(profile.usual(at_sale)), test_demand(sales[6].span.start + kHour), 1e-6);
  EXPECT_NEAR(std::exp(profile.actual(at_sale)), 2 * test_demand(sales[6].span.start + kHour), 1e-6);
  EXPECT_TRUE(profile.near_event(at_sale));
  EXPECT_NEAR(std::exp(profile.usual(profile.known() + 12)), test_demand(now + kHour), 1e-6);
  EXPECT_NEAR(profile.level(profile.known()), 0, 1e-9);
}

TEST_F(OutlookTest, AComingSaleIsExpectedToDoWhatSalesDid) {
  const auto about = outlook(sales);
  const auto& coming = sales.back();
  const auto earlier = about.earlier(coming);
  ASSERT_THAT(earlier, SizeIs(testing::Ge(6U)));
  EXPECT_GT(earlier.front().event.span.start, earlier.back().event.span.start);
  EXPECT_NEAR(earlier.front().uplift, 2, 0.02);
  const auto expected = about.expect(coming, earlier);
  ASSERT_TRUE(expected);
  EXPECT_NEAR(expected->middle, 2, 0.02);
  EXPECT_LT(expected->low, 1.95);
  EXPECT_GT(expected->low, 1.6);
  EXPECT_GT(expected->high, 2.05);
  EXPECT_EQ(expected->basis, std::to_string(earlier.size()) + " earlier events of kind sale");
}

TEST_F(OutlookTest, AnEventThatIsOverIsToldAboutByThoseBeforeIt) {
  const auto earlier = outlook(sales).earlier(sales[4]);
  for (const auto& one : earlier) EXPECT_LT(one.event.span.start, sales[4].span.start);
}

TEST_F(OutlookTest, ANewKindIsToldAboutByOthersAndLessSurely) {
  auto events = sales;
  calendar::Event fair = sales.back();
  fair.kind = "fair";
  fair.name = fair.uid = "Fair";
  fair.span = {now + kDay, now + kDay + 2 * kHour};
  events.push_back(fair);
  const auto about = outlook(events);
  const auto expected = about.expect(fair, about.earlier(fair));
  ASSERT_TRUE(expected);
  EXPECT_THAT(expected->basis, HasSubstr("of other kinds, none of kind fair"));
  const auto known_kind = about.expect(sales.back(), about.earlier(sales.back()));
  EXPECT_GT(expected->high / expected->low, known_kind->high / known_kind->low);
}

TEST_F(OutlookTest, WhatIsStatedOfANewKindCountsWhateverOtherKindsDid) {
  auto events = sales;
  calendar::Event fair = sales.back();
  fair.kind = "fair";
  fair.name = fair.uid = "Fair";
  fair.span = {now + kDay, now + kDay + 2 * kHour};
  fair.expected_uplift = 4;
  events.push_back(fair);
  const auto about = outlook(events);
  EXPECT_THAT(about.earlier(fair), SizeIs(0));
  const auto expected = about.expect(fair, about.earlier(fair));
  ASSERT_TRUE(expected);
  EXPECT_NEAR(expected->middle, 4, 1e-9);
  EXPECT_EQ(expected->basis, "x4 as stated; no earlier event of this kind");
}

TEST_F(OutlookTest, EarlierEventsOfItsKindMoveWhatIsStated) {
  auto events = sales;
  events.back().expected_uplift = 8;
  // Sales doubled the load. Where one alone was of its kind the statement counts as much as it did: sqrt(8 x 2) = 4.
  auto one = events;
  for (std::size_t i = 0; i + 1 < one.size(); ++i) one[i].kind = i == 6 ? "sale" : "fair";
  const auto after_one = outlook(one).expect(one.back(), outlook(one).earlier(one.back()));
  ASSERT_TRUE(after_one);
  EXPECT_NEAR(after_one->middle, 4, 0.1);
  EXPECT_EQ(after_one->basis, "x4.0: stated x8, 1 earlier event of its kind moved it");
  const auto after_all = outlook(events).expect(events.back(), outlook(events).earlier(events.back()));
  ASSERT_TRUE(after_all);
  EXPECT_NEAR(after_all->middle, 2.1, 0.1);
}

TEST_F(OutlookTest, WithoutAnyEarlierEventTheCalendarsWordCounts) {
  calendar::Event fair = sales.back();
  const auto about = outlook({fair});
  EXPECT_EQ(about.expect(fair, about.earlier(fair)), std::nullopt);
  fair.expected_uplift = 3;
  const auto told = outlook({fair}).expect(fair, {});
  ASSERT_TRUE(told);
  EXPECT_NEAR(told->middle, 3, 1e-9);
}

}  // namespace
}  // namespace almanac::insight

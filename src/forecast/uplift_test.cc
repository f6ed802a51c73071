#include "forecast/uplift.h"

#include <gtest/gtest.h>

#include <cmath>

#include "forecast/test_history.h"

namespace almanac::forecast {
namespace {

calendar::Event stated(double uplift, std::string kind = "black-friday", std::string name = "Black Friday") {
  calendar::Event event = event_at(kMonday + 30 * kDay, 2 * kHour, std::move(kind), std::move(name));
  event.expected_uplift = uplift;
  return event;
}

std::vector<Told> told(std::initializer_list<double> uplifts) {
  std::vector<Told> result;
  for (const double uplift : uplifts) result.push_back({std::log(uplift), 1});
  return result;
}

TEST(Uplift, WithoutEarlierEventsTheStatementIsBelieved) {
  const auto belief = believe(stated(4), {});
  EXPECT_DOUBLE_EQ(belief.mean, std::log(4.0));
  EXPECT_EQ(belief.weight, 1);
  EXPECT_EQ(belief.words(), "x4 as stated; no earlier event of this kind");
  // 80 % between x2.7 and x6.0: s = hypot(.15, .2 log 4) = .315, 1.2816 s = .404.
  EXPECT_NEAR(std::exp(belief.mean - 1.2816 * belief.spread), 2.67, 0.01);
  EXPECT_NEAR(std::exp(belief.mean + 1.2816 * belief.spread), 5.99, 0.01);
  EXPECT_LT(believe(stated(1.1), {}).spread, belief.spread);
}

TEST(Uplift, OneEarlierEventCountsAsMuchAsTheStatement) {
  // One event says nothing of a spread: v = s^2, k = 1, and 1 / (1 + 1) is left to the statement: sqrt(4 x 1) = 2.
  const auto belief = believe(stated(4), told({1.0}));
  EXPECT_DOUBLE_EQ(belief.weight, 0.5);
  EXPECT_NEAR(std::exp(belief.mean), 2, 1e-9);
  EXPECT_EQ(belief.words(), "x2.0: stated x4, 1 earlier event of its kind moved it");
}

TEST(Uplift, EventsThatAgreeMoveItFasterThanEventsThatDoNot) {
  // Three alike: v = 2 s^2 / (2 + 3 - 1) = s^2 / 2, so 1/2 / (3 + 1/2) = 1/7 is left to the statement.
  const auto alike = believe(stated(4), told({2, 2, 2}));
  EXPECT_NEAR(alike.weight, 1.0 / 7, 1e-12);
  EXPECT_NEAR(std::exp(alike.mean), 2 * std::pow(2, 1.0 / 7), 1e-9);
  EXPECT_EQ(alike.words(), "x2.2: stated x4, 3 earlier events of its kind moved it");
  const auto apart = believe(stated(4), told({1, 2, 4}));
  EXPECT_GT(apart.weight, alike.weight);
  EXPECT_GT(apart.spread, alike.spread);
}

TEST(Uplift, ManyEventsLeaveTheStatementNothingToSay) {
  const auto belief = believe(stated(4), std::vector<Told>(20, {std::log(2.0), 1}));
  EXPECT_LT(belief.weight, 0.01);
  EXPECT_NEAR(std::exp(belief.mean), 2, 0.02);
}

TEST(Uplift, WhereNobodyGaveAKindOnlyEventsOfTheSameNameAreOfItsKind) {
  EXPECT_TRUE(of_its_kind(stated(2, "sale", "Spring sale"), stated(2, "sale", "Summer sale")));
  EXPECT_FALSE(of_its_kind(stated(2, "sale-spring"), stated(2, "sale-summer")));
  EXPECT_FALSE(of_its_kind(stated(2, "event", "Newsletter"), stated(4, "event", "Black Friday")));
  EXPECT_TRUE(of_its_kind(stated(2, "event", "Newsletter"), stated(4, "event", "Newsletter")));
}

TEST(Uplift, AnEarlierEventTellsItsPeakOverTheUsualOne) {
  History history = season(28);
  const std::vector<calendar::Event> past = {event_at(kMonday + 23 * kDay + 10 * kHour, 2 * kHour, "black-friday")};
  play_events(history, past);  // three times the demand
  std::vector<calendar::Event> events = past;
  events.push_back(stated(12));
  const EventIndex index(events);
  const Profile steps(history, index, calendar::Calendar(), history.interval, Duration{0});
  const auto belief = Beliefs(steps, index).of(1, history.size());
  EXPECT_EQ(belief.earlier, 1);
  EXPECT_NEAR(std::exp(belief.experience), 3, 0.15);
  EXPECT_NEAR(std::exp(belief.mean), 6, 0.2);  // sqrt(12 x 3)
}

}  // namespace
}  // namespace almanac::forecast

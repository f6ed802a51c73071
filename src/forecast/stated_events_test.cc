#include "forecast/stated_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "forecast/test_history.h"

namespace almanac::forecast {
namespace {

using testing::HasSubstr;

constexpr Timestamp kStart = kMonday + 28 * kDay + 12 * kHour;  // a Monday noon, load 13.5 and rising to 15

calendar::Event stated(double uplift, Timestamp start = kStart, std::string kind = "black-friday") {
  calendar::Event event = event_at(start, 3 * kHour, std::move(kind), "Black Friday");
  event.expected_uplift = uplift;
  return event;
}

// What a forecaster that knows of no event says of the window from `anchor` on: its usual load, give or take 5 %.
Forecast unaware(const History& usual, std::size_t anchor) {
  Forecast forecast;
  forecast.now = usual.time_at(anchor);
  forecast.median = std::max(usual.peak[anchor], usual.peak[anchor + 1]);
  forecast.peak = Distribution({{0.95 * forecast.median, 1}, {forecast.median, 1}, {1.05 * forecast.median, 1}});
  return forecast;
}

// Four weeks and a day without events; what comes before `now` is known.
class StatedEventsTest : public testing::Test {
 protected:
  History usual = season(30);

  History until(Timestamp now) const {
    History history = usual;
    const auto n = static_cast<std::size_t>((now - kMonday) / history.interval);
    for (auto* values : {&history.mean, &history.peak, &history.network, &history.active}) values->resize(n);
    return history;
  }
  Forecast at(Timestamp now, const std::vector<calendar::Event>& events, bool learns = true) const {
    return with(until(now), events, learns);
  }
  Forecast with(const History& history, const std::vector<calendar::Event>& events, bool learns = true) const {
    Forecast forecast = unaware(usual, history.size());
    const EventIndex index(events);
    StatedEvents(history, index, calendar::Calendar(), 2).apply(history.size(), learns, forecast);
    return forecast;
  }
  double usual_at(Timestamp t) const {
    return unaware(usual, static_cast<std::size_t>((t - kMonday) / kHour * 2)).median;
  }
};

TEST_F(StatedEventsTest, ANewKindIsExpectedToDoWhatIsStated) {
  for (const double uplift : {1.1, 4.0}) {
    const Forecast forecast = at(kStart, {stated(uplift)});
    EXPECT_NEAR(forecast.peak.quantile(0.5), uplift * usual_at(kStart), 0.05 * uplift * usual_at(kStart));
    EXPECT_NEAR(forecast.median, forecast.peak.quantile(0.5), 0.01 * forecast.median);
    EXPECT_NEAR(forecast.announced, uplift * usual_at(kStart), 0.05 * uplift * usual_at(kStart));
    EXPECT_TRUE(forecast.near_event);
    // 80 % as wide as the belief, whatever the model's own spread.
    EXPECT_NEAR(forecast.peak.quantile(0.9) / forecast.peak.quantile(0.5),
                std::exp(1.2816 * spread_of_statement(uplift)), 0.05);
  }
}

TEST_F(StatedEventsTest, OtherKindsSayNothingWhereAnUpliftIsStated) {
  std::vector<calendar::Event> events;
  for (int week = 0; week < 4; ++week)
    events.push_back(event_at(kMonday + kWeek * week + 3 * kDay + 12 * kHour, 3 * kHour, "newsletter"));
  events.push_back(stated(4));
  History history = until(kStart);
  play_events(history, events);
  EXPECT_NEAR(with(history, events).peak.quantile(0.5), 4 * usual_at(kStart), 0.2 * usual_at(kStart));
}

TEST_F(StatedEventsTest, ItReachesTheWindowInWhichTheEventBeginsAndNoneBefore) {
  EXPECT_GT(at(kStart - Duration{1800}, {stated(4)}).median, 3.5 * usual_at(kStart));
  const Forecast before = at(kStart - kHour, {stated(4)});
  EXPECT_LT(before.median, 1.1 * usual_at(kStart));
  EXPECT_EQ(before.announced, 0);
  EXPECT_LT(at(kStart + 3 * kHour, {stated(4)}).median, 1.1 * usual_at(kStart + 3 * kHour));
}

TEST_F(StatedEventsTest, TodaysLevelCounts) {
  History history = until(kStart);
  for (std::size_t i = history.size() - 24; i < history.size(); ++i) history.mean[i] *= 1.5, history.peak[i] *= 1.5;
  EXPECT_NEAR(with(history, {stated(4)}).median, 1.5 * 4 * usual_at(kStart), 0.1 * 6 * usual_at(kStart));
}

TEST_F(StatedEventsTest, ItIsAMultipleOfTheUsualLoadNotOfAnotherEventsLoad) {
  // A running event triples the load: x4 is of what is usual, and x2 does not take back what is there.
  const calendar::Event fair = event_at(kStart - 4 * kHour, 12 * kHour, "fair", "Fair");
  History history = until(kStart);
  play_events(history, {fair});
  Forecast forecast = unaware(usual, history.size());
  forecast.median *= 3;
  forecast.peak = Distribution({{forecast.median, 1}});
  for (const auto& [uplift, expected] : {std::pair{4.0, 4.0}, {2.0, 3.0}}) {
    Forecast moved = forecast;
    const EventIndex index({fair, stated(uplift)});
    StatedEvents(history, index, calendar::Calendar(), 2).apply(history.size(), true, moved);
    EXPECT_NEAR(moved.median, expected * usual_at(kStart), 0.06 * expected * usual_at(kStart));
  }
}

TEST_F(StatedEventsTest, OnceTheEventIsSeenWhatIsSeenCounts) {
  // Stated x4; it began an hour ago and does nothing. A quarter of an hour halves what was stated: 4^(1/16) = 1.09.
  const Timestamp now = kStart + kHour;
  EXPECT_NEAR(at(now, {stated(4)}).median / usual_at(now), 1.09, 0.05);
  // Stated x1.1, and the load has tripled: the statement takes nothing back.
  History tripled = until(now);
  play_events(tripled, {stated(1.1)});
  Forecast forecast = unaware(usual, tripled.size());
  forecast.median *= 3;
  forecast.peak = Distribution({{forecast.median, 1}});
  const EventIndex index({stated(1.1)});
  StatedEvents(tripled, index, calendar::Calendar(), 2).apply(tripled.size(), true, forecast);
  EXPECT_GT(forecast.median, 2.9 * usual_at(now));
}

TEST_F(StatedEventsTest, EventsThatCannotBeSeenYetKeepTheirStatement) {
  History late = until(kStart + kHour);
  late.mean[late.size() - 1] = late.mean[late.size() - 2] = kMissing;
  late.peak[late.size() - 1] = late.peak[late.size() - 2] = kMissing;
  EXPECT_GT(with(late, {stated(4)}).median, 3.5 * usual_at(kStart + kHour));
}

TEST_F(StatedEventsTest, TheModelSpeaksForAKindThatItCouldLearn) {
  // Every week one that tripled the load; the model has learned it. Five alike: v = s^2 / 3, and
  // 1/3 / (5 + 1/3) = 1/16 is left to the statement (a little more, for older ones count less): 3 (4/3)^(1/16) = 3.05.
  const Timestamp now = kStart + 2 * kWeek;
  History history = season(43);
  std::vector<calendar::Event> events;
  for (int week = 1; week <= 5; ++week) events.push_back(stated(4, kStart - 4 * kWeek + kWeek * week));
  play_events(history, events);
  events.push_back(stated(4, now));
  history.mean.resize(static_cast<std::size_t>((now - kMonday) / history.interval));
  history.peak.resize(history.mean.size());
  Forecast learned = unaware(usual, static_cast<std::size_t>((kStart - kMonday) / usual.interval));
  learned.median *= 3;
  learned.peak = Distribution({{learned.median, 1}});
  Forecast naive = learned;
  const EventIndex index(events);
  StatedEvents about(history, index, calendar::Calendar(), 2);
  about.apply(history.size(), true, learned);
  EXPECT_NEAR(learned.median, 3.05 * usual_at(kStart), 0.15 * usual_at(kStart));
  // The seasonal naive learns nothing: what earlier events did, moved by the statement, is all there is.
  naive.median /= 3;
  naive.peak = Distribution({{naive.median, 1}});
  about.apply(history.size(), false, naive);
  EXPECT_NEAR(naive.median, 3.05 * usual_at(kStart), 0.2 * usual_at(kStart));
  EXPECT_THAT(about.words(history.size()), HasSubstr("\"Black Friday\" x3.1: stated x4, 5 earlier events of its kind"));
}

TEST_F(StatedEventsTest, KindredEventsLendTheirCourseButNotTheirHeight) {
  // Four sales that tripled the load, but only in their last hour and a half.
  std::vector<calendar::Event> events, rushes;
  for (int week = 0; week < 4; ++week) {
    const Timestamp start = kStart - 4 * kWeek + kWeek * week + 3 * kDay;
    events.push_back(event_at(start, 3 * kHour, "sale-weekly"));
    rushes.push_back(event_at(start + kHour * 3 / 2, kHour * 3 / 2));
  }
  events.push_back(stated(9, kStart, "sale-black"));
  History quiet = until(kStart), an_hour_in = until(kStart + kHour);
  play_events(quiet, rushes);
  play_events(an_hour_in, rushes);
  EXPECT_LT(with(quiet, events).median, 1.1 * usual_at(kStart)) << "nothing happens in the first hour";
  // That it does nothing in its first hour tells nothing; then the window reaches the rush.
  EXPECT_GT(with(an_hour_in, events).median, 0.9 * 9 * usual_at(kStart + kHour)) << "x9, not x3";
  // Kinds that are not kindred lend nothing.
  events.back().kind = "black-friday";
  EXPECT_GT(with(quiet, events).median, 0.9 * 9 * usual_at(kStart));
}

TEST_F(StatedEventsTest, NothingIsTouchedWhereNothingIsStated) {
  calendar::Event fair = stated(4);
  fair.expected_uplift.reset();
  const Forecast before = unaware(usual, until(kStart).size()), after = at(kStart, {fair});
  EXPECT_EQ(after.median, before.median);
  EXPECT_TRUE(std::equal(after.peak.values().begin(), after.peak.values().end(), before.peak.values().begin()));
  EXPECT_FALSE(after.near_event);
}

TEST_F(StatedEventsTest, WordsSayWhatAForecastGoesBy) {
  const History history = until(kStart);
  const auto words = [&](std::vector<calendar::Event> events) {
    const EventIndex index(std::move(events));
    return StatedEvents(history, index, calendar::Calendar(), 2).words(history.size());
  };
  const auto sale = [](int days) { return event_at(kStart - kDay * days, 3 * kHour, "sale", "Sale"); };
  const calendar::Event fair = event_at(kStart, 3 * kHour, "fair", "Fair");
  EXPECT_EQ(words({stated(4)}), "\"Black Friday\" x4 as stated; no earlier event of this kind");
  EXPECT_EQ(words({sale(9), sale(2), sale(0)}), "\"Sale\" like 2 earlier events of its kind");
  EXPECT_EQ(words({sale(2), fair}), "\"Fair\" like earlier events of other kinds");
  EXPECT_EQ(words({fair}), "\"Fair\" unlike anything seen: it states no expected_uplift");
  EXPECT_EQ(words({sale(2)}), "");
}

}  // namespace
}  // namespace almanac::forecast

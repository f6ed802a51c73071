#include "daemon/schedule.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace almanac::daemon {
namespace {

Timestamp at(const char* text) {
  return parse_timestamp(text).value();
}

std::vector<Row> days_with_a_quiet_hour(int quiet, int hours) {
  std::vector<Row> rows;
  for (int h = 0; h < hours; ++h) {
    Row row;
    row.start = at("2026-11-20") + h * kHour;
    row.request_count = h % 24 == quiet ? 10 : 100;
    rows.push_back(row);
  }
  return rows;
}

TEST(Schedule, TrainsInTheLeastBusyHour) {
  EXPECT_EQ(quiet_hour(days_with_a_quiet_hour(5, 48)), 5);
  EXPECT_EQ(quiet_hour(days_with_a_quiet_hour(23, 48)), 23);
  EXPECT_EQ(quiet_hour(days_with_a_quiet_hour(5, 20)), 3) << "less than a day is known";
  EXPECT_EQ(quiet_hour({}), 3);
  auto by_cpu = days_with_a_quiet_hour(7, 48);
  for (Row& row : by_cpu) row.cpu_utilization = std::exchange(row.request_count, std::nullopt);
  EXPECT_EQ(quiet_hour(by_cpu), 7);
}

TEST(Schedule, GroupsAreSpreadOverTheHour) {
  std::set<Duration> places;
  for (int i = 0; i < 100; ++i) {
    const Duration jitter = training_jitter("group-" + std::to_string(i));
    EXPECT_GE(jitter, Duration{0});
    EXPECT_LT(jitter, kHour);
    places.insert(jitter / 600 * 600);
  }
  EXPECT_EQ(places.size(), 6U) << "each ten minutes have some";
  EXPECT_EQ(training_jitter("shop"), training_jitter("shop"));
}

TEST(Schedule, TrainsOnceADayAndCatchesUp) {
  const Duration jitter{600};
  const Timestamp noon = at("2026-11-25T12:00:00Z");
  EXPECT_EQ(next_training(std::nullopt, 3, jitter, noon), noon) << "no model yet";
  EXPECT_EQ(next_training(at("2026-11-24T22:00:00Z"), 3, jitter, noon), at("2026-11-26T03:10:00Z"));
  EXPECT_EQ(next_training(at("2026-11-24T03:10:00Z"), 3, jitter, noon), noon) << "a downtime over the quiet hour";
  const Timestamp night = at("2026-11-25T02:00:00Z");
  EXPECT_EQ(next_training(at("2026-11-23T22:00:00Z"), 3, jitter, night), at("2026-11-25T03:10:00Z"));
  EXPECT_EQ(next_training(at("2026-11-22T22:00:00Z"), 3, jitter, night), night);
  EXPECT_EQ(next_training(at("2026-11-24T22:00:00Z"), 23, jitter, night), at("2026-11-25T23:10:00Z"));
}

TEST(Schedule, TicksAreOnTheGridOnceEach) {
  const Duration five{300};
  const Timestamp noon = at("2026-11-25T12:00:00Z");
  auto due = tick_due(std::nullopt, noon + Duration{17}, five);
  EXPECT_EQ(due.tick, noon);
  EXPECT_EQ(due.next, noon + five);
  due = tick_due(noon, noon + Duration{18}, five);
  EXPECT_FALSE(due.tick);
  EXPECT_EQ(due.next, noon + five);
  due = tick_due(noon, noon + five, five);
  EXPECT_EQ(due.tick, noon + five);
  EXPECT_EQ(due.missed, 0);
}

TEST(Schedule, AClockThatLeapsAheadMissesTicksAndOneThatGoesBackSaysSo) {
  const Duration five{300};
  const Timestamp noon = at("2026-11-25T12:00:00Z");
  auto due = tick_due(noon, noon + 4 * five + Duration{1}, five);
  EXPECT_EQ(due.tick, noon + 4 * five);
  EXPECT_EQ(due.missed, 3);
  due = tick_due(noon, noon - Duration{2}, five);  // a small step over the boundary is waited out
  EXPECT_FALSE(due.tick);
  EXPECT_FALSE(due.clock_went_back);
  EXPECT_EQ(due.next, noon + five);
  due = tick_due(noon, noon - kHour, five);
  EXPECT_TRUE(due.clock_went_back);
  EXPECT_EQ(due.tick, noon - kHour);
}

}  // namespace
}  // namespace almanac::daemon

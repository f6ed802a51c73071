#include "simulation/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace almanac::simulation {
namespace {

using testing::HasSubstr;

const Workload& shop() {
  static const Workload workload = *make_workload();
  return workload;
}

double mean(const Workload& workload, TimeRange range) {
  double sum = 0;
  const std::size_t from = workload.trace.minute_at(range.start), to = workload.trace.minute_at(range.end);
  for (std::size_t t = from; t < to; ++t) sum += workload.trace.demand.values[t];
  return sum / static_cast<double>(to - from);
}

TEST(Workload, IsTheSameForTheSameSeed) {
  const auto again = make_workload();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->trace.demand.values, shop().trace.demand.values);
  EXPECT_EQ(again->trace.metrics.at("network_in").values, shop().trace.metrics.at("network_in").values);
  EXPECT_EQ(again->events, shop().events);
  WorkloadOptions options;
  options.seed = 2;
  EXPECT_NE(make_workload(options)->trace.demand.values, shop().trace.demand.values);
}

TEST(Workload, HasEightWeeksOfHistoryAndTwoToPlayInLocalWeeks) {
  const Workload& workload = shop();
  // Paris is an hour ahead in winter and two in summer, so ten local weeks over the change are an hour short.
  EXPECT_EQ(format_timestamp(workload.history.start), "2026-02-01T23:00:00Z");
  EXPECT_EQ(format_timestamp(workload.history.end), "2026-03-29T22:00:00Z");
  EXPECT_EQ(format_timestamp(workload.played.end), "2026-04-12T22:00:00Z");
  EXPECT_EQ(workload.trace.range(), (TimeRange{workload.history.start, workload.played.end}));
  EXPECT_EQ(workload.trace.minutes(), (70 * 24 - 1) * 60U);
  for (double value : workload.trace.demand.values) ASSERT_GT(value, 0);
}

TEST(Workload, HasBelievableNumbers) {
  const auto& values = shop().trace.demand.values;
  const double peak = *std::max_element(values.begin(), values.end());
  EXPECT_GT(peak, 1500);
  EXPECT_LT(peak, 3000);
  EXPECT_GE(need(peak, shop().plant), 30);
  EXPECT_LE(need(peak, shop().plant), shop().plant.max);
  EXPECT_EQ(shop().plant.boot, 8);
}

TEST(Workload, FollowsTheWallClockOverTheChangeToSummerTime) {
  // The quietest hour is 03:00 to 05:00 local time: 02:00 UTC in winter, 01:00 UTC in summer.
  const auto quiet_hour = [](const char* day) {
    const Timestamp midnight = *parse_timestamp(day);
    int best = 0;
    for (int hour = 1; hour < 24; ++hour)
      if (mean(shop(), {midnight + hour * kHour, midnight + (hour + 1) * kHour}) <
          mean(shop(), {midnight + best * kHour, midnight + (best + 1) * kHour}))
        best = hour;
    return best;
  };
  std::map<int, int> winter, summer;
  for (const char* day : {"2026-03-16", "2026-03-17", "2026-03-18", "2026-03-19"}) ++winter[quiet_hour(day)];
  for (const char* day : {"2026-03-31", "2026-04-01", "2026-04-02", "2026-04-03"}) ++summer[quiet_hour(day)];
  const auto most = [](const std::map<int, int>& counts) {
    return std::max_element(counts.begin(), counts.end(), [](auto a, auto b) { return a.second < b.second; })->first;
  };
  EXPECT_EQ(most(winter), most(summer) + 1);
}

TEST(Workload, OpensSalesSharplyAndAnnouncesThem) {
  const Workload& workload = shop();
  const auto calendar = calendar::Calendar::parse(workload.business_calendar, "business_calendar.json");
  ASSERT_TRUE(calendar.has_value());
  EXPECT_TRUE(calendar->problems().empty());
  EXPECT_EQ(calendar->timezone(), "Europe/Paris");
  EXPECT_EQ(calendar->between(workload.trace.range()), workload.events);
  std::map<std::string, int> kinds, played;
  for (const auto& event : workload.events) {
    ++kinds[event.kind];
    if (event.span.start >= workload.played.start) ++played[event.kind];
    if (event.kind != "flash-sale") continue;
    // The first five minutes against the half hour up to ten minutes before.
    const double before = mean(workload, {event.span.start - 40 * kMinute, event.span.start - 10 * kMinute});
    EXPECT_GT(mean(workload, {event.span.start, event.span.start + 5 * kMinute}), 1.6 * before) << event.name;
  }
  EXPECT_GE(kinds["flash-sale"], 6);
  EXPECT_GE(kinds["weekend-sale"], 2);
  EXPECT_GE(kinds["campaign"], 4);
  EXPECT_GE(played["flash-sale"], 1);
  EXPECT_GE(played["weekend-sale"], 1);
  EXPECT_GE(played["campaign"], 1);
}

TEST(Workload, HidesFlashCrowdsAndOutagesFromTheCalendar) {
  const Workload& workload = shop();
  ASSERT_EQ(workload.flash_crowds.size(), 2U);
  ASSERT_EQ(workload.outages.size(), 2U);
  EXPECT_TRUE(workload.played.contains(workload.flash_crowds[1].start));
  EXPECT_TRUE(workload.played.contains(workload.outages[1].start));
  for (const auto& crowd : workload.flash_crowds) {
    for (const auto& event : workload.events) EXPECT_FALSE(event.span.overlaps(crowd)) << event.name;
    const double before = mean(workload, {crowd.start - 20 * kMinute, crowd.start});
    EXPECT_GT(mean(workload, {crowd.start + 4 * kMinute, crowd.start + 14 * kMinute}), 1.5 * before);
  }
  // The load is there during an outage.
  EXPECT_GT(mean(workload, workload.outages[1]), 100);
}

TEST(Workload, RefusesOptionsOutOfBounds) {
  const auto refusal = [](const WorkloadOptions& options) {
    const auto workload = make_workload(options);
    EXPECT_FALSE(workload.has_value());
    return workload ? "" : workload.error().message;
  };
  EXPECT_THAT(refusal({.history_weeks = 0}), HasSubstr("expected at least 1"));
  EXPECT_THAT(refusal({.timezone = "Mars/Olympus"}), HasSubstr("Mars/Olympus"));
  EXPECT_THAT(refusal({.busy_day_peak = -1}), HasSubstr("busy_day_peak"));
  EXPECT_THAT(refusal({.weekly_growth = 9}), HasSubstr("weekly_growth"));
}

}  // namespace
}  // namespace almanac::simulation

#include "simulation/almanac_replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/random.h"
#include "simulation/test_replay.h"

namespace almanac::simulation {
namespace {

constexpr int kDays = 6;
constexpr std::size_t kDayMinutes = 1440;

// Six days of requests with a daily season, noise and an event at another hour of every day but the first.
Timestamp opening_of(Timestamp start, int day) {
  return start + kDay * day + (8 + 2 * day) * kHour;
}

std::vector<calendar::Event> events(Timestamp start) {
  std::vector<calendar::Event> list;
  for (int day = 1; day < kDays; ++day) {
    const Timestamp opening = opening_of(start, day);
    list.push_back({.uid = std::to_string(day), .name = "Sale", .kind = "sale", .span = {opening, opening + kHour}});
  }
  return list;
}

Trace make_trace() {
  Trace trace;
  trace.name = "made";
  trace.demand.start = *parse_timestamp("2026-03-02T00:00:00Z");
  trace.demand.step = kMinute;
  Random random(5);
  const auto sales = events(trace.demand.start);
  for (std::size_t minute = 0; minute < kDays * kDayMinutes; ++minute) {
    const double hour = static_cast<double>(minute % kDayMinutes) / 60.0;
    double demand = 200 + 120 * std::sin(2 * std::numbers::pi * (hour - 8) / 24);
    for (const auto& sale : sales)
      if (sale.span.contains(trace.time_of(minute))) demand *= 2.5;
    trace.demand.values.push_back(demand * (1 + 0.05 * random.normal()));
  }
  return trace;
}

struct AlmanacReplayTest : testing::Test {
  Trace trace = make_trace();
  calendar::Calendar calendar = calendar::Calendar::of(events(trace.demand.start));
  Plant plant{.unit_capacity = 10, .boot = 5};
  ReplaySettings settings{.from = 4 * kDayMinutes, .to = kDays * kDayMinutes};
};

// Strict causality, end to end: training, calibration, volatility, guard rails. Whatever the rest of the trace holds,
// every decision taken before it is the same to the bit.
TEST_F(AlmanacReplayTest, DecisionsOfThePastAreTheSameToTheBitWhateverTheFutureHolds) {
  const std::size_t change = 5 * kDayMinutes + 613;  // in the middle of a day, an interval and a cover window
  Trace other = trace;
  for (std::size_t minute = change; minute < other.minutes(); ++minute)
    other.demand.values[minute] = minute % 7 == 0 ? kMissing : 5000.0 + static_cast<double>(minute % 100);
  const auto a = replay_almanac(trace, calendar, plant, settings), b = replay_almanac(other, calendar, plant, settings);
  ASSERT_TRUE(a && b);
  ASSERT_EQ(a->ticks.front().minute, settings.from);
  std::size_t compared = 0, differing_later = 0;
  for (std::size_t i = 0; i < std::min(a->ticks.size(), b->ticks.size()); ++i) {
    const ReplayTick &x = a->ticks[i], &y = b->ticks[i];
    if (x.minute > change) {
      differing_later += capacities(x, plant) != capacities(y, plant);
      continue;
    }
    ASSERT_EQ(x.minute, y.minute);
    ASSERT_EQ(capacities(x, plant), capacities(y, plant)) << "at minute " << x.minute;
    ASSERT_EQ(x.median, y.median);
    ASSERT_EQ(x.q99, y.q99);
    ++compared;
  }
  EXPECT_GT(compared, 288u + 100u);
  EXPECT_GT(differing_later, 50u);  // the test can fail
}

TEST_F(AlmanacReplayTest, SeesOnlyRowsThatProductionWouldCollect) {
  // The order of the minutes within an interval is not collected, only their sum and their maximum: shuffling them
  // changes nothing.
  Trace shuffled = trace;
  for (std::size_t first = 0; first + 5 <= shuffled.minutes(); first += 5)
    std::reverse(shuffled.demand.values.begin() + static_cast<std::ptrdiff_t>(first),
                 shuffled.demand.values.begin() + static_cast<std::ptrdiff_t>(first + 5));
  settings.use_lstm = false;
  const auto a = replay_almanac(trace, calendar, plant, settings),
             b = replay_almanac(shuffled, calendar, plant, settings);
  ASSERT_TRUE(a && b);
  ASSERT_EQ(a->ticks.size(), b->ticks.size());
  int differing = 0;  // sums in another order differ in the last bit, which may tip a rounding
  for (std::size_t i = 0; i < a->ticks.size(); ++i)
    differing += capacities(a->ticks[i], plant) != capacities(b->ticks[i], plant);
  EXPECT_LT(differing, 6);
}

TEST_F(AlmanacReplayTest, TooShortAHistoryIsAnErrorThatSaysSo) {
  settings.from = kDayMinutes;
  const auto replay = replay_almanac(trace, calendar, plant, settings);
  ASSERT_FALSE(replay);
  EXPECT_NE(replay.error().message.find("at least 2"), std::string::npos);
}

}  // namespace
}  // namespace almanac::simulation

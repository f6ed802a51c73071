#include "control/punctuality.h"

#include <gtest/gtest.h>

#include <vector>

namespace almanac::control {
namespace {

constexpr Duration kInterval{300};
const Timestamp kNoon = *parse_timestamp("2026-11-27T12:05:00Z");  // not a full hour

Row row_of(Timestamp start, bool requests, bool group) {
  Row row;
  row.start = start;
  if (requests) row.request_count = 100;
  if (group) row.cpu_utilization = 40, row.in_service_instances = 4;
  return row;
}

// The ticks before kNoon, newest first as (minutes after the tick, intervals that its metrics were behind).
std::vector<std::shared_ptr<const records::Record>> ledger(const std::vector<std::pair<int, int>>& newest_first) {
  std::vector<std::shared_ptr<const records::Record>> records;
  for (std::size_t i = newest_first.size(); i-- > 0;) {
    auto record = std::make_shared<records::Record>();
    record->decision.now = kNoon - kInterval * static_cast<long long>(i + 1);
    record->decided_at = record->decision.now + kMinute * newest_first[i].first;
    record->metrics_until = record->decision.now - kInterval * newest_first[i].second;
    records.push_back(record);
  }
  return records;
}

TEST(WholeUntil, IsWhereWhatDemandIsMadeOfEnds) {
  std::vector<Row> rows;
  for (int i = 0; i < 12; ++i) rows.push_back(row_of(kNoon + kInterval * i, true, true));
  EXPECT_EQ(whole_until(rows, kInterval), kNoon + kInterval * 12);
  // The CPU comes before the requests: the interval is known, but not whole.
  rows.push_back(row_of(kNoon + kInterval * 12, false, true));
  EXPECT_EQ(whole_until(rows, kInterval), kNoon + kInterval * 12);
  // The requests come before the CPU, and are enough.
  rows.back() = row_of(kNoon + kInterval * 12, true, false);
  EXPECT_EQ(whole_until(rows, kInterval), kNoon + kInterval * 13);
}

TEST(WholeUntil, WithoutRequestsItTakesCpuAndInstances) {
  std::vector<Row> rows{row_of(kNoon, false, true), row_of(kNoon + kInterval, false, true)};
  EXPECT_EQ(whole_until(rows, kInterval), kNoon + kInterval * 2);
  rows.back().in_service_instances.reset();
  EXPECT_EQ(whole_until(rows, kInterval), kNoon + kInterval);
  rows.back().request_count = 0;  // a placeholder
  EXPECT_EQ(whole_until(rows, kInterval), kNoon + kInterval);
  // A group of which no row knows the instances has its CPU.
  rows.erase(rows.begin());
  EXPECT_EQ(whole_until(rows, kInterval), kNoon + kInterval * 2);
  rows.back().cpu_utilization.reset();
  EXPECT_EQ(whole_until(rows, kInterval), std::nullopt);
  EXPECT_EQ(whole_until({}, kInterval), std::nullopt);
}

TEST(Punctuality, OfNothingWaitsForTheIntervalThatJustEndedAndLooksAtOnce) {
  const Punctuality usual = punctuality({}, kNoon, kInterval);
  EXPECT_EQ(usual.lag, 0);
  EXPECT_EQ(usual.first_look, Duration{0});
  EXPECT_EQ(usual.age, Duration{0});
  EXPECT_FALSE(is_due(usual, kNoon, kNoon, kNoon - kInterval, kInterval));
  EXPECT_TRUE(is_due(usual, kNoon, kNoon, kNoon, kInterval));
  EXPECT_FALSE(is_due(usual, kNoon, kNoon + Duration{239}, std::nullopt, kInterval));
  EXPECT_TRUE(is_due(usual, kNoon, kNoon + Duration{240}, std::nullopt, kInterval)) << "a minute before the next";
}

TEST(Punctuality, LooksWhenTheSoonestOfTheLastHourWasDecided) {
  EXPECT_EQ(punctuality(ledger({{3, 0}, {2, 0}, {4, 1}}), kNoon, kInterval).first_look, 2 * kMinute);
  EXPECT_EQ(punctuality(ledger({{0, 0}, {2, 0}}), kNoon, kInterval).first_look, Duration{0});
  // A tick that waited in vain until the end says nothing about when metrics come.
  EXPECT_EQ(punctuality(ledger({{4, 1}, {4, 1}, {4, 1}}), kNoon, kInterval).first_look, Duration{0});
  EXPECT_EQ(punctuality(ledger({{1, 1}, {4, 1}, {4, 1}}), kNoon, kInterval).first_look, kMinute);
}

// The best of the three before: one outlier changes nothing, and three ticks in vain are enough to wait no longer.
TEST(Punctuality, WaitsForAsNewAnIntervalAsOneOfTheThreeTicksBeforeHad) {
  EXPECT_EQ(punctuality(ledger({{4, 1}, {4, 1}, {2, 0}}), kNoon, kInterval).lag, 0);
  const Punctuality slow = punctuality(ledger({{4, 1}, {4, 1}, {4, 1}, {2, 0}}), kNoon, kInterval);
  EXPECT_EQ(slow.lag, 1);
  EXPECT_TRUE(is_due(slow, kNoon, kNoon, kNoon - kInterval, kInterval));
  EXPECT_FALSE(is_due(slow, kNoon, kNoon, kNoon - 2 * kInterval, kInterval));
}

TEST(Punctuality, AnHourlyTickAwaitsTheNewestAgain) {
  const Timestamp hour = floor_to(kNoon, kHour);
  auto slow = ledger({{9, 1}, {0, 1}, {0, 1}, {0, 1}});
  slow.pop_back();  // the tick at the hour itself
  EXPECT_EQ(punctuality(slow, hour, kInterval).lag, 0);
  EXPECT_EQ(punctuality(ledger({{3, 0}, {3, 0}}), hour, kInterval).first_look, Duration{0});
}

TEST(Punctuality, AnOutageIsNotWaitedOut) {
  const Punctuality dead = punctuality(ledger({{4, 12}, {4, 11}, {4, 10}}), kNoon, kInterval);
  EXPECT_TRUE(is_due(dead, kNoon, kNoon, kNoon - kHour, kInterval));
  EXPECT_TRUE(is_due(dead, kNoon, kNoon, std::nullopt, kInterval));
}

// Twenty ticks: eighteen at two minutes, one at three, one an interval behind at four minutes (nine in all). Nine of
// ten kept two minutes: rank ceil(0.9 x 20) = 18 of 120 x 18, 180, 540 seconds.
TEST(Punctuality, TheAgeIsWhatNineOfTenTicksKept) {
  std::vector<std::pair<int, int>> ticks(18, {2, 0});
  ticks.emplace_back(3, 0);
  ticks.emplace_back(4, 1);
  EXPECT_EQ(punctuality(ledger(ticks), kNoon, kInterval).age, 2 * kMinute);
  ticks.emplace_back(4, 1);
  ticks.emplace_back(4, 1);  // 22: rank 20 is the 540
  EXPECT_EQ(punctuality(ledger(ticks), kNoon, kInterval).age, 9 * kMinute);
  EXPECT_EQ(punctuality(ledger({{2, 0}, {2, 0}}), kNoon, kInterval).age, Duration{0}) << "too few to tell";
}

TEST(Punctuality, DryRunsAndLinesOfOlderVersionsSayNothing) {
  auto records = ledger({{4, 1}, {4, 1}, {4, 1}});
  for (auto& record : records) {
    auto changed = std::make_shared<records::Record>(*record);
    changed->decision.dry_run = true;
    record = changed;
  }
  EXPECT_EQ(punctuality(records, kNoon, kInterval).lag, 0);
  for (auto& record : records) {
    auto changed = std::make_shared<records::Record>(*record);
    changed->decision.dry_run = false;
    changed->decided_at.reset();
    record = changed;
  }
  EXPECT_EQ(punctuality(records, kNoon, kInterval).lag, 0);
}

// A timer that calls once a minute for intervals of a minute has nothing to wait for.
TEST(Punctuality, IntervalsOfAMinuteDecideAtOnce) {
  EXPECT_TRUE(is_due(Punctuality{}, kNoon, kNoon, std::nullopt, kMinute));
}

}  // namespace
}  // namespace almanac::control

#include "control/memory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "core/random.h"
#include "ports/memory_object_store.h"

namespace almanac::control {
namespace {

using testing::HasSubstr;

constexpr Duration kInterval{300};
const Timestamp kMidnight = parse_timestamp("2026-11-27T00:00:00Z").value();

std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> all;
  for (const double v : values) all.push_back(is_missing(v) ? 0 : std::bit_cast<std::uint64_t>(v));
  return all;
}

void expect_same(const Knowledge& a, const Knowledge& b) {
  ASSERT_EQ(a.history.start, b.history.start);
  ASSERT_EQ(a.history.interval, b.history.interval);
  ASSERT_EQ(a.unit_capacity, b.unit_capacity);
  ASSERT_EQ(bits(a.history.mean), bits(b.history.mean));
  ASSERT_EQ(bits(a.history.peak), bits(b.history.peak));
  ASSERT_EQ(bits(a.history.network), bits(b.history.network));
  ASSERT_EQ(bits(a.history.active), bits(b.history.active));
  ASSERT_EQ(bits(a.in_service), bits(b.in_service));
  ASSERT_EQ(a.rows, b.rows);
  ASSERT_EQ(a.recent_rows, b.recent_rows);
  ASSERT_EQ(a.last_demand, b.last_demand);
  ASSERT_EQ(a.doubts, b.doubts);
}

class MemoryTest : public testing::Test {
 protected:
  MemoryTest() { settings.name = "shop"; }

  Row random_row(Timestamp t) {
    Row r;
    r.start = t;
    if (random.uniform() < 0.95) r.cpu_utilization = 20 + 60 * random.uniform();
    if (random.uniform() < 0.95) r.in_service_instances = 10;
    if (random.uniform() < 0.95) r.request_count = 30'000 + 30'000 * random.uniform();
    // Hours and days of metrics that contradict each other, and single values.
    const auto kind = placeholders ? (t.time_since_epoch() / (5 * kHour)) % 7 : 0;
    if (kind == 3 || (placeholders && random.uniform() < 0.02)) r.request_count = 0;
    if (kind == 4 && r.cpu_utilization) *r.cpu_utilization *= 3;
    if (kind == 5) r.request_count = 40'000;
    if (kind == 6) r.in_service_instances = 0;
    if (r.request_count && random.uniform() < 0.9) r.request_peak = *r.request_count * 1.1;
    if (random.uniform() < 0.8) r.network_in = 1e6 * random.uniform();
    return r;
  }
  void append(Timestamp from, Timestamp to) {
    std::vector<Row> all;
    for (Timestamp t = from; t < to; t += kInterval)
      if (random.uniform() < 0.97) all.push_back(random_row(t));
    ASSERT_TRUE(rows.append(all));
  }
  Knowledge rebuilt(Timestamp until) { return know(*rows.read(history_range(until)), settings, until); }

  ports::MemoryObjectStore store;
  dataset::Dataset rows{store, "shop", kInterval};
  GroupSettings settings;
  Random random{11};
  bool placeholders = false;
};

// Rows come late, change and stay away, over two midnights.
TEST_F(MemoryTest, WhatItKeepsIsWhatItWouldMakeAnewToTheBit) {
  for (const bool capacity_known : {false, true}) {
    placeholders = capacity_known;
    for (const Duration history : {Duration{6 * kHour}, Duration{33 * kDay}}) {
      SCOPED_TRACE(fmt::format("capacity known {}, {} of history", capacity_known, format_duration(history)));
      const auto keys = store.list("").value();
      for (const std::string& key : keys) ASSERT_TRUE(store.remove(key));
      settings.capacity_per_instance = capacity_known ? std::optional(40.0) : std::nullopt;
      Memory memory(settings);
      const Timestamp begin = kMidnight - 9 * kHour;
      append(begin - history, begin);
      std::optional<Knowledge> before;
      int extended = 0;
      for (Timestamp now = begin; now < kMidnight + 27 * kHour; now += kInterval) {
        SCOPED_TRACE(format_timestamp(now));
        append(now - kInterval, now);
        if (random.uniform() < 0.2) {  // a value that came late, or another one than the first time
          const Row late = random_row(now - kInterval * static_cast<long long>(1 + random.uniform() * 20));
          ASSERT_TRUE(rows.append(late));
        }
        const auto [known, changed, problem] = memory.recall(rows, now);
        ASSERT_FALSE(problem);
        ASSERT_NO_FATAL_FAILURE(expect_same(known, rebuilt(now)));
        if (before && known.history.start == before->history.start) {
          ASSERT_EQ(changed, first_difference(known, *before));
          extended += changed > known.history.end() - 2 * kHour;
        } else {
          ASSERT_LE(changed, known.history.start);
        }
        before = known;
      }
      EXPECT_GT(extended, 200);
    }
  }
}

TEST_F(MemoryTest, ReadsOnlyTheLastDaysUntilTheHourIsOver) {
  settings.capacity_per_instance = 40;
  append(kMidnight - 100 * kDay, kMidnight + kHour);
  Memory memory(settings);
  memory.recall(rows, kMidnight + kHour);
  // What another process imports of old is seen with the next hour.
  Row old;
  old.start = kMidnight - 90 * kDay;
  old.cpu_utilization = 33;
  old.in_service_instances = 7;
  old.request_count = 123456;
  dataset::Dataset other(store, "shop", kInterval);
  ASSERT_TRUE(other.append(old));
  const auto soon = memory.recall(rows, kMidnight + kHour + 11 * kInterval);
  EXPECT_EQ(soon.changed, kMidnight + kHour);
  const auto later = memory.recall(rows, kMidnight + 2 * kHour);
  EXPECT_EQ(later.changed, old.start);
  ASSERT_NO_FATAL_FAILURE(expect_same(later.known, rebuilt(kMidnight + 2 * kHour)));
}

// A file of an older month that did not change is not parsed again, one in the middle of the last days is noticed too.
TEST_F(MemoryTest, AnHourlyLookAtUnchangedFilesFindsNothing) {
  settings.capacity_per_instance = 40;
  append(kMidnight - 100 * kDay, kMidnight + kHour);
  Memory memory(settings);
  memory.recall(rows, kMidnight + kHour);
  append(kMidnight + kHour, kMidnight + 2 * kHour);
  EXPECT_EQ(memory.recall(rows, kMidnight + 2 * kHour).changed, kMidnight + kHour);
  Row old = random_row(kMidnight - 20 * kDay);
  old.request_count = 1;
  ASSERT_TRUE(rows.append(old));
  EXPECT_EQ(memory.recall(rows, kMidnight + 3 * kHour).changed, old.start);
  ASSERT_NO_FATAL_FAILURE(
      expect_same(memory.recall(rows, kMidnight + 3 * kHour).known, rebuilt(kMidnight + 3 * kHour)));
}

TEST_F(MemoryTest, RowsThatCannotBeReadAreNotKnownAndReturnWithTheStore) {
  append(kMidnight - 3 * kDay, kMidnight + kHour);
  Memory memory(settings);
  memory.recall(rows, kMidnight + kHour);
  Timestamp now = kMidnight + kHour + kInterval;
  ASSERT_TRUE(store.put("shop/multi_metric_data/2026-11.csv", "not a row\n", ports::PutCondition::always()));
  const auto broken = memory.recall(rows, now);
  ASSERT_TRUE(broken.problem);
  EXPECT_THAT(broken.problem->message, HasSubstr("2026-11.csv"));
  EXPECT_EQ(broken.known.rows, 0);
  ASSERT_TRUE(store.remove("shop/multi_metric_data/2026-11.csv"));
  append(kMidnight - 3 * kDay, now);
  ASSERT_NO_FATAL_FAILURE(expect_same(memory.recall(rows, now).known, rebuilt(now)));
}

}  // namespace
}  // namespace almanac::control

#include "dataset/spacing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "dataset/grid.h"

namespace almanac::dataset {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration kInterval{300};
const Timestamp kStart = *parse_timestamp("2026-11-27T00:00");

std::vector<Row> rows_at(std::vector<Duration> offsets) {
  std::vector<Row> rows(offsets.size());
  for (std::size_t i = 0; i < offsets.size(); ++i) rows[i].start = kStart + offsets[i];
  return rows;
}

// How long rows at these minutes last, in minutes.
std::vector<long long> lasts(std::vector<int> minutes) {
  std::vector<Duration> offsets;
  for (const int m : minutes) offsets.push_back(m * kMinute);
  std::vector<long long> result;
  for (const Duration d : infer_spacing(rows_at(offsets), kInterval).of_row) result.push_back(d / kMinute);
  return result;
}

TEST(Spacing, ALongDistanceBetweenRowsOfOneSpacingIsAGap) {
  EXPECT_THAT(lasts({0, 1, 2, 7, 8}), Each(1));
  EXPECT_THAT(lasts({0, 60, 120, 240}), Each(60));
  EXPECT_THAT(lasts({0, 5, 10, 15, 30, 35, 40}), Each(5));
}

TEST(Spacing, TheIntervalDecidesWhereDistancesDoNot) {
  EXPECT_THAT(lasts({}), IsEmpty());
  EXPECT_THAT(lasts({3}), ElementsAre(5));
  EXPECT_THAT(lasts({0, 2 * 1440}), Each(5)) << "two lone rows are not two days long";
  EXPECT_THAT(lasts({0, 60, 120, 125}), Each(5)) << "five-minute rows with many gaps";
}

TEST(Spacing, MinutesThenFiveMinutesThenMinutesAreToldRowByRow) {
  // Minutes until 0:05, then five-minute rows until 0:25, then minutes again: the row at 0:05 is the first that lasts
  // five minutes, the one at 0:25 the first that lasts one.
  EXPECT_THAT(lasts({0, 1, 2, 3, 4, 5, 10, 15, 20, 25, 26, 27, 28}),
              ElementsAre(1, 1, 1, 1, 1, 5, 5, 5, 5, 1, 1, 1, 1));
}

TEST(Spacing, HoursThenFiveMinutes) {
  EXPECT_THAT(lasts({0, 60, 120, 180, 185, 190, 195}), ElementsAre(60, 60, 60, 5, 5, 5, 5));
}

TEST(Spacing, AGapInEitherPartStaysAGap) {
  // Minutes with 0:03 to 0:07 missing, then five-minute rows from 0:10 with 0:30 missing.
  EXPECT_THAT(lasts({0, 1, 2, 8, 9, 10, 15, 20, 25, 35, 40, 45, 50}),
              ElementsAre(1, 1, 1, 1, 1, 5, 5, 5, 5, 5, 5, 5, 5));
}

TEST(Spacing, ALastRowLastsAsLongAsTheOnesBefore) {
  EXPECT_EQ(lasts({0, 5, 10, 15}).back(), 5);
  EXPECT_EQ(lasts({0, 60, 120, 180, 181, 182, 183}).back(), 1);
}

TEST(Spacing, WhereTheSpacingChangesAtAGapTheRowBeforeItIsUnsure) {
  // Minutes until 0:03, nothing until 0:30, then five minutes: whether the row of 0:03 lasts one or five, nothing says.
  std::vector<Duration> offsets{0 * kMinute, 1 * kMinute, 2 * kMinute, 3 * kMinute};
  for (int m = 30; m <= 60; m += 5) offsets.push_back(m * kMinute);
  const Spacing spacing = infer_spacing(rows_at(offsets), kInterval);
  EXPECT_THAT(spacing.unsure, ElementsAre(kStart + 3 * kMinute));
  EXPECT_EQ(spacing.of_row[3], kMinute);
}

TEST(Spacing, RowsThatAreMissingAtRandomDoNotMakeALongerSpacing) {
  // Half of the five-minute rows of a day, at random: distances of 10 minutes are frequent, but not in a row.
  std::vector<Duration> offsets;
  unsigned state = 7;
  for (int i = 0; i < 288; ++i) {
    state = state * 1664525u + 1013904223u;
    if (state >> 31) offsets.push_back(i * kInterval);
  }
  EXPECT_THAT(infer_spacing(rows_at(offsets), kInterval).of_row, Each(kInterval));
}

TEST(Spacing, ACollectorsUnevenClockLeavesNeitherHolesNorOverlaps) {
  const auto rows = rows_at({Duration{159}, Duration{460}, Duration{758}, Duration{1061}, Duration{1360}});
  const Spacing spacing = infer_spacing(rows, kInterval);
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) EXPECT_EQ(rows[i].start + spacing.of_row[i], rows[i + 1].start);
  EXPECT_EQ(describe(spacing), "5m");
}

TEST(Spacing, IsDescribedByItsParts) {
  EXPECT_EQ(describe(infer_spacing(rows_at({Duration{0}, kMinute, 2 * kMinute, 3 * kMinute, 8 * kMinute, 13 * kMinute,
                                            18 * kMinute, 23 * kMinute}),
                                   kInterval)),
            "5m (5 rows) and 1m (3 rows)");
  EXPECT_EQ(describe(same_spacing(0, kMinute)), "no rows");
}

// Stretches of rows, each of its own spacing, without gaps between: whatever the rows count is there again, no request
// five times and none a fifth.
RC_GTEST_PROP(Spacing, MixedRowsKeepTheirTotalOnTheGrid, ()) {
  const std::vector<Duration> steps{Duration{30}, kMinute, Duration{300}, Duration{600}, Duration{900}, kHour};
  const auto stretches = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<std::size_t, int>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, 6), rc::gen::inRange(4, 40))));
  std::vector<Row> rows;
  std::vector<Duration> expected;
  Timestamp at = kStart;
  const auto add = [&](Duration step) {
    rows.push_back({});
    rows.back().start = at;
    expected.push_back(step);
    at += step;
  };
  for (const auto& [which, length] : stretches)
    for (int i = 0; i < length; ++i) add(steps[which]);
  // Half minutes until the end of an interval, so that all are covered whole.
  for (int i = 0; i < 4 || at != floor_to(at, kInterval); ++i) add(steps[0]);
  double total = 0;
  for (Row& row : rows) total += *(row.request_count = *rc::gen::inRange(0, 1000));
  const Spacing spacing = infer_spacing(rows, kInterval);
  RC_ASSERT(spacing.of_row == expected);
  double found = 0;
  for (const Row& row : resample(rows, spacing.of_row, kInterval)) found += *row.request_count;
  RC_ASSERT(std::abs(found - total) <= 1e-9 * (1 + total));
}

}  // namespace
}  // namespace almanac::dataset

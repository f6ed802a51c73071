// Which values of the CPU are believed.
#include "dataset/credibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/test_credibility.h"

namespace almanac::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Credibility, ACpuThatNeverExceedsOneIsAShare) {
  const auto all = judged(rows_of(3 * kDay, [](Row& row) { *row.cpu_utilization /= 100; }));
  EXPECT_EQ(known(all, &Row::cpu_utilization), 0U);
  EXPECT_EQ(known(all, &Row::request_count), 3U * 288);
  ASSERT_THAT(kinds(all), ElementsAre(Doubt::cpu_is_share));
  EXPECT_EQ(describe(summed_up(all.doubts).front()),
            "cpu_utilization never exceeds 1 (highest 0.7): it looks like a ratio of 0 to 1 and percent are expected; "
            "not believed");
}

TEST(Credibility, AShareIsNoticedInTheFirstHourOfAHistory) {
  const auto all = judged(rows_of(kHour, [](Row& row) { *row.cpu_utilization /= 60; }));  // 0.33 at midnight
  EXPECT_EQ(known(all, &Row::cpu_utilization), 0U);
}

TEST(Credibility, AMendedShareCountsFromItsMendingOn) {
  const Timestamp mended = kMonday + 3 * kDay + 10 * kHour;
  const auto all = judged(rows_of(6 * kDay, [&](Row& row) {
    if (row.start < mended) *row.cpu_utilization /= 100;
  }));
  for (const Row& row : all.rows) ASSERT_EQ(row.cpu_utilization.has_value(), row.start >= mended);
}

TEST(Credibility, ACpuThatBecomesAShareIsNotBelievedAtOnce) {
  const Timestamp changed = kMonday + 2 * kDay + 11 * kHour;
  for (const Duration since : {kFive, Duration{6 * kHour}, Duration{20 * kHour}, Duration{35 * kHour}, 5 * kDay}) {
    const auto all = judged(rows_of(changed + since - kMonday, [&](Row& row) {
      if (row.start >= changed) *row.cpu_utilization /= 100;
    }));
    for (const Row& row : all.rows)
      ASSERT_EQ(row.cpu_utilization.has_value(), row.start < changed) << format_timestamp(row.start);
  }
}

TEST(Credibility, ABatchThatEndsIsNoChangeOfUnit) {
  // 70 % while it works, then 0.7 %, and nothing comes in any more.
  const auto rows = rows_of(3 * kDay, [](Row& row) {
    const bool works = height_of_day(row.start) > 0.5;
    row.cpu_utilization = works ? 70 : 0.7;
    row.network_in = works ? 4e8 : 1e5;
    row.request_count.reset();
    row.request_peak.reset();
  });
  EXPECT_EQ(judged(rows, std::nullopt).rows, rows);
}

TEST(Credibility, APlaceholderOfRequestsIsSeenBesideAShareToo) {
  const auto all = judged(rows_of(2 * kDay, [](Row& row) {
    *row.cpu_utilization /= 100;
    row.request_count = row.request_peak = 0;
  }));
  EXPECT_THAT(kinds(all), ElementsAre(Doubt::cpu_is_share, Doubt::requests_zero));
  EXPECT_EQ(known(all, &Row::request_count), 0U);
}

TEST(Credibility, ASumOverProcessorsIsNotAPercentage) {
  // Four processors: 80 at night, 280 at noon; above 100 from 2 to 22 o'clock or so.
  const auto all = judged(rows_of(3 * kDay, [](Row& row) { *row.cpu_utilization *= 4; }), std::nullopt);
  EXPECT_EQ(kinds(all).front(), Doubt::cpu_above_100);
  const auto second_night = all.rows[288];
  EXPECT_EQ(second_night.start, kMonday + kDay);
  EXPECT_FALSE(second_night.cpu_utilization) << "80 at night is of the same sum";
  EXPECT_THAT(describe(summed_up(all.doubts).front()), HasSubstr("reaches 280"));
}

TEST(Credibility, OneImpossibleCpuIsOneMissingValue) {
  auto rows = rows_of(2 * kDay, honest);
  rows[300].cpu_utilization = 3000;
  rows[400].cpu_utilization = 100.4;  // rounded
  const auto all = judged(rows);
  EXPECT_FALSE(all.rows[300].cpu_utilization);
  EXPECT_EQ(known(all, &Row::cpu_utilization), rows.size() - 1);
}

TEST(Credibility, ACpuOfExactlyZeroWhileRequestsAreServedIsNotMeasured) {
  const auto all = judged(rows_of(2 * kDay, [](Row& row) { row.cpu_utilization = 0; }));
  EXPECT_EQ(known(all, &Row::cpu_utilization), 0U);
  EXPECT_THAT(kinds(all), ElementsAre(Doubt::cpu_zero));
  const auto by_network = judged(rows_of(2 * kDay, [](Row& row) {
    row.cpu_utilization = 0;
    row.request_count.reset();
    row.request_peak.reset();
  }));
  EXPECT_EQ(known(by_network, &Row::cpu_utilization), 0U);
}

}  // namespace
}  // namespace almanac::dataset

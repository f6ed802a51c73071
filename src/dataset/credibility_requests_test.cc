// Which request counts are believed.
#include "dataset/credibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/test_credibility.h"

namespace almanac::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Credibility, ACounterThatNeverCountsLeavesTheLoadToTheCpuHoweverLowThatIs) {
  const auto all = judged(rows_of(4 * kDay, [](Row& row) {
    row.cpu_utilization = 3 + 10 * height_of_day(row.start);  // 40 x 3 to 13 %: 1.2 to 5.2 busy instances
    row.in_service_instances = 40;
    row.request_count = row.request_peak = 0;
  }));
  EXPECT_EQ(known(all, &Row::request_count), 0U);
  ASSERT_THAT(kinds(all), ElementsAre(Doubt::requests_zero));
  EXPECT_EQ(summed_up(all.doubts).front().rows, 4U * 288);
  EXPECT_THAT(describe(summed_up(all.doubts).front()), HasSubstr("up to 13 %"));
}

TEST(Credibility, BelievesAQuietWeekendOfACounterThatCountedBeforeIt) {
  const auto rows = rows_of(4 * kDay, [](Row& row) {
    if (row.start < kMonday + 2 * kDay) return;
    row.cpu_utilization = 12;  // 1.2 busy instances
    row.request_count = row.request_peak = 0;
  });
  EXPECT_EQ(judged(rows).rows, rows);
}

TEST(Credibility, RequestsThatClaimFarMoreThanTheCpuDoesBringDemandFromTheCpu) {
  // Capped at 65 %: there is room in every interval.
  const auto times = [](double factor) {
    return rows_of(2 * kDay, [=](Row& row) {
      row.cpu_utilization = 15 + 50 * height_of_day(row.start);
      row.request_count = factor * *row.cpu_utilization / 100 * 10 * kUnit * 300;
      row.request_peak = row.request_count;
    });
  };
  const auto all = judged(times(5));
  EXPECT_EQ(known(all, &Row::request_count), 0U);
  EXPECT_EQ(known(all, &Row::request_peak), 0U);
  EXPECT_EQ(known(all, &Row::cpu_utilization), 576U);
  ASSERT_THAT(kinds(all), ElementsAre(Doubt::requests_too_many));
  EXPECT_THAT(describe(all.doubts.front()), HasSubstr("claims far more than the CPU does"));
  EXPECT_EQ(column_of(Doubt::requests_too_many), "request_count");
  EXPECT_EQ(judged(times(3.9)).rows, times(3.9)) << "a capacity may be off by four";
  EXPECT_EQ(judged(times(5), std::nullopt).rows, times(5)) << "nothing says what an instance serves";
}

TEST(Credibility, OneAbsurdCountIsNotBelievedAtOnce) {
  auto rows = rows_of(kDay + 6 * kHour, honest);  // 45 % at six o'clock
  *rows.back().request_count *= 21;
  EXPECT_THAT(kinds(judged(rows)), ElementsAre(Doubt::requests_too_many));
  EXPECT_EQ(known(judged(rows), &Row::request_count), rows.size() - 1);
  *rows.back().request_count *= 19.0 / 21;
  EXPECT_EQ(judged(rows).rows, rows) << "a rush";
}

TEST(Credibility, BelievesAnyRequestsBesideAFullCpu) {
  const auto rows = rows_of(2 * kDay, [](Row& row) {
    row.cpu_utilization = 70;
    *row.request_count *= 30;
  });
  EXPECT_EQ(judged(rows).rows, rows) << "an overload hides how much was asked for";
}

TEST(Credibility, ACounterThatAlwaysClaimsTenfoldIsNotBelievedAtNoonEither) {
  auto rows = rows_of(2 * kDay, [](Row& row) {
    row.cpu_utilization = 20 + 70 * height_of_day(row.start);  // above 70 % from 8:30 to 15:30 or so
    row.request_count = row.request_peak = *row.cpu_utilization / 100 * 10 * kUnit * 300 * 10;
  });
  EXPECT_EQ(known(judged(rows), &Row::request_count), 0U);
  *rows[144].request_count *= 2.5;  // at 90 %: more than the tenfold of a full group
  EXPECT_EQ(known(judged(rows), &Row::request_count), 1U);
}

TEST(Credibility, BelievesManyCheapRequestsOfAnIdleGroup) {
  const auto rows = rows_of(2 * kDay, [](Timestamp t) {
    Row row = quiet(t);
    row.cpu_utilization = 1.2;
    row.request_count = 12'000 + static_cast<double>(t.time_since_epoch().count() % 900);  // 0.8 busy of 0.024
    return row;
  });
  const auto all = judged(rows);
  EXPECT_THAT(kinds(all), IsEmpty()) << "the difference is not an instance";
}

TEST(Credibility, RequestsOfZeroBesideABusyCpuAreAPlaceholder) {
  // At night the CPU is at 8 %: those zeros are of the same placeholder.
  const auto all = judged(rows_of(2 * kDay, [](Row& row) {
    row.cpu_utilization = 8 + 60 * height_of_day(row.start);
    row.request_count = 0;
    row.request_peak = 0;
  }));
  EXPECT_EQ(known(all, &Row::request_count), 0U);
  EXPECT_EQ(known(all, &Row::request_peak), 0U);
  EXPECT_EQ(known(all, &Row::cpu_utilization), 576U);
  ASSERT_THAT(kinds(all), ElementsAre(Doubt::requests_zero));
  const Doubted sum = summed_up(all.doubts).front();
  EXPECT_EQ(sum.rows, 576U);
  EXPECT_EQ(sum.span, (TimeRange{kMonday, kMonday + 2 * kDay}));
  EXPECT_EQ(describe(sum),
            "request_count is 0 while the CPU is at up to 68 %: not believed, demand is CPU x instances in service "
            "instead");
}

TEST(Credibility, KeepsTheHalfOfAHistoryThatIsNotAPlaceholder) {
  const Timestamp installed = kMonday + 5 * kDay;
  const auto all = judged(rows_of(10 * kDay, [&](Row& row) {
    if (row.start < installed) row.request_count = row.request_peak = 0;
  }));
  for (const Row& row : all.rows) ASSERT_EQ(row.request_count.has_value(), row.start >= installed);
  EXPECT_EQ(summed_up(all.doubts).front().span, (TimeRange{kMonday, installed}));
}

TEST(Credibility, DoubtsTheFirstZeroOfACounterThatBreaksUnderLoad) {
  auto rows = rows_of(kDay + 12 * kHour, honest);
  rows.back().request_count = rows.back().request_peak = 0;  // CPU 70 % at noon
  const auto all = judged(rows);
  EXPECT_FALSE(all.rows.back().request_count);
  EXPECT_EQ(known(all, &Row::request_count), rows.size() - 1);
}

TEST(Credibility, ABackupAtNightIsNoReasonToDoubtTheQuietHoursAroundIt) {
  const auto all = judged(rows_of(3 * kDay, [](Timestamp t) {
    Row row = quiet(t);
    const auto minute = (t.time_since_epoch().count() % 86400) / 60;
    if (minute >= 120 && minute < 180) row.cpu_utilization = 60;
    return row;
  }));
  EXPECT_EQ(summed_up(all.doubts).front().rows, 36U) << "12 intervals a night are work that no request asked for";
  EXPECT_EQ(known(all, &Row::request_count), 3U * 288 - 36);
}

TEST(Credibility, RequestsThatStandStillWhileTheLoadMovesAreNotCounted) {
  const auto all = judged(rows_of(3 * kDay, [](Row& row) { row.request_count = row.request_peak = 40'000; }));
  EXPECT_EQ(known(all, &Row::request_count), 0U);
  EXPECT_THAT(kinds(all), ElementsAre(Doubt::requests_stuck));
  EXPECT_THAT(describe(summed_up(all.doubts).front()), HasSubstr("stands at 40000"));
}

TEST(Credibility, ACounterThatSticksInTheMorningIsNotBelievedFromThereOn) {
  const Timestamp sticks = kMonday + kDay + 6 * kHour, mended = sticks + 14 * kHour;
  const auto all = judged(rows_of(4 * kDay, [&](Row& row) {
    if (row.start >= sticks && row.start < mended) row.request_count = honest(sticks).request_count;
  }));
  for (const Row& row : all.rows)
    ASSERT_EQ(row.request_count.has_value(), row.start < sticks || row.start >= mended) << format_timestamp(row.start);
}

TEST(Credibility, RequestsThatExplainLittleOfTheCpuBringDemandFromTheCpu) {
  // One of five load balancers is counted.
  const auto rows = rows_of(2 * kDay, [](Row& row) { *row.request_count /= 5, *row.request_peak /= 5; });
  const auto all = judged(rows);
  EXPECT_EQ(known(all, &Row::request_count), 0U);
  ASSERT_THAT(kinds(all), ElementsAre(Doubt::requests_too_few));
  EXPECT_THAT(describe(all.doubts.front()), HasSubstr("explains too little of what the CPU does"));
  EXPECT_EQ(judged(rows, std::nullopt).rows, rows) << "nothing says what an instance serves";
}

TEST(Credibility, ACountThatBecomesARatePerSecondIsNotBelievedAtOnce) {
  auto rows = rows_of(kDay + 12 * kHour, honest);
  *rows.back().request_count /= 300;
  EXPECT_FALSE(judged(rows).rows.back().request_count);
}

}  // namespace
}  // namespace almanac::dataset

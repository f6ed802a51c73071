#include "dataset/credibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/test_credibility.h"

namespace almanac::dataset {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Credibility, BelievesMetricsThatAgree) {
  const auto rows = rows_of(3 * kDay, honest);
  const auto all = judged(rows);
  EXPECT_THAT(kinds(all), IsEmpty());
  EXPECT_EQ(all.rows, rows);
  EXPECT_THAT(kinds(judged({})), IsEmpty());
}

TEST(Credibility, BelievesTheNightsOfAGroupWithLittleTraffic) {
  const auto rows = rows_of(14 * kDay, quiet);
  EXPECT_EQ(judged(rows).rows, rows);
  EXPECT_EQ(judged(rows, std::nullopt).rows, rows);
}

TEST(Credibility, SaysNothingOfACounterAtZeroWhereNothingIsDone) {
  auto rows = rows_of(7 * kDay, [](Timestamp t) {
    Row row = quiet(t);
    row.request_count = 0;
    row.cpu_utilization = 12;  // agents on a very small instance
    return row;
  });
  const auto all = judged(rows);
  EXPECT_THAT(all.doubts, IsEmpty()) << "2 x 12 % are not an instance's work";
  for (Row& row : rows) row.request_count.reset();
  EXPECT_EQ(all.rows, rows) << "a counter that never counted is no reason to call the CPU wrong";
}

TEST(Credibility, BelievesHealthChecksBesideANightlyBackup) {
  const auto rows = rows_of(3 * kDay, [](Timestamp t) {
    Row row = quiet(t);
    row.request_count = 60;
    const auto minute = (t.time_since_epoch().count() % 86400) / 60;
    if (minute >= 180 && minute < 210) row.cpu_utilization = 80;
    return row;
  });
  EXPECT_THAT(kinds(judged(rows, std::nullopt)), IsEmpty());
}

TEST(Credibility, BelievesAnIdleCpuThatPassesOneNowAndThen) {
  const auto rows = rows_of(5 * kDay, [](Timestamp t) {
    Row row = quiet(t);
    row.cpu_utilization = t.time_since_epoch().count() % 86400 == 14400 ? 1.3 : 0.4;
    return row;
  });
  EXPECT_EQ(judged(rows).rows, rows);
}

TEST(Credibility, BelievesAnIdleCpuRoundedToWholePerCent) {
  const auto rows = rows_of(2 * kDay, [](Timestamp t) {
    Row row = quiet(t);
    row.cpu_utilization = *row.request_count > 0 ? 1 : 0;
    return row;
  });
  EXPECT_EQ(judged(rows).rows, rows);
  EXPECT_EQ(judged(rows, std::nullopt).rows, rows);
}

TEST(Credibility, BelievesAnIdleCpuUnderOneWhereTheRequestsNeedNoMore) {
  const auto rows = rows_of(5 * kDay, [](Timestamp t) {
    Row row = quiet(t);
    row.cpu_utilization = 0.5;
    row.request_count = 150;  // 0.5 requests/s: 0.01 busy instances of the 2 x 0.5 %
    return row;
  });
  EXPECT_EQ(judged(rows).rows, rows);
}

TEST(Credibility, BelievesANightUnderOnePerCentBetweenBusyDays) {
  const auto rows = rows_of(4 * kDay, [](Row& row) {
    if (height_of_day(row.start) < 0.5) row.cpu_utilization = 0.8, row.request_count = 100, row.request_peak = 100;
  });
  EXPECT_EQ(judged(rows).rows, rows);
}

TEST(Credibility, BelievesThatAGroupWasEmptiedOnPurpose) {
  const auto rows = rows_of(2 * kDay, [](Row& row) {
    if (height_of_day(row.start) > 0.5) return;
    row = Row{.start = row.start};
    row.in_service_instances = 0;  // no instance, no CPU
    row.request_count = 0;
  });
  EXPECT_EQ(judged(rows).rows, rows);
}

TEST(Credibility, BelievesAStatedCapacityThatIsOffByHalfOrDouble) {
  const auto rows = rows_of(2 * kDay, honest);
  EXPECT_EQ(judged(rows, kUnit * 2).rows, rows);
  EXPECT_EQ(judged(rows, kUnit / 2).rows, rows);
}

TEST(Credibility, BelievesTheSteadyLoadOfATest) {
  const auto rows = rows_of(2 * kDay, [](Row& row) {
    row.cpu_utilization = 55;
    row.request_count = row.request_peak = 82'500;  // 5.5 busy x 50 x 300
  });
  EXPECT_EQ(judged(rows).rows, rows);
}

// Two busy days, then two without work.
std::vector<Row> then_idle(const std::function<void(Row&)>& idle) {
  return rows_of(4 * kDay, [&](Row& row) {
    if (row.start < kMonday + 2 * kDay) return;
    row.cpu_utilization = row.start.time_since_epoch().count() % 600 == 0 ? 0.55 : 0.05;
    row.in_service_instances = 4;
    row.request_count = row.request_peak = 0;
    idle(row);
  });
}

TEST(Credibility, BelievesAnIdleWeekendByItsTinyNetwork) {
  const auto rows = then_idle([](Row& row) { row.network_in = 3e4; });  // 25 bytes/s an instance
  EXPECT_EQ(judged(rows).rows, rows);
  EXPECT_EQ(judged(rows, std::nullopt).rows, rows);
}

TEST(Credibility, BelievesAnIdleWeekendByANetworkThatFellWithTheCpu) {
  // A busy instance receives 50 x 300 x 800 = 1.2e7 bytes. An idle CPU of 0.3 % of four makes 0.012 of one, the same as
  // a share 1.2; up to 0.12 is nearer to the former.
  const auto fell = then_idle([](Row& row) { row.network_in = 1.3e6; });  // 1083 bytes/s an instance, 0.11 busy
  EXPECT_EQ(judged(fell).rows, fell);
  const auto stayed = judged(then_idle([](Row& row) { row.network_in = 1.5e7; }));  // 1.25 busy
  EXPECT_THAT(kinds(stayed), ElementsAre(Doubt::cpu_is_share, Doubt::requests_zero));
  EXPECT_EQ(known(stayed, &Row::cpu_utilization), 2U * 288);
}

TEST(Credibility, BelievesAGroupThatWasNeverBusyByItsTinyNetwork) {
  auto rows = rows_of(4 * kDay, [](Timestamp t) {
    Row row;
    row.start = t;
    row.cpu_utilization = 0.3 + 0.25 * height_of_day(t);
    row.in_service_instances = 4;
    row.network_in = 3e4;
    return row;
  });
  EXPECT_EQ(judged(rows).rows, rows) << "no requests are known";
  for (Row& row : rows) row.request_count = 3;
  EXPECT_EQ(judged(rows, std::nullopt).rows, rows) << "0.0025 requests/s an instance";
  for (Row& row : rows) row.network_in = 5e7;  // 42 kB/s an instance
  EXPECT_EQ(known(judged(rows, std::nullopt), &Row::cpu_utilization), 0U);
}

TEST(Credibility, ADoubtedCpuAloneMakesNoPlaceholderOfTheRequests) {
  const auto all = judged(then_idle([](Row& row) { row.network_in.reset(); }));
  EXPECT_THAT(kinds(all), ElementsAre(Doubt::cpu_is_share)) << "nothing says that the group is idle";
  EXPECT_EQ(known(all, &Row::request_count), 4U * 288) << "the counter did count the days before";
}

// --- instances and network

TEST(Credibility, NoInstancesBesideACpuOrRequestsAreAPlaceholder) {
  const auto all = judged(rows_of(kDay, [](Row& row) { row.in_service_instances = 0; }));
  EXPECT_EQ(known(all, &Row::in_service_instances), 0U);
  EXPECT_EQ(known(all, &Row::request_count), 288U);
  EXPECT_THAT(kinds(all), ElementsAre(Doubt::instances_zero));
}

TEST(Credibility, AnOutageWrittenAsZerosIsMissingNotIdle) {
  auto rows = rows_of(kDay + 13 * kHour, honest);
  for (std::size_t i = rows.size() - 6; i < rows.size(); ++i) {
    rows[i].cpu_utilization = rows[i].in_service_instances = rows[i].request_count = 0;
    rows[i].request_peak = rows[i].network_in = 0;
  }
  const auto all = judged(rows);
  EXPECT_THAT(kinds(all), ElementsAre(Doubt::zero_filled));
  EXPECT_EQ(all.rows.back(), Row{.start = rows.back().start});
}

TEST(Credibility, ZerosBesideInstancesThatRunAreMissingWhereverTheyStand) {
  for (const bool counted : {true, false}) {
    const auto all = judged(rows_of(2 * kDay, [&](Row& row) {
      if (!counted) row.in_service_instances.reset();
      if (row.start >= kMonday + 12 * kHour && row.start.time_since_epoch().count() % 600 != 0) return;
      row.cpu_utilization = row.request_count = row.request_peak = row.network_in = 0;
    }));
    ASSERT_THAT(kinds(all), ElementsAre(Doubt::zero_filled));
    // The first 144 and half of the other 432.
    for (const auto column : {&Row::cpu_utilization, &Row::request_count, &Row::request_peak, &Row::network_in})
      EXPECT_EQ(known(all, column), 216U);
    EXPECT_EQ(known(all, &Row::in_service_instances), counted ? 576U : 0U) << "the instances are counted elsewhere";
    EXPECT_THAT(describe(all.doubts.front()), HasSubstr("exactly 0, which those of an instance that runs never are"));
  }
}

TEST(Credibility, ACpuThatFallsToZeroWithoutANetworkToTellIsMissing) {
  auto rows = rows_of(kDay + 13 * kHour, [](Row& row) {
    row.network_in.reset();
    row.request_count.reset();
    row.request_peak.reset();
  });
  for (std::size_t i = rows.size() - 3; i < rows.size(); ++i) rows[i].cpu_utilization = 0;
  const auto all = judged(rows);
  EXPECT_THAT(kinds(all), ElementsAre(Doubt::zero_filled));
  EXPECT_EQ(known(all, &Row::cpu_utilization), rows.size() - 3);
  // Through the afternoon to an idle CPU, rounded to whole per cent: that is no outage.
  rows[rows.size() - 4].cpu_utilization = 2;
  EXPECT_EQ(judged(rows).rows, rows);
}

TEST(Credibility, NoNetworkWhileRequestsAreServedIsAPlaceholder) {
  const auto all = judged(rows_of(kDay, [](Row& row) { row.network_in = 0; }));
  EXPECT_EQ(known(all, &Row::network_in), 0U);
  EXPECT_THAT(kinds(all), ElementsAre(Doubt::network_zero));
}

// --- what a judgement depends on

TEST(Credibility, DependsOnNoDayFartherAwayThanItsWitnesses) {
  // Each day is another kind of wrong, and some are right.
  const auto rows = rows_of(24 * kDay, [](Row& row) {
    switch ((row.start - kMonday) / kDay * 7 % 8) {
      case 0:
        row.request_count = row.request_peak = 0;
        break;
      case 1:
        *row.cpu_utilization /= 100;
        break;
      case 2:
        *row.cpu_utilization *= 4;
        break;
      case 3:
        row.request_count = 40'000;
        break;
      case 4:
        row.cpu_utilization = row.in_service_instances = row.request_count = 0;
        break;
      case 5:
        *row.request_count /= 10;
        if (row.start - kMonday > 20 * kDay) *row.cpu_utilization /= height_of_day(row.start) > 0.6 ? 100 : 1;
        break;
      default:
        break;
    }
    if (row.start - kMonday > 10 * kDay && row.start - kMonday < 11 * kDay + 16 * kHour) row.cpu_utilization.reset();
  });
  const auto whole = judged(rows);
  EXPECT_GE(kinds(whole).size(), 5U);
  const auto day = static_cast<std::size_t>(288);
  const auto around = static_cast<std::size_t>(kFarthestWitness / kFive);
  for (std::size_t first = 0; first < rows.size(); first += day) {
    const std::size_t from = first - std::min(first, around), end = std::min(rows.size(), first + day + around);
    const auto part = judge(std::span(rows).subspan(from, end - from), {kFive, kUnit, from == 0});
    for (std::size_t i = first; i < first + day; ++i)
      ASSERT_EQ(part.rows[i - from], whole.rows[i]) << format_timestamp(rows[i].start);
  }
}

TEST(Credibility, NamesColumnSpanAndAdvice) {
  const auto all = judged(rows_of(kDay, [](Row& row) { row.network_in = 0; }));
  EXPECT_THAT(describe_all(all.doubts, "rows.csv"),
              ElementsAre("rows.csv: 2026-11-02T00:00:00Z to 2026-11-03T00:00:00Z: network_in is 0 while requests are "
                          "served or the CPU is busy: not believed (288 rows)"));
  EXPECT_EQ(column_of(Doubt::network_zero), "network_in");
  EXPECT_THAT(std::string(advice_for(Doubt::cpu_is_share)), HasSubstr("100"));
}

TEST(Credibility, DoesNotBelieveWhatNothingMeasuresAndKeepsTheRestOfTheDay) {
  auto rows = rows_of(3 * kDay, honest);
  const auto expected = rows;
  for (const double slip : {1e13, 1e15, 1e100, 1e300}) {
    rows = expected;
    rows[300].request_count = rows[301].in_service_instances = slip;
    rows[302].network_in = slip * 1e6;
    rows[303].cpu_utilization = slip;
    const auto all = judged(rows);
    EXPECT_EQ(all.rows[300].request_count, std::nullopt) << slip;
    EXPECT_EQ(all.rows[301].in_service_instances, std::nullopt) << slip;
    EXPECT_EQ(all.rows[302].network_in, std::nullopt) << slip;
    EXPECT_EQ(all.rows[303].cpu_utilization, std::nullopt) << slip;
    EXPECT_EQ(all.rows[300].cpu_utilization, expected[300].cpu_utilization) << "its neighbours stay";
    EXPECT_EQ(all.rows[304], expected[304]);
    EXPECT_THAT(kinds(all), UnorderedElementsAre(Doubt::cpu_above_100, Doubt::requests_beyond_measure,
                                                 Doubt::instances_beyond_measure, Doubt::network_beyond_measure));
  }
  EXPECT_THAT(describe_all(judged(rows).doubts, "rows.csv"),
              Contains(HasSubstr(
                  "request_count (or request_peak) of 1e+300 in an interval is more than any service is asked")));
}

}  // namespace
}  // namespace almanac::dataset

#include "dataset/credibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace almanac::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration kFive{300};
constexpr double kUnit = 50;  // requests/s of one instance at 100 % CPU
const Timestamp kMonday = *parse_timestamp("2026-11-02T00:00Z");

// 0 at midnight, 1 at noon.
double height_of_day(Timestamp t) {
  const double day = static_cast<double>(t.time_since_epoch().count() % 86400) / 86400;
  return 0.5 - 0.5 * std::cos(6.2831853 * day);
}

// A group of ten whose CPU goes from 20 % at night to 70 % at noon, with the requests that make it.
Row honest(Timestamp t) {
  Row row;
  row.start = t;
  row.cpu_utilization = 20 + 50 * height_of_day(t);
  row.in_service_instances = 10;
  row.request_count = *row.cpu_utilization / 100 * 10 * kUnit * 300;
  row.request_peak = *row.request_count * 1.2;
  row.network_in = *row.request_count * 800;
  return row;
}

// Visitors by day only: under two requests a minute, and nobody from 22 to 6 o'clock.
Row quiet(Timestamp t) {
  Row row;
  row.start = t;
  const auto hour = (t.time_since_epoch().count() % 86400) / 3600;
  const bool night = hour >= 22 || hour < 6;
  row.cpu_utilization = night ? 1.5 : 3.0;
  row.in_service_instances = 2;
  row.request_count = night ? 0 : 8;
  row.network_in = night ? 2e4 : 9e4;
  return row;
}

std::vector<Row> rows_of(Duration length, const std::function<Row(Timestamp)>& row, Timestamp from = kMonday) {
  std::vector<Row> rows;
  for (Timestamp t = from; t < from + length; t += kFive) rows.push_back(row(t));
  return rows;
}

std::vector<Row> rows_of(Duration length, const std::function<void(Row&)>& change) {
  return rows_of(length, [&](Timestamp t) {
    Row row = honest(t);
    change(row);
    return row;
  });
}

Judged judged(const std::vector<Row>& rows, std::optional<double> unit = kUnit) {
  return judge(rows, {kFive, unit, true});
}

std::vector<Doubt> kinds(const Judged& judged) {
  std::vector<Doubt> found;
  for (const Doubted& each : summed_up(judged.doubts)) found.push_back(each.doubt);
  return found;
}

std::size_t known(const Judged& judged, std::optional<double> Row::*column) {
  return static_cast<std::size_t>(
      std::count_if(judged.rows.begin(), judged.rows.end(), [&](const Row& row) { return (row.*column).has_value(); }));
}

// --- what is believed

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

// --- requests

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

// --- CPU

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

}  // namespace
}  // namespace almanac::dataset

#include "dataset/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "dataset/csv.h"
#include "dataset/import_export.h"
#include "dataset/test_rows.h"
#include "ports/memory_object_store.h"

namespace almanac::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration kInterval{300};
const Timestamp kStart = *parse_timestamp("2026-11-27T08:00");
const Timestamp kNow = *parse_timestamp("2026-12-01T00:00");

Row row_at(Duration offset, std::optional<double> cpu = {}, std::optional<double> requests = {}) {
  Row row{};
  row.start = kStart + offset;
  row.cpu_utilization = cpu;
  row.request_count = requests;
  return row;
}

TEST(ToGrid, MakesGapsExplicitAsRowsOfMissingValues) {
  const std::vector<Row> rows{row_at(0 * kInterval, 10), row_at(1 * kInterval, 11), row_at(4 * kInterval, 14),
                              row_at(6 * kInterval, 16)};
  const Grid grid = to_grid(rows, kInterval);
  ASSERT_EQ(grid.rows.size(), 7u);
  EXPECT_EQ(grid.rows[2], row_at(2 * kInterval));
  EXPECT_EQ(grid.rows[4], rows[2]);
  EXPECT_THAT(grid.gaps, ElementsAre(TimeRange{kStart + 2 * kInterval, kStart + 4 * kInterval},
                                     TimeRange{kStart + 5 * kInterval, kStart + 6 * kInterval}));
  EXPECT_EQ(describe_gaps(grid.gaps), "2 gaps, 15m in all, the longest 2026-11-27T08:10:00Z to 2026-11-27T08:20:00Z");
  const Series cpu = grid.series(&Row::cpu_utilization);
  EXPECT_EQ(cpu.start, kStart);
  EXPECT_EQ(cpu.values[4], 14);
  EXPECT_TRUE(is_missing(cpu.values[3]));
}

TEST(ToGrid, CutsAndWidensToAGivenRange) {
  const std::vector<Row> rows{row_at(0 * kInterval, 10), row_at(1 * kInterval, 11)};
  const Grid grid = to_grid(rows, kInterval, TimeRange{kStart + Duration{301}, kStart + Duration{601}});
  EXPECT_EQ(grid.range, (TimeRange{kStart + 1 * kInterval, kStart + 3 * kInterval}));
  EXPECT_THAT(grid.rows, ElementsAre(rows[1], row_at(2 * kInterval)));
  EXPECT_TRUE(to_grid({}, kInterval).rows.empty());
  EXPECT_EQ(describe_gaps({}), "no gaps");
}

TEST(Resample, LeavesRowsOfTheSameGridAsTheyAre) {
  const std::vector<Row> rows{row_at(0 * kInterval, 1.0 / 3, 7), row_at(3 * kInterval)};
  EXPECT_EQ(resample(rows, kInterval, kInterval), rows);
}

TEST(Resample, AddsCountsAveragesLevelsAndFindsTheMinutePeak) {
  // Counts 10, 20, 30, 40, 50 in five minutes: 150 in all, the highest minute 50 x 5 = 250; CPU 1..5 averages 3.
  std::vector<Row> rows;
  for (int i = 0; i < 5; ++i) rows.push_back(row_at(i * kMinute, i + 1, 10 * (i + 1)));
  Row expected = row_at(Duration{0}, 3, 150);
  expected.request_peak = 250;
  EXPECT_THAT(resample(rows, kMinute, kInterval), ElementsAre(expected));
}

TEST(Resample, MakesThePeakOfSecondsFromWholeMinutes) {
  // 60 s of 1 request, then 240 s of 2: the highest minute has 120, 600 per 5 minutes. A single second of 50 in the
  // last minute makes that one 59 x 2 + 50 = 168, so 840.
  std::vector<Row> rows;
  for (int s = 0; s < 300; ++s) rows.push_back(row_at(Duration{s}, {}, s < 60 ? 1 : 2));
  EXPECT_EQ(resample(rows, Duration{1}, kInterval)[0].request_peak, 600);
  rows[299].request_count = 50;
  EXPECT_EQ(resample(rows, Duration{1}, kInterval)[0].request_peak, 840);
}

TEST(Resample, KnowsAValueFromHalfOfItsIntervalOn) {
  // Three of five minutes with 10 requests each: a rate of 10 a minute, so 50. Two of five: not known.
  const std::vector<Row> three{row_at(0 * kMinute, 5, 10), row_at(2 * kMinute, {}, 10), row_at(4 * kMinute, {}, 10)};
  const auto rows = resample(three, kMinute, kInterval);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].request_count, 50);
  EXPECT_EQ(rows[0].cpu_utilization, std::nullopt) << "known in one minute of five";
  EXPECT_THAT(resample(std::span(three).first(2), kMinute, kInterval), IsEmpty());
}

TEST(Resample, SpreadsLongRowsOverShortIntervals) {
  const std::vector<Row> hour{row_at(Duration{0}, 40, 1200)};
  const auto rows = resample(hour, kHour, kInterval);
  ASSERT_EQ(rows.size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(rows[i], row_at(kInterval * i, 40, 100));
}

TEST(Resample, WeightsByOverlapWhenTheStepsAreOdd) {
  // Seven-minute rows from 08:00, 70 and 140 requests: rates 10 and 20 a minute. 08:05 to 08:10 sees two minutes of the
  // first and three of the second: 80 requests, CPU (2 x 10 + 3 x 20) / 5 = 16. 08:10 to 08:14 is four minutes at 20:
  // 100.
  const std::vector<Row> rows{row_at(Duration{0}, 10, 70), row_at(Duration{420}, 20, 140)};
  EXPECT_THAT(resample(rows, Duration{420}, kInterval),
              ElementsAre(row_at(Duration{0}, 10, 50), row_at(1 * kInterval, 16, 80), row_at(2 * kInterval, 20, 100)));
}

TEST(Resample, BringsRowsThatStartBetweenTwoIntervalsOntoTheGrid) {
  // Rows at 08:02 and 08:07: 08:05 to 08:10 sees two minutes of 10 and three of 20; 08:00 sees three minutes of 10,
  // 08:10 two of 20, which is too little.
  const std::vector<Row> rows{row_at(Duration{120}, 10), row_at(Duration{420}, 20)};
  EXPECT_THAT(resample(rows, kInterval, kInterval), ElementsAre(row_at(Duration{0}, 10), row_at(1 * kInterval, 16)));
}

TEST(Resample, DoesNotCarryAMaximumIntoAnIntervalThatItsRowHardlyTouches) {
  // Each row starts three seconds late, so that its last three seconds lie in the next interval.
  std::vector<Row> rows{row_at(Duration{3}), row_at(Duration{303})};
  rows[0].request_peak = 900;
  rows[1].request_peak = 100;
  const auto resampled = resample(rows, kInterval, kInterval);
  ASSERT_EQ(resampled.size(), 2u);
  EXPECT_EQ(resampled[0].request_peak, 900);
  EXPECT_EQ(resampled[1].request_peak, 100);
}

RC_GTEST_PROP(Resample, KeepsTheTotalOfCompleteRows, ()) {
  const Duration from{*rc::gen::inRange(1, 1000)}, to{*rc::gen::inRange(1, 1000)};
  const auto counts = *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(
      rc::gen::map(rc::gen::inRange(0, 1000), [](int n) { return static_cast<double>(n); })));
  std::vector<Row> rows;
  for (double count : counts) rows.push_back(row_at(from * static_cast<long long>(rows.size()), {}, count));
  const Timestamp start = floor_to(kStart, from);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].start = start + from * static_cast<long long>(i);
  const auto resampled = resample(rows, from, to);
  // The first and last interval may be covered in part: what is left out or filled up there is at most one interval's.
  const double highest = *std::max_element(counts.begin(), counts.end());
  const double slack = 2 * highest * static_cast<double>(to.count()) / static_cast<double>(from.count()) + 1e-6;
  double total = 0;
  for (const Row& row : resampled) total += *row.request_count;
  const double expected = std::accumulate(counts.begin(), counts.end(), 0.0);
  RC_ASSERT(std::abs(total - expected) <= slack);
}

struct ImportTest : testing::Test {
  ports::MemoryObjectStore store;
  Dataset data{store, "shop", kInterval};
};

TEST_F(ImportTest, BringsAnExportBackToTheSameHistoryAndTwiceChangesNothing) {
  const std::vector<Row> rows{row_at(-40 * kDay, 1, 2), row_at(0 * kInterval, 3, 4), row_at(1 * kInterval, 5)};
  ASSERT_TRUE(data.append(rows).has_value());
  const std::string text = *export_csv(data);
  EXPECT_EQ(text, format_rows(rows));
  ports::MemoryObjectStore other_store;
  Dataset other(other_store, "copy", kInterval);
  const auto report = import_csv(other, text, "shop.csv", kNow);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->rows_read, 3u);
  EXPECT_EQ(report->appended.added, 3u);
  EXPECT_EQ(report->gaps.size(), 1u);
  EXPECT_THAT(report->warnings, IsEmpty());
  EXPECT_EQ(*other.read_all(), rows);
  EXPECT_EQ(import_csv(other, text, "shop.csv", kNow)->appended.unchanged, 3u);
  EXPECT_EQ(*export_csv(other, {kStart, kStart + kHour}, RowForm::classic),
            format_rows(std::span(rows).last(2), RowForm::classic));
}

TEST_F(ImportTest, ResamplesOtherSpacingsAndWarnsWherePeaksAreLost) {
  const std::string header = "timestamp,cpu,network_in,request_count,is_sale_active\n";
  const auto fine =
      import_csv(data, header + "2026-11-27T08:00,1,,10,0\n2026-11-27T08:01,1,,30,0\n2026-11-27T08:02,1,,20,0\n",
                 "fine.csv", kNow);
  ASSERT_TRUE(fine.has_value());
  EXPECT_EQ(fine->spacing.step(), kMinute);
  EXPECT_EQ(data.read_all()->at(0).request_count, 100);
  EXPECT_EQ(data.read_all()->at(0).request_peak, 150);
  const auto coarse =
      import_csv(data, header + "2026-11-28T08:00,1,,1200,0\n2026-11-28T09:00,1,,1200,0\n", "coarse.csv", kNow);
  EXPECT_EQ(coarse->appended.added, 24u);
  EXPECT_THAT(coarse->warnings,
              ElementsAre(HasSubstr("coarse.csv: rows are 1h apart and are spread over intervals of 5m")));
  const auto told = import_csv(data, header + "2026-11-29T08:00,1,,1200,0\n2026-11-29T09:00,1,,1200,0\n", "told.csv",
                               kNow, kInterval);
  EXPECT_EQ(told->appended.added, 2u);
}

TEST_F(ImportTest, SaysWhichRowsCoverTooLittleOfTheirInterval) {
  // Two minutes of every five: nothing is known of any interval.
  std::string text = "timestamp,cpu,network_in,request_count,is_sale_active\n";
  for (const int m : {0, 1, 5, 6, 10, 11}) text += format_timestamp(kStart + m * kMinute) + ",50,1,60,0\n";
  const auto pairs = import_csv(data, text, "pairs.csv", kNow);
  ASSERT_TRUE(pairs.has_value()) << pairs.error().message;
  EXPECT_TRUE(pairs->range.empty());
  EXPECT_THAT(pairs->warnings, ElementsAre("pairs.csv: 6 rows cover less than half of their interval of 5m and are not "
                                           "used, the first 2026-11-27T08:00:00Z"));
  // CPU in each minute, requests in two: the requests are lost, the CPU is not.
  text = "timestamp,cpu,network_in,request_count,is_sale_active\n";
  for (int m = 0; m < 10; ++m)
    text += format_timestamp(kStart + m * kMinute) + (m < 2 || m >= 5 ? ",50,1,60,0\n" : ",50,1,,0\n");
  const auto column = import_csv(data, text, "column.csv", kNow);
  EXPECT_EQ(column->appended.added, 2u);
  EXPECT_THAT(column->warnings,
              ElementsAre("column.csv: column request_count: 2 values cover less than half of their interval of 5m and "
                          "are not used, the first 2026-11-27T08:00:00Z"));
}

TEST_F(ImportTest, RefusesAStepUnderWhichRowsWouldOverlap) {
  // As hours, the rows of 08:00 and 08:05 would both count for 08:05, each by a twelfth.
  const std::string rows = "timestamp,request_count\n2026-11-27T08:00,300\n2026-11-27T08:05,300\n";
  const auto hours = import_csv(data, rows, "fine.csv", kNow, kHour);
  ASSERT_FALSE(hours.has_value());
  EXPECT_EQ(hours.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(hours.error().message,
              HasSubstr("fine.csv: line 3: the row of 2026-11-27T08:05:00Z is 5m from the one before; expected rows at "
                        "least 1h apart, as --step says"));
  EXPECT_EQ(data.read_all()->size(), 0u);
  const std::string console = "Label,RequestCount\nPeriod,3600\n2026/11/27 08:00:00,300\n2026/11/27 08:05:00,300\n";
  const auto told = import_csv(data, console, "console.csv", kNow);
  ASSERT_FALSE(told.has_value());
  EXPECT_THAT(told.error().message, HasSubstr("as the file's period says"));
  const std::string jitter = "timestamp,request_count\n2026-11-27T08:00:04,300\n2026-11-27T08:05:00,300\n";
  EXPECT_TRUE(import_csv(data, jitter, "jitter.csv", kNow, kInterval).has_value()) << "four seconds are a clock's";
}

TEST_F(ImportTest, CountsEachRowForItsOwnTimeWhereAFileHasSeveralSpacings) {
  // Ten minutes of 60 requests each (1/s), then five-minute rows of 300 (1/s): 300 in every interval.
  std::string text = "timestamp,cpu,network_in,request_count,is_sale_active\n";
  for (int m = 0; m < 10; ++m) text += format_timestamp(kStart + m * kMinute) + ",50,1,60,0\n";
  for (int m = 10; m < 40; m += 5) text += format_timestamp(kStart + m * kMinute) + ",50,1,300,0\n";
  const auto report = import_csv(data, text, "mixed.csv", kNow);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  const auto rows = *data.read_all();
  ASSERT_EQ(rows.size(), 8u);
  for (const Row& row : rows) EXPECT_EQ(row.request_count, 300) << format_timestamp(row.start);
  EXPECT_THAT(report->warnings,
              ElementsAre("mixed.csv: rows are 1m (10 rows) and 5m (6 rows) apart; each counts for the "
                          "time until the next"));
}

TEST_F(ImportTest, RefusesARowThatHasNotComeWithItsLine) {
  const std::string text =
      "timestamp,cpu,network_in,request_count,is_sale_active\n2026-11-27T08:00,1,,,\n"
      "2027-11-27T08:05,1,,,\n2026-11-27T08:10,1,,,\n2027-11-27T08:15,1,,,\n";
  const auto report = import_csv(data, text, "typo.csv", kNow);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(report.error().message, HasSubstr("typo.csv: line 3: 2027-11-27T08:05:00Z has not come yet, now is "
                                                "2026-12-01T00:00:00Z (1 more rows lie ahead)"));
  EXPECT_THAT(*store.list(""), IsEmpty());
}

TEST_F(ImportTest, LeavesOutWhatStillRuns) {
  const std::string header = "timestamp,cpu,network_in,request_count,is_sale_active\n";
  // An hourly file whose last row began at 09:00, read at 09:20.
  const auto hourly = import_csv(data, header + "2026-11-27T08:00,1,,1200,0\n2026-11-27T09:00,1,,400,0\n", "hours.csv",
                                 kStart + Duration{80 * 60});
  ASSERT_TRUE(hourly.has_value()) << hourly.error().message;
  EXPECT_EQ(data.read_all()->back().start, kStart + 11 * kInterval);
  EXPECT_THAT(hourly->warnings, testing::Contains(HasSubstr("hours.csv: line 3: the row of 2026-11-27T09:00:00Z lasts "
                                                            "until 2026-11-27T10:00:00Z, after now")));
  // Minutes until 09:28, read then: of the interval of 09:25 three are known, but it still runs.
  std::string minutes = header;
  for (int m = 80; m < 88; ++m) minutes += format_timestamp(kStart + m * kMinute) + ",1,,10,0\n";
  const auto fine = import_csv(data, minutes, "minutes.csv", kStart + 88 * kMinute);
  EXPECT_EQ(data.read_all()->back().start, kStart + 80 * kMinute);
  EXPECT_THAT(fine->warnings, ElementsAre("minutes.csv: the interval of 2026-11-27T09:25:00Z still runs; left out"));
}

TEST_F(ImportTest, SaysOnceThatTimesWithoutAZoneAreTakenAsUtc) {
  const auto foreign = import_csv(data, "Time,cpu\n2026-11-27 08:00,1\n2026-11-27 08:05,1\n", "x.csv", kNow);
  EXPECT_THAT(foreign->warnings, testing::Contains(HasSubstr("x.csv: line 2: times name no zone; read as UTC")));
  const auto ours =
      import_csv(data, "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n2026-11-27 08:00,1,1,1,0\n",
                 "x.csv", kNow);
  EXPECT_THAT(ours->warnings, IsEmpty()) << "files in our own form are in UTC";
}

TEST_F(ImportTest, TakesAnEarlierCollectorsZerosForNoDataAsMissing) {
  const auto report = import_csv(data,
                                 "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n"
                                 "2026-11-27T08:00Z,0,0,0,0\n2026-11-27T08:05Z,40,9,0,0\n",
                                 "older.csv", kNow);
  ASSERT_TRUE(report.has_value());
  const auto rows = *data.read_all();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].cpu_utilization, std::nullopt);
  EXPECT_EQ(rows[0].request_count, std::nullopt);
  EXPECT_EQ(rows[0].is_sale_active, 0) << "the calendar's word stays";
  EXPECT_EQ(rows[1].cpu_utilization, 40);
  EXPECT_EQ(rows[1].request_count, std::nullopt) << "no request in the whole file, while CPU is busy";
  EXPECT_THAT(report->warnings,
              ElementsAre(HasSubstr("are all 0 in 1 row, first 2026-11-27T08:00:00Z; taken as not known"),
                          HasSubstr("request_count is 0 in every row, though CPU is not")));
}

TEST_F(ImportTest, KeepsZerosThatMayBeTrue) {
  const std::string text =
      "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n"
      "2026-11-27T08:00Z,0.5,10,0,0\n2026-11-27T08:05Z,40,9,7,0\n";
  EXPECT_THAT(import_csv(data, text, "quiet.csv", kNow)->warnings, IsEmpty());
  EXPECT_EQ(data.read_all()->front().request_count, 0);
}

TEST_F(ImportTest, ImportsNothingOfAFileThatCannotBeReadToItsEnd) {
  const auto report = import_csv(data, "timestamp,cpu\n2026-11-27T08:00,1\n2026-11-27T08:05,x\n", "bad.csv", kNow);
  ASSERT_FALSE(report.has_value());
  EXPECT_THAT(report.error().message, HasSubstr("bad.csv: line 3: column cpu_utilization: \"x\""));
  EXPECT_THAT(*store.list(""), IsEmpty());
  EXPECT_EQ(import_csv(data, "timestamp,cpu\n", "none.csv", kNow)->rows_read, 0u);
}

}  // namespace
}  // namespace almanac::dataset

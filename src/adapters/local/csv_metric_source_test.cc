#include "adapters/local/csv_metric_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "ports/metric_source_contract.h"

namespace almanac::adapters {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration kInterval{300};
const Timestamp kStart = *parse_timestamp("2026-11-27T08:00");
const TimeRange kHourOfRows{kStart, kStart + kHour};

struct CsvMetricSourceTest : testing::Test {
  fs::path folder = [] {
    std::string name = (fs::temp_directory_path() / "almanac-metrics-XXXXXX").string();
    return fs::path(::mkdtemp(name.data()));
  }();
  fs::path file = folder / "metrics.csv";
  std::shared_ptr<ports::ManualClock> clock = std::make_shared<ports::ManualClock>(kStart + kHour);
  CsvMetricSource source{file, clock};

  ~CsvMetricSourceTest() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  void append(std::string_view text) { std::ofstream(file, std::ios::app | std::ios::binary) << text; }
};

TEST_F(CsvMetricSourceTest, GivesTheRowsOfTheRangeWithoutTheCalendarsColumn) {
  append(
      "timestamp,cpu,network_in,request_count,is_sale_active\n"
      "2026-11-27T07:55,1,10,100,1\n2026-11-27T08:00,2,20,200,1\n2026-11-27T08:10,3,,,1\n2026-11-27T09:00,4,,,1\n");
  const auto rows = source.read(kHourOfRows, kInterval);
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  Row first{};
  first.start = kStart;
  first.cpu_utilization = 2;
  first.network_in = 20;
  first.request_count = 200;
  Row second{};
  second.start = kStart + 2 * kInterval;
  second.cpu_utilization = 3;
  EXPECT_THAT(*rows, ElementsAre(first, second));
}

TEST_F(CsvMetricSourceTest, KeepsTheContractOfAMetricSource) {
  append("timestamp,cpu,request_count,is_sale_active\n");
  for (int i = 0; i < 12; ++i) {
    const std::string time = format_timestamp(kStart + i * kInterval);
    if (i == 5) {
      append(time + ",50,,1\n");
    } else if (i != 3) {
      append(time + ",50,0,1\n");
    }
  }
  ports::expect_metric_source_contract(source, kHourOfRows, kInterval,
                                       {.unknown = {kStart + 3 * kInterval}, .no_requests = {kStart + 5 * kInterval}});
}

TEST_F(CsvMetricSourceTest, KeepsTheContractWhereRowsAreShorterOrLongerThanTheInterval) {
  append("timestamp,cpu,request_count\n");
  for (int minute = 0; minute < 60; ++minute) {
    if (minute / 5 != 3) append(format_timestamp(kStart + minute * kMinute) + ",50,60\n");
  }
  ports::expect_metric_source_contract(source, kHourOfRows, kInterval, {.unknown = {kStart + 3 * kInterval}});
  fs::remove(file);
  append("timestamp,cpu,request_count\n");
  for (int hour = 0; hour < 4; ++hour) append(format_timestamp(kStart + hour * kHour) + ",50,3600\n");
  ports::expect_metric_source_contract(source, {kStart, kStart + 4 * kHour}, kInterval);
}

TEST_F(CsvMetricSourceTest, SaysWhichRowsOfARangeCoverTooLittleOfTheirInterval) {
  // Five minutes whole, two of the next five, one of those after, to which more may come.
  append("timestamp,cpu\n");
  for (const int minute : {0, 1, 2, 3, 4, 5, 6, 10}) append(format_timestamp(kStart + minute * kMinute) + ",50\n");
  EXPECT_EQ(source.read(kHourOfRows, kInterval)->size(), 1u);
  EXPECT_THAT(source.left_out(kHourOfRows),
              ElementsAre(HasSubstr("2 rows cover less than half of their interval of 5m and are not used, the first "
                                    "2026-11-27T08:05:00Z")));
  EXPECT_THAT(source.left_out({kStart, kStart + kInterval}), IsEmpty());
}

TEST_F(CsvMetricSourceTest, SeesWhatAnotherSystemAppendsOnceTheLineIsWhole) {
  append("timestamp,cpu\n2026-11-27T08:00,1\n2026-11-27T08:05,2");
  EXPECT_EQ(source.read(kHourOfRows, kInterval)->size(), 1u) << "the CPU may yet become 25";
  EXPECT_THAT(source.warnings(), testing::Contains(HasSubstr("line 3: has no line end yet")));
  append("5\n");
  const auto rows = source.read(kHourOfRows, kInterval);
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(rows->at(1).cpu_utilization, 25);
}

TEST_F(CsvMetricSourceTest, BringsMinutesToTheIntervalWithTheirPeak) {
  append("timestamp,cpu,request_count\n");
  for (int minute = 0; minute < 10; ++minute)
    append(format_timestamp(kStart + minute * kMinute) + ",50," + std::to_string(minute * 10) + "\n");
  const auto rows = source.read(kHourOfRows, kInterval);
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(rows->at(1).request_count, 350);  // 50 + 60 + 70 + 80 + 90
  EXPECT_EQ(rows->at(1).request_peak, 450);   // 90 x 5
}

TEST_F(CsvMetricSourceTest, AnHourThatStillRunsIsGivenOnceItIsWhole) {
  // The other system keeps the present hour's row up to date: at 09:20 it holds a third of the hour.
  append("timestamp,request_count\n2026-11-27T07:00,1200\n2026-11-27T08:00,1200\n2026-11-27T09:00,400\n");
  const auto during = source.read({kStart, kStart + Duration{80 * 60}}, kInterval);
  ASSERT_TRUE(during.has_value()) << during.error().message;
  ASSERT_EQ(during->size(), 12u) << "08:00 to 09:00";
  EXPECT_EQ(during->back().request_count, 100);
  EXPECT_EQ(source.read({kStart, kStart + 2 * kHour}, kInterval)->size(), 24u);
}

TEST_F(CsvMetricSourceTest, TellsTheSpacingRowByRow) {
  append("timestamp,request_count\n");
  for (int m = 0; m < 10; ++m) append(format_timestamp(kStart + m * kMinute) + ",60\n");
  for (int m = 10; m < 40; m += 5) append(format_timestamp(kStart + m * kMinute) + ",300\n");
  const auto rows = source.read(kHourOfRows, kInterval);
  ASSERT_EQ(rows->size(), 8u);
  for (const Row& row : *rows) EXPECT_EQ(row.request_count, 300);
}

TEST_F(CsvMetricSourceTest, ARowThatLiesAheadByMistakeIsNamedAndTheOthersAreUsed) {
  append(
      "timestamp,cpu\n2026-11-27T08:00,1\n2027-11-27T08:05,2\n2026-11-27T08:10,3\n2026-11-27T08:15,4\n"
      "2026-11-27T08:20,5\n");
  const auto rows = source.read(kHourOfRows, kInterval);
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  EXPECT_EQ(rows->size(), 4u);
  EXPECT_THAT(source.left_out(kHourOfRows),
              ElementsAre(HasSubstr("metrics.csv: line 3 lies ahead (2027-11-27T08:05:00Z, it is 2026-11-27T09:00:00Z "
                                    "now), not used")));
  // A year later it is a row as any other.
  clock->set(*parse_timestamp("2027-11-27T10:00"));
  const TimeRange year_later{*parse_timestamp("2027-11-27T08:00"), *parse_timestamp("2027-11-27T09:00")};
  EXPECT_EQ(source.read(year_later, kInterval)->size(), 1u);
  EXPECT_THAT(source.left_out(year_later), IsEmpty());
}

TEST_F(CsvMetricSourceTest, TheLastRowMayStillGrowWhateverLiesAhead) {
  append("timestamp,request_count\n2026-11-27T07:00,1200\n2027-11-27T08:00,1200\n2026-11-27T08:00,1200\n");
  append("2026-11-27T09:00,400\n");
  const auto during = source.read({kStart, kStart + Duration{80 * 60}}, kInterval);
  ASSERT_TRUE(during.has_value()) << during.error().message;
  EXPECT_EQ(during->size(), 12u) << "08:00 to 09:00";
}

TEST_F(CsvMetricSourceTest, ReportsAFileThatIsNotThereOrCannotBeRead) {
  EXPECT_EQ(source.read(kHourOfRows, kInterval).error().code, ErrorCode::not_found);
  append("timestamp,cpu\n2026-11-27T08:00,much\n");
  const auto rows = source.read(kHourOfRows, kInterval);
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(rows.error().message, HasSubstr("metrics.csv: line 2: column cpu_utilization: \"much\""));
  fs::remove(file);
  append("timestamp,cpu\n");
  EXPECT_THAT(*source.read(kHourOfRows, kInterval), IsEmpty()) << "it recovers with the file";
}

}  // namespace
}  // namespace almanac::adapters

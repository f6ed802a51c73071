#include "dataset/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dataset/csv.h"

// What people's programs export, read as rows.
namespace almanac::dataset {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const Timestamp kNoon = *parse_timestamp("2026-11-05T12:00:00Z");

// The rows; of a text that is refused, none.
ParsedRows rows_of(std::string_view text) {
  auto parsed = parse_rows(text, "export.csv");
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return parsed ? std::move(*parsed) : ParsedRows{};
}

std::string refusal(std::string_view text) {
  const auto parsed = parse_rows(text, "export.csv");
  EXPECT_FALSE(parsed.has_value()) << text;
  return parsed ? "" : parsed.error().message;
}

Row row(std::optional<double> cpu, std::optional<double> requests = {}) {
  Row r{};
  r.start = kNoon;
  r.cpu_utilization = cpu;
  r.request_count = requests;
  return r;
}

TEST(Table, CountsWithPointsAreThousandsInAFileWithGermanDatesAndAmbiguousWithOthers) {
  const auto parsed = rows_of("timestamp;in_service_instances;request_count\n05.11.2026 12:00;10;1.650\n");
  ASSERT_EQ(parsed.rows.size(), 1u);
  EXPECT_EQ(parsed.rows[0].request_count, 1650);
  EXPECT_EQ(parsed.rows[0].in_service_instances, 10);
  EXPECT_THAT(refusal("timestamp\trequest_count\n2026-11-05T12:00Z\t1.650\n"),
              testing::StartsWith("export.csv: line 2: \"1.650\" may be 1650 or 1.650"));
  EXPECT_THAT(refusal("Series;Time;Value\nRequestCount;2026-11-05T12:00Z;1.650\n"), HasSubstr("may be 1650 or 1.650"))
      << "the series is a count";
  EXPECT_EQ(rows_of("Series;Time;Value\nCPUUtilization;2026-11-05T12:00Z;41.500\n").rows[0].cpu_utilization, 41.5);
  EXPECT_EQ(rows_of("timestamp,request_count\n05.11.2026 12:00,1.650\n").rows[0].request_count, 1.65)
      << "commas separate, so points are decimal";
}

TEST(Table, SemicolonsTabsAndBarsSeparateColumnsToo) {
  for (const char separator : {';', '\t', '|'}) {
    std::string text = "timestamp,cpu_utilization,request_count\n2026-11-05T12:00Z,41.5,1000\n";
    std::replace(text.begin(), text.end(), ',', separator);
    EXPECT_THAT(rows_of(text).rows, ElementsAre(row(41.5, 1000))) << separator;
  }
}

TEST(Table, ASpreadsheetsFileWithDecimalCommasIsRead) {
  const auto parsed = rows_of(
      "\xEF\xBB\xBFtimestamp;cpu_utilization;request_count\r\n05.11.2026 12:00;41,5;1.000\r\n05.11.2026 "
      "12:05;42,5;950\r\n");
  ASSERT_EQ(parsed.rows.size(), 2u);
  EXPECT_EQ(parsed.rows[0], row(41.5, 1000)) << "where commas are decimal, points group thousands";
  EXPECT_EQ(parsed.zoneless_line, 2u);
}

TEST(Table, ASpreadsheetsLineThatNamesTheSeparatorIsNoHeader) {
  const auto parsed = rows_of("sep=;\nTime;CPUUtilization\n2026-11-05 12:00;41,5\n");
  EXPECT_THAT(parsed.rows, ElementsAre(row(41.5)));
  EXPECT_THAT(parsed.warnings, testing::Not(Contains(HasSubstr("is skipped"))));
}

TEST(Table, LinesBeforeTheHeaderAreSkippedWithAWord) {
  const auto parsed = rows_of("# exported by ops\nweb servers\n\nTime,cpu\n2026-11-05 12:00,41.5\n");
  EXPECT_THAT(parsed.rows, ElementsAre(row(41.5)));
  EXPECT_THAT(parsed.warnings, Contains(HasSubstr("line 4 is the header; what stands before it is skipped")));
  EXPECT_FALSE(parsed.lossless);
}

TEST(Table, Utf16IsReadWithItsByteOrderMark) {
  const std::string ascii = "timestamp\tcpu\n2026-11-05T12:00Z\t41.5\n";
  std::string little = "\xFF\xFE", big = "\xFE\xFF";
  for (const char c : ascii) {
    little += {c, '\0'};
    big += {'\0', c};
  }
  EXPECT_THAT(rows_of(little).rows, ElementsAre(row(41.5)));
  EXPECT_THAT(rows_of(big).rows, ElementsAre(row(41.5)));
}

TEST(Table, ColumnsHaveTheNamesThatOtherProgramsGiveThem) {
  for (const std::string header :
       {"Time,CPUUtilization,RequestCount", "time,cpu,request_count",
        "\"Timestamp (UTC)\",\"CPU Utilization (%)\",\"Request Count\"", "@timestamp,cpu (avg),requestCount"})
    EXPECT_THAT(rows_of(header + "\n2026-11-05T12:00:00Z,41.5,7\n").rows, ElementsAre(row(41.5, 7))) << header;
  EXPECT_EQ(rows_of("Time,cpu,GroupInServiceInstances\n2026-11-05T12:00Z,1,7\n").rows[0].in_service_instances, 7);
  EXPECT_EQ(rows_of("Timestamp (UTC),cpu\n2026-11-05 12:00,1\n").zoneless_line, 0u) << "the header names the zone";
}

TEST(Table, DateAndTimeOfDayMayStandApart) {
  EXPECT_THAT(rows_of("Date,Time,cpu\n2026-11-05,12:00:00,41.5\n").rows, ElementsAre(row(41.5)));
  EXPECT_THAT(refusal("time,start,cpu\n2026-11-05,2026-11-05,1\n"),
              HasSubstr("column \"start\" is there twice, once as \"time\""));
}

TEST(Table, TimesOfAZoneThatTheHeaderNamesAreRefusedRatherThanTakenForUtc) {
  EXPECT_THAT(refusal("Time (Europe/Berlin),cpu\n2026-11-05 12:00,1\n"),
              HasSubstr("line 2: the header says that times are in \"europe/berlin\"; expected UTC"));
  EXPECT_THAT(rows_of("Time (Europe/Berlin),cpu\n2026-11-05T13:00+01:00,41.5\n").rows, ElementsAre(row(41.5)));
}

TEST(Table, UnitsInCellsCountWhereTheyAreTheColumns) {
  const auto parsed = rows_of("time,cpu,network_in,request_count\n2026-11-05T12:00Z,41.5 %,2 MiB,1.2 K\n");
  ASSERT_EQ(parsed.rows.size(), 1u);
  EXPECT_EQ(parsed.rows[0].cpu_utilization, 41.5);
  EXPECT_EQ(parsed.rows[0].network_in, 2 * 1024 * 1024);
  EXPECT_EQ(parsed.rows[0].request_count, 1200);
  EXPECT_THAT(parsed.warnings,
              Contains(HasSubstr("column network_in: \"2 MiB\" is read as 2097152; numbers written so are "
                                 "rounded")));
  EXPECT_THAT(refusal("time,request_count\n2026-11-05T12:00Z,853 req/s\n"),
              AllOf(HasSubstr("line 2: column request_count: \"853 req/s\" is not a number"), HasSubstr("not a rate")));
  EXPECT_THAT(refusal("time,network_in\n2026-11-05T12:00Z,2 MB\n"), HasSubstr("powers of 1000 or of 1024"));
  EXPECT_THAT(refusal("time,network_in (MB)\n2026-11-05T12:00Z,2\n"),
              HasSubstr("column \"network_in (MB)\" speaks of \"mb\"; expected bytes in the interval"));
}

TEST(Table, QuotedThousandsAreReadAndUnquotedOnesNameTheMend) {
  EXPECT_THAT(rows_of("time,cpu,request_count\n2026-11-05T12:00Z,41.5,\"1,100\"\n").rows, ElementsAre(row(41.5, 1100)));
  EXPECT_THAT(refusal("time,cpu\n2026-11-05T12:00Z,41,5\n"),
              testing::StartsWith("export.csv: line 2: 3 fields; expected 2 as in the header"));
  EXPECT_THAT(refusal("timestamp,cpu\n1793880000,41,5\n"), HasSubstr("numbers with a decimal comma"));
  EXPECT_THAT(refusal("time;in_service_instances\n2026-11-05T12:00Z;1,100\n"),
              HasSubstr("export.csv: line 2: \"1,100\" may be 1100 or 1.100"));
}

TEST(Table, DatesThatCanBeTwoDaysAreRefused) {
  EXPECT_THAT(refusal("time,cpu\n11/05/2026 12:00,1\n11/05/2026 12:05,1\n"),
              HasSubstr("export.csv: line 2: \"11/05/2026 12:00\" may have the day or the month first"));
  EXPECT_THAT(rows_of("time,cpu\n11/05/2026 12:00,41.5\n11/13/2026 12:00,1\n").rows[0], row(41.5));
}

TEST(Table, TheLongFormHasALineAValue) {
  const auto parsed = rows_of(
      "\"Series\";\"Time\";\"Value\"\n\"CPUUtilization\";\"2026-11-05T23:00:00+11:00\";41.5\n"
      "\"RequestCount\";\"2026-11-05T23:00:00+11:00\";1,721,142.25\n");
  EXPECT_THAT(parsed.rows, ElementsAre(row(41.5, 1721142.25)));
  EXPECT_TRUE(parsed.lossless);
  EXPECT_THAT(
      refusal("Series;Time;Value\nweb;2026-11-05T12:00Z;1\n"),
      HasSubstr("line 2: the series \"web\" does not say what it is; expected one of cpu_utilization, network_in"));
}

TEST(Table, SeveralSeriesInOneColumnAreRefusedSinceTheyWouldOverwriteEachOther) {
  EXPECT_THAT(rows_of("Series,Time,request_count\nweb,2026-11-05T12:00Z,7\n").rows, ElementsAre(row({}, 7)));
  EXPECT_THAT(refusal("Series,Time,request_count\nweb,2026-11-05T12:00Z,7\napi,2026-11-05T12:00Z,8\n"),
              HasSubstr("line 3: the series \"api\" among rows of the series \"web\""));
}

TEST(Table, ColumnsThatAreNamedAfterSomethingElseAreSaid) {
  EXPECT_THAT(refusal("\"Time\",\"web-1\"\n2026-11-05 12:00,1\n"),
              HasSubstr("line 1: no column with values; expected a header such as timestamp,cpu_utilization"));
  EXPECT_THAT(refusal("\"Time\",\"web-1\"\n2026-11-05 12:00,1\n"),
              HasSubstr("found \"web-1\": name it after what it holds"));
  EXPECT_THAT(refusal("zeit;cpu\n2026-11-05 12:00;1\n"),
              HasSubstr("found \"zeit\", \"cpu\" (separated by semicolons)"));
}

const std::string kConsole =
    "Full label,CPUUtilization,web requests\nLabel,CPUUtilization,web requests\nNamespace,AWS/EC2,AWS/ApplicationELB\n"
    "MetricName,CPUUtilization,RequestCount\nAutoScalingGroupName,web,\n";

TEST(Table, CloudWatchsConsolePutsItsPropertiesBeforeTheData) {
  const auto parsed = rows_of(kConsole + "Statistic,Average,Sum\nPeriod,300,300\n2026/11/05 12:00:00,41.5,852\n");
  EXPECT_THAT(parsed.rows, ElementsAre(row(41.5, 852)));
  EXPECT_EQ(parsed.period, Duration{300});
  EXPECT_EQ(parsed.lines, std::vector<std::size_t>{8});
}

TEST(Table, AStatisticThatIsNotTheColumnsIsRefused) {
  EXPECT_THAT(refusal(kConsole + "Statistic,Maximum,Sum\nPeriod,300,300\n2026/11/05 12:00:00,41.5,852\n"),
              HasSubstr("column \"CPUUtilization\" is the statistic \"maximum\"; expected Average"));
  EXPECT_THAT(refusal(kConsole + "Statistic,Average,Average\nPeriod,300,300\n2026/11/05 12:00:00,41.5,1\n"),
              HasSubstr("column \"RequestCount\" is the statistic \"average\"; expected Sum"));
}

}  // namespace
}  // namespace almanac::dataset

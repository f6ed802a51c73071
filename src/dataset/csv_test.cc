#include "dataset/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "dataset/test_rows.h"

namespace almanac::dataset {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kHeader = "timestamp,cpu_utilization,network_in,request_count,is_sale_active";

ParsedRows parse(std::string_view text) {
  auto parsed = parse_rows(text, "rows.csv");
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return parsed ? *parsed : ParsedRows{};
}

// The message of the refusal, which names the file whatever it is about.
std::string refusal(std::string_view text) {
  const auto parsed = parse_rows(text, "rows.csv");
  EXPECT_FALSE(parsed.has_value());
  if (parsed) return {};
  EXPECT_EQ(parsed.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(parsed.error().message, testing::StartsWith("rows.csv: "));
  return parsed.error().message;
}

TEST(FormatRows, WritesTheFormatOfTheDatasetWithMissingAsEmpty) {
  Row row{};
  row.start = at("2026-11-27T08:00");
  row.cpu_utilization = 41.5;
  row.request_count = 300000;
  row.is_sale_active = 0;
  EXPECT_EQ(format_rows(std::span(&row, 1)),
            "timestamp,cpu_utilization,network_in,request_count,is_sale_active,in_service_instances,request_peak\n"
            "2026-11-27T08:00:00Z,41.5,,300000,0,,\n");
  EXPECT_EQ(format_rows(std::span(&row, 1), RowForm::classic), kHeader + "\n2026-11-27T08:00:00Z,41.5,,300000,0\n");
}

RC_GTEST_PROP(RowCodec, ReadsBackExactlyWhatItWrote, ()) {
  auto rows = *test_rows(Duration{300});
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.start < b.start; });
  rows.erase(std::unique(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.start == b.start; }),
             rows.end());
  const auto parsed = parse_rows(format_rows(rows), "rows.csv");
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->rows == rows);
  RC_ASSERT(parsed->warnings.empty());
  RC_ASSERT(parsed->lossless);
}

RC_GTEST_PROP(RowCodec, AnswersAnyBytesWithRowsOrAnErrorThatNamesTheFile, ()) {
  const auto garbage = *rc::gen::container<std::string>(rc::gen::oneOf(
      rc::gen::element(',', '"', '\n', '\r', '\0', '1', '-', ':', 'T', 'Z'), rc::gen::arbitrary<char>()));
  const auto parsed = parse_rows((*rc::gen::arbitrary<bool>() ? kHeader + "\n" : "") + garbage, "rows.csv");
  if (!parsed) RC_ASSERT(parsed.error().message.find("rows.csv") == 0u);
}

TEST(ParseRows, ReadsTheOlderFormWithCpuAndAnyIsoTime) {
  const auto parsed = parse("timestamp,cpu,network_in,request_count,is_sale_active\n2026-11-27 08:00,41.5,10,20,1\n");
  ASSERT_EQ(parsed.rows.size(), 1u);
  EXPECT_EQ(parsed.rows[0].start, at("2026-11-27T08:00"));
  EXPECT_EQ(parsed.rows[0].cpu_utilization, 41.5);
  EXPECT_EQ(parsed.rows[0].is_sale_active, 1);
  EXPECT_EQ(parsed.rows[0].request_peak, std::nullopt);
  EXPECT_THAT(parsed.warnings, IsEmpty());
}

TEST(ParseRows, ReadsColumnsInAnyOrderAndCase) {
  const auto row =
      parse("Request_Count, Is_Sale_Active,Timestamp,CPU_Utilization,network_in\n7,True,2026-11-27,1,\n").rows[0];
  EXPECT_EQ(row.request_count, 7);
  EXPECT_EQ(row.is_sale_active, 1);
  EXPECT_EQ(row.cpu_utilization, 1);
  EXPECT_EQ(row.network_in, std::nullopt);
}

TEST(ParseRows, RefusesAnEmptyFileAndReadsAHeaderAloneAsNoRows) {
  EXPECT_THAT(refusal(""), AllOf(HasSubstr("is empty"), HasSubstr("expected a header line such as timestamp,cpu")));
  EXPECT_THAT(refusal("\n\n  \n"), HasSubstr("is empty"));
  for (const std::string& text : {kHeader, kHeader + "\n", kHeader + "\r\n\r\n"})
    EXPECT_THAT(parse(text).rows, IsEmpty());
}

TEST(ParseRows, SkipsAByteOrderMarkAndReadsWindowsLineEnds) {
  const auto parsed = parse("\xEF\xBB\xBF" + kHeader + "\r\n2026-11-27,1,2,3,0\r\n\r\n2026-11-28,4,5,6,0");
  ASSERT_EQ(parsed.rows.size(), 2u);
  EXPECT_EQ(parsed.rows[0].is_sale_active, 0);
  EXPECT_EQ(parsed.rows[1].cpu_utilization, 4);
  EXPECT_THAT(parsed.warnings, IsEmpty());
  EXPECT_TRUE(parsed.lossless);
}

TEST(ParseRows, IgnoresUnknownColumnsWithAWarning) {
  const auto parsed = parse(kHeader + ",disk_reads\n2026-11-27,1,2,3,0,\"a, b\"\n");
  EXPECT_EQ(parsed.rows.size(), 1u);
  EXPECT_THAT(parsed.warnings, ElementsAre("rows.csv: line 1: column \"disk_reads\" is not known; ignored"));
  EXPECT_FALSE(parsed.lossless);
}

TEST(ParseRows, NeedsATimestampColumnAndAValueColumnEachOnce) {
  EXPECT_THAT(refusal("cpu,network_in\n1,2\n"),
              HasSubstr("line 1: no column \"timestamp\"; expected a header such as"));
  EXPECT_THAT(refusal("2026-11-27,1,2,3,0\n"), HasSubstr("no column \"timestamp\""));
  EXPECT_THAT(refusal("timestamp,disk\n2026-11-27,1\n"), HasSubstr("line 1: no column with values"));
  EXPECT_THAT(refusal("timestamp,cpu,cpu_utilization\n"), HasSubstr("\"cpu_utilization\" is there twice"));
  EXPECT_THAT(refusal("timestamp,timestamp,cpu\n"), HasSubstr("\"timestamp\" is there twice"));
}

TEST(ParseRows, ReadsAMissingValueColumnAsMissingWithAWarning) {
  const auto parsed = parse("timestamp,cpu\n2026-11-27,1\n");
  EXPECT_EQ(parsed.rows[0].network_in, std::nullopt);
  EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("no column \"network_in\"; its values are missing"),
                                           HasSubstr("request_count"), HasSubstr("is_sale_active")));
}

TEST(ParseRows, SortsRowsThatAreOutOfOrderAndSaysWhere) {
  const auto parsed = parse(kHeader + "\n2026-11-28,2,,,\n2026-11-27,1,,,\n2026-11-29,3,,,\n");
  ASSERT_EQ(parsed.rows.size(), 3u);
  EXPECT_EQ(parsed.rows[0].cpu_utilization, 1);
  EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("line 3: 1 rows are earlier than the row before")));
  EXPECT_TRUE(parsed.lossless);
}

TEST(ParseRows, LetsTheLaterLineWinWhenATimeIsRepeated) {
  const auto parsed = parse(kHeader + "\n2026-11-27,1,5,,\n2026-11-27,2,,7,\n");
  ASSERT_EQ(parsed.rows.size(), 1u);
  EXPECT_EQ(parsed.rows[0].cpu_utilization, 2);
  EXPECT_EQ(parsed.rows[0].network_in, 5) << "a missing value replaces nothing";
  EXPECT_EQ(parsed.rows[0].request_count, 7);
  EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("1 rows repeat a time, first 2026-11-27T00:00:00Z")));
}

TEST(ParseRows, ConvertsTimesOfMixedZonesToUtc) {
  const auto parsed =
      parse(kHeader + "\n2026-11-27T09:00:00+01:00,1,,,\n2026-11-27T08:05:00Z,2,,,\n2026-11-27T03:10:00-05:00,3,,,\n");
  ASSERT_EQ(parsed.rows.size(), 3u);
  EXPECT_EQ(parsed.rows[0].start, at("2026-11-27T08:00"));
  EXPECT_EQ(parsed.rows[2].start, at("2026-11-27T08:10"));
  EXPECT_THAT(parsed.warnings, IsEmpty());
  const auto mixed = parse(kHeader + "\n2026-11-27T09:00:00+01:00,1,,,\n2026-11-27T08:05:00,2,,,\n");
  EXPECT_THAT(mixed.warnings, ElementsAre(HasSubstr("line 3: 1 times have no zone among others that have one")));
}

TEST(ParseRows, TakesNanInfiniteAndNegativeValuesAsMissingAndNamesLineAndColumn) {
  const auto parsed = parse(kHeader + "\n2026-11-27,nan,inf,-3,-0\n2026-11-28,NULL,1e999,-,1e-999\n");
  ASSERT_EQ(parsed.rows.size(), 2u);
  for (const Row& row : parsed.rows) {
    EXPECT_EQ(row.cpu_utilization, std::nullopt);
    EXPECT_EQ(row.network_in, std::nullopt);
    EXPECT_EQ(row.request_count, std::nullopt);
    EXPECT_EQ(row.is_sale_active, 0);
  }
  EXPECT_FALSE(std::signbit(*parsed.rows[0].is_sale_active));
  ASSERT_EQ(parsed.warnings.size(), 6u);
  EXPECT_EQ(parsed.warnings[2],
            "rows.csv: line 2: column request_count: \"-3\" is not a finite number of at least 0; taken as missing");
}

TEST(ParseRows, RefusesWhatIsNoNumberOrNoTimeAndNamesLineAndColumn) {
  EXPECT_THAT(refusal(kHeader + "\n2026-11-27,1,2,3,0\n2026-11-28,1,2 GB,3,0\n"),
              HasSubstr("line 3: column network_in: \"2 GB\" is not a number"));
  EXPECT_THAT(refusal(kHeader + "\n2026-11-27,0x1F,,,\n"), HasSubstr("column cpu_utilization: \"0x1F\""));
  EXPECT_THAT(refusal(kHeader + "\nyesterday,1,2,3,0\n"), HasSubstr("line 2: \"yesterday\" is not a time"));
  EXPECT_THAT(refusal(kHeader + "\n,1,2,3,0\n"), HasSubstr("line 2: \"\" is not a time"));
  EXPECT_THAT(refusal(kHeader + "\n1969-12-31,1,2,3,0\n"),
              HasSubstr("line 2: the time \"1969-12-31\" is out of range"));
  EXPECT_THAT(refusal(kHeader + "\n9999-12-31T23:59:00-01:00,1,2,3,0\n"), HasSubstr("out of range"));
}

TEST(ParseRows, RefusesAWrongNumberOfFields) {
  EXPECT_THAT(refusal(kHeader + "\n2026-11-27,1,2,3\n"), HasSubstr("line 2: 4 fields; expected 5 as in the header"));
  EXPECT_THAT(refusal(kHeader + "\n2026-11-27,1,2,3,0,\n"), HasSubstr("line 2: 6 fields; expected 5"));
  EXPECT_THAT(refusal("timestamp;cpu\n2026-11-27;1;2\n"), HasSubstr("line 2: 3 fields; expected 2 as in the header"));
  EXPECT_THAT(refusal("timestamp;cpu\n2026-11-27,1\n"),
              HasSubstr("line 2: 1 fields; expected 2 as in the header (separated "
                        "by semicolons)"));
}

TEST(ParseRows, RefusesALineOfAHundredMegabytes) {
  const std::string huge(100'000'000, '7');
  EXPECT_THAT(refusal(kHeader + "\n2026-11-27,1," + huge + ",3,0\n"), HasSubstr("line 2: longer than 1048576 bytes"));
  EXPECT_THAT(refusal(huge), HasSubstr("line 1: longer than 1048576 bytes"));
  EXPECT_THAT(refusal(kHeader + "\n2026-11-27,\"" + huge), HasSubstr("line 2: a record longer than 1048576 bytes"));
  EXPECT_THAT(refusal(std::string(100'000'000, ',')), HasSubstr("line 1"));
}

TEST(ParseRows, RefusesBinaryBytes) {
  EXPECT_THAT(refusal(std::string("\x1f\x8b\x08\x00", 4)), HasSubstr("line 1: holds the byte 0x1f; expected CSV text"));
  EXPECT_THAT(refusal(kHeader + "\n2026-11-27,1,\"\x01\",3,0\n"), HasSubstr("line 2: holds the byte 0x01"));
  EXPECT_THAT(refusal(kHeader + "\r2026-11-27,1,2,3,0\r"), HasSubstr("carriage return in mid-line"));
  EXPECT_THAT(refusal(std::string("t\0i\0m\0e\0", 8)), HasSubstr("line 1: holds the byte 0x00"));
}

TEST(ParseRows, CutsALongListOfWarnings) {
  std::string text = kHeader + "\n";
  for (int i = 0; i < 1000; ++i) text += format_timestamp(at("2026-11-27") + i * kMinute) + ",-1,,,\n";
  const auto parsed = parse(text);
  EXPECT_EQ(parsed.rows.size(), 1000u);
  ASSERT_EQ(parsed.warnings.size(), 51u);
  EXPECT_EQ(parsed.warnings.back(), "rows.csv: and 950 more warnings");
}

TEST(ParseRows, LeavesOutTheUnfinishedEndOfAFileInWritingWhenAsked) {
  const std::string whole = kHeader + "\n2026-11-27,1,2,3,0\n";
  for (const std::string_view end : {"2026-11-28,1,2,3", "2026-11-28,1,2,3,0", "2026-11-28,\"1", "2026-1"}) {
    const auto parsed = parse_rows(whole + std::string(end), "rows.csv", {.skip_unterminated = true});
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(parsed->rows.size(), 1u) << end;
  }
}

}  // namespace
}  // namespace almanac::dataset

#include "simulation/trace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace almanac::simulation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::NanSensitiveDoubleEq;

Trace read(std::string_view text) {
  auto trace = parse_trace(text, "t.csv");
  EXPECT_TRUE(trace.has_value()) << trace.error().message;
  return trace.value_or(Trace{});
}

std::string refusal(std::string_view text) {
  const auto trace = parse_trace(text, "t.csv");
  EXPECT_FALSE(trace.has_value());
  return trace ? "" : trace.error().message;
}

Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

TEST(Trace, TurnsCountsPerMinuteIntoRequestsPerSecond) {
  const Trace trace = read("timestamp,request_count\n2024-01-01T00:00:00Z,120\n2024-01-01T00:01:00Z,60\n");
  EXPECT_EQ(trace.unit, Trace::Unit::requests_per_second);
  EXPECT_EQ(trace.demand.start, at("2024-01-01T00:00:00Z"));
  EXPECT_THAT(trace.demand.values, ElementsAre(2, 1));
}

TEST(Trace, SpreadsLongRowsAndKeepsGapsMissing) {
  // 600 requests in 2 minutes are 5 a second; 00:02 is an empty field, 00:04 is not there.
  const Trace trace =
      read("timestamp,request_count\n2024-01-01T00:00:00Z,600\n2024-01-01T00:02:00Z,\n2024-01-01T00:06:00Z,0\n");
  EXPECT_EQ(trace.native_step, 2 * kMinute);
  const auto missing = NanSensitiveDoubleEq(kMissing);
  EXPECT_THAT(trace.demand.values, ElementsAre(5, 5, missing, missing, missing, missing, 0, 0));
}

TEST(Trace, AveragesSecondsIntoMinutes) {
  std::string text = "timestamp,request_count\n";
  for (int second = 30; second < 120; ++second)
    text += fmt::format("2024-01-01T00:0{}:{:02}Z,{}\n", second / 60, second % 60, second < 60 ? 7 : second % 2 * 4);
  const Trace trace = read(text);
  EXPECT_EQ(trace.native_step, Duration{1});
  EXPECT_EQ(trace.demand.start, at("2024-01-01T00:00:00Z"));
  EXPECT_THAT(trace.demand.values, ElementsAre(7, 2));  // the known half minute; 0 and 4 in turn
}

TEST(Trace, ReadsCpuAsBusyInstances) {
  const Trace one = read("timestamp,cpu_utilization\n2024-01-01T00:00,50\n2024-01-01T00:01,25\n");
  EXPECT_EQ(one.unit, Trace::Unit::busy_instances);
  EXPECT_THAT(one.demand.values, ElementsAre(0.5, 0.25));
  // 50 % of four instances are two busy ones.
  const Trace group = read("timestamp,cpu,in_service_instances\n2024-01-01T00:00,50,4\n2024-01-01T00:01,25,2\n");
  EXPECT_THAT(group.demand.values, ElementsAre(2, 0.5));
}

TEST(Trace, ZerosThroughoutAreAPlaceholderNotALoad) {
  const std::string header = "timestamp,request_count,cpu_utilization\n";
  const auto zeros = parse_trace(header + "2024-01-01T00:00,0,50\n2024-01-01T00:01,0,40\n", "t.csv");
  ASSERT_FALSE(zeros.has_value());
  EXPECT_EQ(zeros.error().code, ErrorCode::invalid_input);
  EXPECT_EQ(zeros.error().message, "t.csv: request_count is never above 0; leave the column out to go by the CPU");
  EXPECT_TRUE(parse_trace(header + "2024-01-01T00:00,0,50\n2024-01-01T00:01,1,40\n", "t.csv"));
}

TEST(Trace, KeepsOtherNumericColumnsAndAcceptsForeignLineEnds) {
  const Trace trace = read(
      "\xEF\xBB\xBFtimestamp,host,request_count,network_in\r\n"
      "2024-01-01T00:00:00Z,a,60,100\r\n\r\n2024-01-01T00:01:00Z,b,60,\r\n");
  EXPECT_THAT(trace.demand.values, ElementsAre(1, 1));
  ASSERT_TRUE(trace.metrics.contains("network_in"));
  EXPECT_FALSE(trace.metrics.contains("host"));
  EXPECT_THAT(trace.metrics.at("network_in").values, ElementsAre(100, NanSensitiveDoubleEq(kMissing)));
}

TEST(Trace, RefusesWhatItCannotReadAndNamesTheLine) {
  const std::string head = "timestamp,request_count\n2024-01-01T00:00:00Z,1\n2024-01-01T00:01:00Z,1\n";
  EXPECT_THAT(refusal(""), HasSubstr("t.csv: is empty"));
  EXPECT_THAT(refusal("timestamp,request_count\n"), HasSubstr("0 rows; expected at least 2"));
  EXPECT_THAT(refusal("time,load\n1,2\n"), HasSubstr("neither request_count nor cpu_utilization"));
  EXPECT_THAT(refusal("request_count,timestamp\n"), HasSubstr("line 1: the first column is \"request_count\""));
  EXPECT_THAT(refusal(head + "2024-01-01T00:02:30Z,1\n"), HasSubstr("line 4: 2024-01-01T00:02:30Z is off the grid"));
  EXPECT_THAT(refusal(head + "2024-01-01T00:01:00Z,1\n"), HasSubstr("line 4: 2024-01-01T00:01:00Z is there twice"));
  EXPECT_THAT(refusal(head + "2024-01-01T00:00:30Z,1\n"),
              HasSubstr("line 4: 2024-01-01T00:00:30Z comes after a later"));
  EXPECT_THAT(refusal(head + "yesterday,1\n"), HasSubstr("line 4: \"yesterday\" is not a time"));
  for (const char* value : {"-1", "nan", "inf", "1e999", "many", "0x10"})
    EXPECT_THAT(refusal(head + "2024-01-01T00:02:00Z," + value + "\n"), HasSubstr("line 4: request_count is")) << value;
  EXPECT_THAT(refusal(head + "2024-01-01T00:02:00Z\n"), HasSubstr("line 4: 1 fields; expected 2"));
  EXPECT_THAT(refusal(head + "2104-01-01T00:02:00Z,1\n"), HasSubstr("more than 20 years"));
  EXPECT_THAT(refusal("timestamp,request_count\n2024-01-01,1\n2024-01-02,1\n"), HasSubstr("rows are 1d apart"));
  EXPECT_THAT(refusal(std::string("\x7f\x45LF\0\0\1\2", 8)), HasSubstr("t.csv: line 1"));
  EXPECT_THAT(refusal(head + std::string(2 << 20, '1')), HasSubstr("line 4"));
}

TEST(Trace, ReadsWhatOtherProgramsExport) {
  const Trace excel = read("Time;Request Count\n05.11.2026 12:00;1.200\n05.11.2026 12:01;60,5\n");
  EXPECT_EQ(excel.demand.start, at("2026-11-05T12:00:00Z"));
  EXPECT_THAT(excel.demand.values, ElementsAre(20, 60.5 / 60));
  const Trace milliseconds = read("timestamp,CPUUtilization\n1793880000000,50 %\n1793880060000,25 %\n");
  EXPECT_EQ(milliseconds.demand.start, at("2026-11-05T12:00:00Z"));
  EXPECT_THAT(milliseconds.demand.values, ElementsAre(0.5, 0.25));
  EXPECT_THAT(refusal("time,request_count\n2026-11-05T12:00Z,20 req/s\n2026-11-05T12:01Z,20 req/s\n"),
              HasSubstr("line 2: request_count is \"20 req/s\"; expected a number >= 0 (the number of requests in the "
                        "interval, not a rate)"));
}

TEST(Trace, RefusesRowsOfSeveralSpacingsEvenOnOneGrid) {
  // Ten minutes, then three rows of five: as minutes the latter would be five times the load, with holes.
  std::string text = "timestamp,request_count\n";
  for (int m = 0; m < 10; ++m) text += fmt::format("2024-01-01T00:{:02}:00Z,60\n", m);
  for (int m = 10; m <= 25; m += 5) text += fmt::format("2024-01-01T00:{:02}:00Z,300\n", m);
  EXPECT_THAT(refusal(text), HasSubstr("t.csv: line 12: rows are 5m apart here, most are 1m; expected one spacing: "
                                       "`almanac import` brings them to one"));
}

TEST(Trace, SaysWhichFileIsNotThere) {
  const auto trace = load_trace("/nowhere/load.csv");
  ASSERT_FALSE(trace.has_value());
  EXPECT_EQ(trace.error().code, ErrorCode::not_found);
  EXPECT_THAT(trace.error().message, HasSubstr("/nowhere/load.csv"));
}

Trace minutes(std::vector<double> rates) {
  Trace trace;
  trace.demand = {at("2024-01-01"), kMinute, std::move(rates)};
  return trace;
}

TEST(CollectedRows, CountRequestsAndTheHighestMinute) {
  // 1+2+3+4+10 = 20 requests/s over five minutes of 60 s are 1200 requests; the peak is 10 x 60 x 5.
  const auto rows = collected_rows(minutes({1, 2, 3, 4, 10, 1, 1, 1, 1}), {at("2024-01-01"), at("2024-01-02")});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].start, at("2024-01-01"));
  EXPECT_DOUBLE_EQ(*rows[0].request_count, 1200);
  EXPECT_DOUBLE_EQ(*rows[0].request_peak, 3000);
  EXPECT_FALSE(rows[0].network_in.has_value());
  EXPECT_FALSE(rows[0].is_sale_active.has_value());
  EXPECT_DOUBLE_EQ(*rows[1].request_count, 300);  // four known minutes stand for five
}

TEST(CollectedRows, LeaveOutWhatIsHardlyKnown) {
  const auto rows = collected_rows(minutes({1, kMissing, kMissing, kMissing, 1, 2, 2, kMissing, kMissing, 2}),
                                   {at("2024-01-01"), at("2024-01-02")});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].start, at("2024-01-01T00:05"));
  EXPECT_DOUBLE_EQ(*rows[0].request_count, 600);
}

TEST(CollectedRows, HaveNoPeakWhereTheTraceHasNoMinutes) {
  const Trace trace = read(
      "timestamp,request_count,network_in\n2024-01-01T00:00,300,5\n2024-01-01T00:05,600,7\n2024-01-01T00:10,900,\n");
  const auto rows = collected_rows(trace, trace.range());
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_DOUBLE_EQ(*rows[1].request_count, 600);
  EXPECT_FALSE(rows[1].request_peak.has_value());
  EXPECT_DOUBLE_EQ(*rows[1].network_in, 7);
  EXPECT_FALSE(rows[2].network_in.has_value());
}

TEST(CollectedRows, SpreadAmountsOfHalfHours) {
  const Trace trace = read("timestamp,request_count,network_in\n2024-01-01T00:00,1800,600\n2024-01-01T00:30,3600,60\n");
  const auto rows = collected_rows(trace, {at("2024-01-01T00:25"), at("2024-01-01T00:35")});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_DOUBLE_EQ(*rows[0].request_count, 300);
  EXPECT_DOUBLE_EQ(*rows[0].network_in, 100);
  EXPECT_DOUBLE_EQ(*rows[1].network_in, 10);
}

TEST(CollectedRows, ScaleCpuToThePlantsInstances) {
  // 50 % of one instance = 0.5; a plant's instance is worth 0.02 of it, so 25 of them are busy: 50 % of 50.
  const Trace trace = read("timestamp,cpu_utilization\n2024-01-01T00:00,50\n2024-01-01T00:05,100\n");
  CollectOptions options;
  options.unit_capacity = 0.02;
  const auto rows = collected_rows(trace, trace.range(), options);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_DOUBLE_EQ(*rows[0].cpu_utilization, 50);
  EXPECT_DOUBLE_EQ(*rows[0].in_service_instances, 50);
  EXPECT_FALSE(rows[0].request_count.has_value());
}

RC_GTEST_PROP(CollectedRows, NeverTellWhatHasNotHappened, ()) {
  // A range that ends at `now` gives the same rows whatever comes later.
  auto rates = *rc::gen::container<std::vector<double>>(
      60, rc::gen::map(rc::gen::inRange(0, 100), [](int v) { return v * 0.5; }));
  const auto now = *rc::gen::inRange<std::size_t>(0, 60);
  const TimeRange past{at("2024-01-01"), at("2024-01-01") + kMinute * static_cast<long long>(now)};
  const auto before = collected_rows(minutes(rates), past);
  for (std::size_t t = now; t < rates.size(); ++t) rates[t] = rates[t] * 3 + 1;
  RC_ASSERT(collected_rows(minutes(rates), past) == before);
}

}  // namespace
}  // namespace almanac::simulation

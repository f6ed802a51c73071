#include "adapters/prometheus/prometheus_metric_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/prometheus/fake_prometheus.h"
#include "ports/metric_source_contract.h"

namespace almanac::adapters::prometheus {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();
constexpr Duration kFive{300};
const Query kDemand{Measure::demand, "demand", "D", 1}, kCpu{Measure::cpu, "cpu", "C", 1},
    kNetwork{Measure::network, "network", "N", 1}, kInstances{Measure::instances, "instances", "I", 1};

// A matrix with these series, as JSON.
std::string matrix(const std::string& series, const std::string& beside = "") {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}" + beside + "}";
}

struct SourceTest : testing::Test {
  PrometheusMetricSource source(ReadingOptions options) {
    return {Server(prometheus.transport, {.url = "http://prometheus:9090", .pause = [](auto) {}}), clock,
            std::move(options)};
  }
  PrometheusMetricSource source(std::vector<Query> queries) { return source(ReadingOptions{std::move(queries)}); }
  // The one row of the five minutes from noon on, by the values of their minutes; "-" is none.
  std::optional<Row> row_of(const Query& query, const std::vector<std::string>& minutes) {
    prometheus.series[query.promql] = [minutes](Timestamp t) -> std::optional<std::string> {
      const auto i = (t - kNoon) / kMinute - 1;
      const bool there = i >= 0 && i < static_cast<std::int64_t>(minutes.size());
      return there && minutes[static_cast<std::size_t>(i)] != "-" ? std::optional(minutes[static_cast<std::size_t>(i)])
                                                                  : std::nullopt;
    };
    auto one = source({query});
    const auto rows = one.read({kNoon, kNoon + kFive}, kFive);
    EXPECT_TRUE(rows) << rows.error().message;
    left_out = one.left_out({kNoon, kNoon + kFive});
    return rows && !rows->empty() ? std::optional(rows->front()) : std::nullopt;
  }
  std::string mistake(const Query& query, const std::string& body) {
    prometheus.bodies[query.promql] = body;
    const auto rows = source({query}).read({kNoon, kNoon + kFive}, kFive);
    return rows ? "read" : rows.error().message;
  }

  FakePrometheus prometheus;
  std::shared_ptr<ports::ManualClock> clock = std::make_shared<ports::ManualClock>(kNoon + kHour + Duration(20));
  std::vector<std::string> left_out;
};

TEST_F(SourceTest, EveryMeasureHasItsColumn) {
  prometheus.series["D"] = [](Timestamp t) {  // 10 a second, 16 in the third minute
    return std::optional<std::string>(t == kNoon + 3 * kMinute ? "16" : "10");
  };
  prometheus.series["C"] = FakePrometheus::constant("42.5");
  prometheus.series["N"] = FakePrometheus::constant("1000");
  prometheus.series["I"] = FakePrometheus::constant("3");
  const auto rows = source({kDemand, kCpu, kNetwork, kInstances}).read({kNoon, kNoon + kFive}, kFive);
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_THAT(*rows, SizeIs(1));
  const Row& row = rows->front();
  EXPECT_EQ(row.start, kNoon);
  EXPECT_DOUBLE_EQ(*row.request_count, (4 * 10 + 16) / 5.0 * 300);
  EXPECT_EQ(row.request_peak, 16 * 300);
  EXPECT_EQ(row.cpu_utilization, 42.5);
  EXPECT_EQ(row.network_in, 300'000);
  EXPECT_EQ(row.in_service_instances, 3);
  EXPECT_EQ(row.is_sale_active, std::nullopt);
}

TEST_F(SourceTest, IsAskedForTheEndsOfMinutesSoThatARateIsOfTheMinuteBefore) {
  ASSERT_TRUE(source({kDemand}).read({kNoon, kNoon + kFive}, kFive));
  ASSERT_THAT(prometheus.asked, SizeIs(1));
  EXPECT_EQ(prometheus.asked[0].start, kNoon + kMinute);
  EXPECT_EQ(prometheus.asked[0].end, kNoon + kFive);
  EXPECT_EQ(prometheus.asked[0].step, kMinute);
}

TEST_F(SourceTest, AFactorMakesTheUnitOfTheMeasure) {
  Query per_minute = kDemand, ratio = kCpu;
  per_minute.factor = 1.0 / 60;
  ratio.factor = 100;
  EXPECT_DOUBLE_EQ(*row_of(per_minute, {"60", "60", "60", "60", "60"})->request_count, 300);
  EXPECT_DOUBLE_EQ(*row_of(ratio, {"0.25", "0.25", "0.25", "0.25", "0.25"})->cpu_utilization, 25);
}

TEST_F(SourceTest, KeepsTheContractOfItsPort) {
  const TimeRange day{kNoon - kDay, floor_to(kNoon + kHour, kFive)};
  const Timestamp gap = kNoon - 6 * kHour, idle = kNoon - 3 * kHour;
  const auto hole = [](Timestamp t, Timestamp start) { return t > start && t <= start + kFive; };
  prometheus.series["D"] = [=](Timestamp t) -> std::optional<std::string> {
    if (hole(t, gap) || hole(t, idle)) return std::nullopt;
    return fmt::format("{}", 50 + t.time_since_epoch().count() / 60 % 37);
  };
  prometheus.series["C"] = [=](Timestamp t) -> std::optional<std::string> {
    return hole(t, gap) ? std::nullopt : std::optional<std::string>("30");
  };
  ReadingOptions options{{kDemand, kCpu}};
  options.max_samples = 100;
  auto one = source(options);
  ports::expect_metric_source_contract(one, day, kFive, {.unknown = {gap}, .no_requests = {idle}});
}

// --- What is missing.

TEST_F(SourceTest, AnEmptyVectorIsMissingAndNeverZero) {
  EXPECT_EQ(row_of(kDemand, {}), std::nullopt);
  EXPECT_EQ(row_of(kDemand, {"0", "0", "0", "0", "0"})->request_count, 0) << "0 is a value";
}

TEST_F(SourceTest, AMinuteThatIsNotThereIsNotCounted) {
  EXPECT_DOUBLE_EQ(*row_of(kDemand, {"1", "-", "1", "-", "1"})->request_count, 300) << "the rate of those that are";
  EXPECT_EQ(row_of(kDemand, {"1", "-", "1", "-", "-"}), std::nullopt) << "less than half";
}

TEST_F(SourceTest, NotANumberIsMissingWithoutAWord) {
  EXPECT_EQ(row_of(kCpu, {"NaN", "NaN", "NaN", "50", "50"}), std::nullopt);
  EXPECT_THAT(left_out, IsEmpty()) << "0 / 0 of a quiet night is nothing to tell anyone";
  EXPECT_EQ(row_of(kCpu, {"NaN", "NaN", "40", "50", "60"})->cpu_utilization, 50);
}

TEST_F(SourceTest, WhatCannotBeIsLeftOutAndNamed) {
  EXPECT_EQ(row_of(kDemand, {"+Inf", "-1", "-Inf", "2", "2"}), std::nullopt);
  EXPECT_THAT(left_out, ElementsAre("demand: 3 values left out: inf of 2026-11-27T12:01:00Z is no demand"));
  Query ratio = kCpu;
  ratio.factor = 100;
  EXPECT_EQ(row_of(ratio, {"3.2", "3.2", "3.2", "3.2", "3.2"}), std::nullopt) << "cores, not a ratio";
  EXPECT_THAT(left_out, ElementsAre("cpu: 5 values left out: 3.2 of 2026-11-27T12:01:00Z is no utilisation of 0 to 100 "
                                    "% (is cpu_unit right?)"));
}

TEST_F(SourceTest, AUtilisationThatIsMeasuredALittleOffIsTheBound) {
  EXPECT_EQ(row_of(kCpu, {"104", "104", "104", "104", "104"})->cpu_utilization, 100);
  EXPECT_EQ(row_of(kCpu, {"-0.2", "-0.2", "-0.2", "-0.2", "-0.2"})->cpu_utilization, 0);
  EXPECT_THAT(left_out, IsEmpty());
}

TEST_F(SourceTest, OfAPartialAnswerNothingIsTaken) {
  const std::string values = R"({"metric":{},"values":[[1795780860,"1"],[1795780920,"1"],[1795780980,"1"]]})";
  for (const std::string beside : {R"(,"warnings":["store 10.0.0.7 did not answer"])", R"(,"isPartial":true)"}) {
    prometheus.bodies["D"] = matrix(values, beside);
    auto one = source({kDemand});
    const auto rows = one.read({kNoon, kNoon + kFive}, kFive);
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_THAT(*rows, IsEmpty());
    EXPECT_THAT(one.left_out({kNoon, kNoon + kFive}),
                ElementsAre(AllOf(StartsWith("demand: left out from 2026-11-27T12:01:00Z to 2026-11-27T12:05:00Z, "
                                             "because the server's answer is not whole: "),
                                  HasSubstr("did not answer"))));
    EXPECT_THAT(one.left_out({kNoon + kFive, kNoon + 2 * kFive}), IsEmpty());
    // What is read again and whole is no longer left out.
    prometheus.bodies["D"] = matrix(values);
    EXPECT_THAT(*one.read({kNoon, kNoon + kFive}, kFive), SizeIs(1));
    EXPECT_THAT(one.left_out({kNoon, kNoon + kFive}), IsEmpty());
  }
}

TEST_F(SourceTest, ARemarkOnTheQueryIsToldAndItsValuesAreTaken) {
  prometheus.bodies["D"] = matrix(R"({"metric":{},"values":[[1795780860,"1"],[1795780920,"1"],[1795780980,"1"]]})",
                                  R"(,"warnings":["PromQL warning: quantile value should be between 0 and 1"])");
  auto one = source({kDemand});
  EXPECT_THAT(*one.read({kNoon, kNoon + kFive}, kFive), SizeIs(1));
  EXPECT_THAT(one.left_out({kNoon, kNoon + kFive}), ElementsAre(StartsWith("demand: PromQL warning: quantile")));
}

// --- What is refused.

TEST_F(SourceTest, SeveralSeriesAreNamedAndRefused) {
  const auto one = [](const char* pod) {
    return fmt::format(R"({{"metric":{{"pod":"{}"}},"values":[[1795780860,"1"]]}})", pod);
  };
  EXPECT_EQ(mistake(kDemand, matrix(one("a") + "," + one("b"))),
            "demand: 2 series where one is expected: {pod=\"a\"}, {pod=\"b\"}; make them one, such as by sum(...), or "
            "name the labels of the one that is meant");
  EXPECT_THAT(mistake(kCpu, matrix(one("a") + "," + one("b") + "," + one("c") + "," + one("d"))),
              AllOf(StartsWith("cpu: 4 series"), HasSubstr("{pod=\"c\"}, ...; make them one, such as by avg(...)")));
}

TEST_F(SourceTest, ASeriesThatIsAnotherInTheNextPageIsRefused) {
  prometheus.transport->handler = [page = 0](const ports::HttpRequest&) mutable {
    const auto time = 1795780800 + 60 * ++page;
    return ports::HttpResponse{
        200, {}, matrix(fmt::format(R"({{"metric":{{"pod":"{}"}},"values":[[{},"1"]]}})", page < 3 ? "a" : "b", time))};
  };
  ReadingOptions options{{kDemand}};
  options.max_samples = 1;
  const auto rows = source(options).read({kNoon, kNoon + kFive}, kFive);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(rows.error().message, StartsWith("demand: one series is expected, found {pod=\"a\"} before "
                                               "2026-11-27T12:03:00Z and {pod=\"b\"} after; "));
}

TEST_F(SourceTest, AQueryThatTheServerRefusesFailsTheReadWithItsKey) {
  EXPECT_EQ(mistake(kCpu, R"({"status":"error","errorType":"bad_data","error":"1:2: parse error: bad number"})"),
            "cpu: http://prometheus:9090: cannot use the query: 1:2: parse error: bad number");
}

TEST_F(SourceTest, AServerThatIsTooSlowIsAskedAgainLater) {
  prometheus.transport->handler = [](const ports::HttpRequest&) {
    return fail(ErrorCode::timed_out, "no whole answer within 32 s");
  };
  const auto rows = source({kDemand}).read({kNoon, kNoon + kFive}, kFive);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::unavailable);
  EXPECT_EQ(rows.error().message, "demand: http://prometheus:9090: no whole answer within 32 s");
}

TEST_F(SourceTest, NativeHistogramsAreNoNumbers) {
  EXPECT_THAT(mistake(kDemand, matrix(R"({"metric":{},"histograms":[[1795780860,{"count":"4"}]]})")),
              StartsWith("demand: native histograms where numbers are expected"));
}

TEST_F(SourceTest, ValuesOfOtherTimesThanAskedForAreRefused) {
  EXPECT_THAT(mistake(kDemand, matrix(R"({"metric":{},"values":[[1795780861,"1"]]})")),
              HasSubstr("has a value of 2026-11-27T12:01:01Z, which was not asked for"));
  EXPECT_THAT(mistake(kDemand, matrix(R"({"metric":{},"values":[[1795790000,"1"]]})")),
              HasSubstr("which was not asked for"));
}

TEST_F(SourceTest, AResolutionMustFitIntoTheInterval) {
  for (const Duration fits : {Duration(5), Duration(15), Duration(60), Duration(300)}) {
    EXPECT_TRUE(check_resolution(fits, kFive)) << fits.count();
  }
  for (const Duration other : {Duration(0), Duration(7), Duration(45), Duration(90), Duration(120), Duration(600)}) {
    EXPECT_FALSE(check_resolution(other, kFive)) << other.count();
  }
  EXPECT_FALSE(check_resolution(kMinute, Duration(90)));
  ReadingOptions options{{kDemand}};
  options.resolution = Duration(7);
  EXPECT_THAT(source(options).read({kNoon, kNoon + kFive}, kFive).error().message,
              StartsWith("a resolution of 7s does not fit into the interval of 5m; expected"));
}

// --- How it is asked.

TEST_F(SourceTest, ALongTimeIsReadInPagesThatJoinWithoutASeam) {
  prometheus.series["D"] = [](Timestamp t) {
    return std::optional(fmt::format("{}", t.time_since_epoch().count() / 60 % 1000));
  };
  ReadingOptions paged{{kDemand}};
  paged.max_samples = 7;
  const TimeRange hour{kNoon, kNoon + kHour};
  const auto whole = source({kDemand}).read(hour, kFive);
  prometheus.asked.clear();
  EXPECT_EQ(*source(paged).read(hour, kFive), *whole);
  ASSERT_THAT(prometheus.asked, SizeIs(9));  // 60 = 8 x 7 + 4
  Timestamp next = kNoon + kMinute;
  for (const auto& page : prometheus.asked) {
    EXPECT_EQ(page.start, next) << "no minute is asked for twice, none is left out";
    EXPECT_LE((page.end - page.start) / page.step + 1, 7);
    next = page.end + kMinute;
  }
  EXPECT_EQ(next, kNoon + kHour + kMinute);
}

TEST_F(SourceTest, NothingOfTheFutureAndNoIntervalThatHasNotEnded) {
  clock->set(kNoon + Duration(290));
  prometheus.series["D"] = FakePrometheus::constant("1");
  EXPECT_THAT(*source({kDemand}).read({kNoon - kFive, kNoon + kHour}, kFive), SizeIs(1));
  ASSERT_THAT(prometheus.asked, SizeIs(1));
  EXPECT_EQ(prometheus.asked[0].end, kNoon);
}

TEST_F(SourceTest, WhatIsYoungerThanTheDelayIsNotWholeAndNotAskedFor) {
  prometheus.series["D"] = FakePrometheus::constant("1");
  ReadingOptions late{{kDemand}};
  late.delay = Duration(90);
  const auto rows_at = [&](Duration after_noon) {
    prometheus.asked.clear();
    clock->set(kNoon + after_noon);
    return source(late).read({kNoon, kNoon + kFive}, kFive)->size();
  };
  EXPECT_EQ(rows_at(Duration(301)), 1U) << "minutes up to 12:03 are known, which are more than half";
  EXPECT_EQ(prometheus.asked.at(0).end, kNoon + 3 * kMinute);
  late.delay = Duration(150);
  EXPECT_EQ(rows_at(Duration(301)), 0U) << "minutes up to 12:02";
  EXPECT_EQ(rows_at(Duration(330)), 1U);
}

TEST_F(SourceTest, AFinerResolutionIsAskedForAndMakesTheMeanOfMinutes) {
  prometheus.series["D"] = [](Timestamp t) {  // 0, 0, 0 and 8 in each minute
    return std::optional<std::string>(t.time_since_epoch().count() % 60 == 0 ? "8" : "0");
  };
  ReadingOptions fine{{kDemand}};
  fine.resolution = Duration(15);
  const auto rows = source(fine).read({kNoon, kNoon + kFive}, kFive);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(prometheus.asked.at(0).start, kNoon + Duration(15));
  EXPECT_EQ(prometheus.asked.at(0).step, Duration(15));
  EXPECT_EQ(rows->front().request_count, 2 * 300);
  EXPECT_EQ(rows->front().request_peak, 2 * 300) << "of minutes, not of moments";
}

TEST_F(SourceTest, ACoarserResolutionKnowsNoPeak) {
  prometheus.series["D"] = FakePrometheus::constant("4");
  ReadingOptions coarse{{kDemand}};
  coarse.resolution = kFive;
  const auto rows = source(coarse).read({kNoon, kNoon + kFive}, kFive);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->front().request_count, 4 * 300);
  EXPECT_EQ(rows->front().request_peak, std::nullopt);
}

}  // namespace
}  // namespace almanac::adapters::prometheus

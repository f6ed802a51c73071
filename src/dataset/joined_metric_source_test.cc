#include "dataset/joined_metric_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/fake_metric_source.h"
#include "ports/metric_source_contract.h"

namespace almanac::dataset {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

constexpr Duration kInterval{300};
const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();
const TimeRange kHourBefore{kNoon - kHour, kNoon};

Row row(Timestamp start, std::optional<double> cpu, std::optional<double> requests) {
  Row made{};
  made.start = start;
  made.cpu_utilization = cpu;
  made.request_count = requests;
  return made;
}

struct JoinedMetricSourceTest : testing::Test {
  std::shared_ptr<ports::FakeMetricSource> machines = std::make_shared<ports::FakeMetricSource>();
  std::shared_ptr<ports::FakeMetricSource> balancer = std::make_shared<ports::FakeMetricSource>();
  JoinedMetricSource joined{{{"machines", {"cpu_utilization"}, machines}, {"balancer", {"request_count"}, balancer}}};

  JoinedMetricSourceTest() {
    for (Timestamp t = kHourBefore.start; t < kNoon; t += kInterval) {
      machines->put(row(t, 50, 1));  // its own idea of the requests, which is not asked for
      balancer->put(row(t, std::nullopt, 600));
    }
  }
};

TEST_F(JoinedMetricSourceTest, EachColumnComesFromItsSource) {
  const auto rows = joined.read(kHourBefore, kInterval);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 12U);
  for (const Row& each : *rows) EXPECT_EQ(each, row(each.start, 50, 600));
  EXPECT_THAT(joined.failures(kHourBefore), IsEmpty());
}

TEST_F(JoinedMetricSourceTest, KeepsTheContractOfASource) {
  ports::expect_metric_source_contract(joined, kHourBefore, kInterval);
}

TEST_F(JoinedMetricSourceTest, WhatOnlyOneSourceKnowsIsARow) {
  balancer->rows.erase(kNoon - kInterval);
  machines->rows.erase(kNoon - 2 * kInterval);
  const auto rows = joined.read(kHourBefore, kInterval);
  ASSERT_EQ(rows->size(), 12U);
  EXPECT_EQ((*rows)[11], row(kNoon - kInterval, 50, std::nullopt)) << "missing, not what the other thinks of it";
  EXPECT_EQ((*rows)[10], row(kNoon - 2 * kInterval, std::nullopt, 600));
}

TEST_F(JoinedMetricSourceTest, ASourceThatFailsLeavesItsColumnsMissingAndIsNamed) {
  balancer->failure = Error{ErrorCode::unavailable, "no answer"};
  const auto rows = joined.read(kHourBefore, kInterval);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 12U);
  for (const Row& each : *rows) EXPECT_EQ(each, row(each.start, 50, std::nullopt));
  EXPECT_THAT(joined.failures(kHourBefore), ElementsAre(Field(&Error::message, "balancer: no answer")));
  EXPECT_THAT(joined.failures({kNoon, kNoon + kHour}), IsEmpty()) << "of another time";
  balancer->failure.reset();
  ASSERT_TRUE(joined.read(kHourBefore, kInterval));
  EXPECT_THAT(joined.failures(kHourBefore), IsEmpty()) << "it has been read since";
}

TEST_F(JoinedMetricSourceTest, FailsOnlyWhereAllFailAndThenWithTheFirstOnesError) {
  machines->failure = Error{ErrorCode::permission_denied, "not allowed"};
  balancer->failure = Error{ErrorCode::unavailable, "no answer"};
  const auto rows = joined.read(kHourBefore, kInterval);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::permission_denied);
  EXPECT_EQ(rows.error().message, "machines: not allowed");
}

}  // namespace
}  // namespace almanac::dataset

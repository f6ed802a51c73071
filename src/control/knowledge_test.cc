#include "control/knowledge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/series.h"

namespace almanac::control {
namespace {

constexpr Duration kInterval{300};
const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

Row row(Timestamp start, double cpu, double instances) {
  Row r;
  r.start = start;
  r.cpu_utilization = cpu;
  r.in_service_instances = instances;
  return r;
}

TEST(KnowledgeTest, EndsAtTheTickWithWhatIsNotKnownMissing) {
  GroupSettings settings;
  // 50 % of 4 instances is a demand of 2; the last two intervals before noon are not there, the one after noon is not
  // yet to be seen.
  const std::vector<Row> rows{row(kNoon - 4 * kInterval, 50, 4), row(kNoon - 3 * kInterval, 25, 4), row(kNoon, 90, 4)};
  const Knowledge known = know(rows, settings, kNoon);
  EXPECT_EQ(known.rows, 2);
  ASSERT_EQ(known.history.size(), 4U);
  EXPECT_EQ(known.history.end(), kNoon);
  EXPECT_DOUBLE_EQ(known.history.mean[0], 2);
  EXPECT_DOUBLE_EQ(known.history.mean[1], 1);
  EXPECT_TRUE(is_missing(known.history.mean[2]));
  EXPECT_TRUE(is_missing(known.history.mean[3]));
  EXPECT_EQ(known.last_demand, kNoon - 2 * kInterval);
  EXPECT_EQ(known.in_service[0], 4);
  EXPECT_TRUE(is_missing(known.in_service[3]));
}

TEST(KnowledgeTest, NoRowsAreAnEmptyHistory) {
  const Knowledge known = know({}, GroupSettings{}, kNoon);
  EXPECT_EQ(known.history.size(), 0U);
  EXPECT_EQ(known.history.end(), kNoon);
  EXPECT_FALSE(known.last_demand);
}

// --- metrics that contradict each other (dataset/credibility.h)

// Two days at 50 % of 4 instances, whose collector writes a placeholder where the requests belong.
std::vector<Row> with_placeholder() {
  std::vector<Row> rows;
  for (Timestamp t = kNoon - 2 * kDay; t < kNoon; t += kInterval) {
    rows.push_back(row(t, 50, 4));
    rows.back().request_count = 0;
  }
  return rows;
}

TEST(KnowledgeTest, DemandIsByTheCpuWhereTheRequestsAreNotBelieved) {
  GroupSettings settings;
  settings.capacity_per_instance = 50;
  const auto rows = with_placeholder();
  const Knowledge known = know(rows, settings, kNoon);
  for (const double demand : known.history.mean) ASSERT_DOUBLE_EQ(demand, 2);
  EXPECT_EQ(known.recent_rows.back(), rows.back()) << "as it was collected";
  EXPECT_THAT(doubts_now(known, kNoon), testing::ElementsAre(testing::HasSubstr("request_count is 0")));
}

TEST(KnowledgeTest, WhatWasDoubtedHoursAgoIsNoNews) {
  auto rows = with_placeholder();
  for (std::size_t i = rows.size() - 24; i < rows.size(); ++i) rows[i].request_count = 30'000;
  EXPECT_THAT(doubts_now(know(rows, GroupSettings{}, kNoon), kNoon), testing::IsEmpty());
}

TEST(KnowledgeTest, NoInstancesBesideACpuMakeNoDemandOfZero) {
  auto rows = with_placeholder();
  for (Row& each : rows) each.request_count.reset(), each.in_service_instances = 0;
  const Knowledge known = know(rows, GroupSettings{}, kNoon);
  EXPECT_FALSE(known.last_demand);
  EXPECT_TRUE(is_missing(known.in_service.back()));
}

TEST(KnowledgeTest, SaysWhatItTakesToKnowADemand) {
  const auto why = [](bool cpu, bool requests, bool instances) {
    Row only;
    only.start = kNoon - kInterval;
    if (cpu) only.cpu_utilization = 50;
    if (requests) only.request_count = 1000;
    if (instances) only.in_service_instances = 4;
    return why_no_demand(know({&only, 1}, GroupSettings{}, kNoon));
  };
  using testing::AllOf, testing::HasSubstr;
  EXPECT_EQ(why(true, false, true), "");
  EXPECT_THAT(why(true, true, false), AllOf(HasSubstr("capacity_per_instance"), HasSubstr("in_service_instances")));
  EXPECT_THAT(why(true, false, false), AllOf(HasSubstr("in_service_instances"), HasSubstr("threshold")));
  EXPECT_THAT(why(false, false, true), HasSubstr("cpu_utilization"));
  EXPECT_THAT(why(false, false, false), HasSubstr("neither"));
  EXPECT_EQ(why_no_demand(know({}, GroupSettings{}, kNoon)), "there are no rows");
  const std::vector<Row> old{row(kNoon - 49 * kDay, 50, 4)};
  EXPECT_EQ(why_no_demand(know(old, GroupSettings{}, kNoon)), "there are no rows in the last 28 days");
}

TEST(KnowledgeTest, TheThresholdRuleGoesByTheCpuAloneWhereThatIsAllThereIs) {
  GroupSettings settings;
  settings.policy.kind = planning::PolicyKind::threshold;
  std::vector<Row> rows = with_placeholder();
  for (Row& each : rows) each.request_count.reset(), each.in_service_instances.reset();
  const Knowledge known = know(rows, settings, kNoon);
  EXPECT_FALSE(known.last_demand);
  const auto alone = know_cpu_alone(known, rows, settings, kNoon);
  ASSERT_TRUE(alone);
  EXPECT_TRUE(alone->of_one_instance);
  EXPECT_EQ(alone->last_demand, kNoon);
  for (const double demand : alone->history.mean) ASSERT_DOUBLE_EQ(demand, 0.5);  // 50 % of one instance
  EXPECT_TRUE(is_missing(alone->in_service.back())) << "how many there are is still not known";

  settings.policy.kind = planning::PolicyKind::almanac;
  EXPECT_FALSE(know_cpu_alone(known, rows, settings, kNoon)) << "the newsvendor needs the group's demand";
  settings.policy.kind = planning::PolicyKind::threshold;
  const auto counted = with_placeholder();
  EXPECT_FALSE(know_cpu_alone(know(counted, settings, kNoon), counted, settings, kNoon)) << "and it is known";
}

}  // namespace
}  // namespace almanac::control

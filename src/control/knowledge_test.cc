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

std::shared_ptr<const records::Record> decided(Timestamp now, int desired, double q50 = 0, double q99 = 0) {
  records::Record record;
  record.decision.now = now;
  record.decision.desired = desired;
  record.decision.lead_time = kInterval;
  record.decision.cover_window = {now, now + 2 * kInterval};
  if (q99 > 0) record.decision.demand_quantiles = {{0.5, q50}, {0.99, q99}};
  return std::make_shared<const records::Record>(record);
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

Knowledge with_demand(std::vector<double> mean, std::vector<double> peak) {
  Knowledge known;
  known.history.interval = kInterval;
  known.history.start = kNoon - kInterval * static_cast<long long>(mean.size());
  known.history.mean = std::move(mean);
  known.history.peak = std::move(peak);
  return known;
}

TEST(ConsumptionTest, WholeIntervalsAndPeakMinutes) {
  // 5 instances at 80 % hold 4: a mean of 3 does, one of 4.5 does not, and a peak minute of 6 over a mean of 3 violates
  // with a fifth of 6. What is missing is not counted.
  const Knowledge known = with_demand({3, 4.5, 3, kMissing}, {3.5, 5, 6, kMissing});
  const std::vector<double> capacity{5, 5, 5, 5};
  const auto spent = consumption(known, capacity, 0.8, known.history.start);
  ASSERT_EQ(spent.size(), 3U);
  EXPECT_DOUBLE_EQ(spent[0].violating, 0);
  EXPECT_DOUBLE_EQ(spent[1].violating, 4.5);
  EXPECT_DOUBLE_EQ(spent[2].violating, 1.2);
  EXPECT_DOUBLE_EQ(spent[2].demand, 3);
  EXPECT_EQ(consumption(known, capacity, 0.8, kNoon - 2 * kInterval).size(), 1U);
  EXPECT_DOUBLE_EQ(hourly_mean(known.history), 12 * 3.5);  // (3 + 4.5 + 3) / 3 an interval, 12 intervals an hour
}

TEST(CapacityOfDecisionsTest, ALaunchServesAfterItsLeadTimeAndAScaleInAtOnce) {
  const Knowledge known = with_demand({1, 1, 1, 1, 1}, {1, 1, 1, 1, 1});
  const Timestamp t = known.history.start;
  // Lead time one interval: 8 asked at t+2 serve from t+3 on; 4 asked at t+4 hold at once.
  const std::vector<std::shared_ptr<const records::Record>> records{
      decided(t + kInterval, 5), decided(t + 2 * kInterval, 8), decided(t + 3 * kInterval, 8),
      decided(t + 4 * kInterval, 4)};
  const auto capacity = capacity_of_decisions(known.history, records);
  EXPECT_TRUE(is_missing(capacity[0]));
  EXPECT_EQ(capacity[1], 5);
  EXPECT_EQ(capacity[2], 5);
  EXPECT_EQ(capacity[3], 8);
  EXPECT_EQ(capacity[4], 4);
}

TEST(CoverageTest, OnlyFinishedWindowsWithAForecastCount) {
  const Knowledge known = with_demand({1, 1, 1, 1}, {1, 3, 1, kMissing});
  const Timestamp t = known.history.start;
  const std::vector<std::shared_ptr<const records::Record>> records{
      decided(t, 5, 2, 4),                  // peak 3: above the median, below q99
      decided(t + kInterval, 5, 3.5, 4),    // peak 3: below both
      decided(t + 2 * kInterval, 5, 2, 4),  // touches a missing interval
      decided(t + 3 * kInterval, 5, 2, 4),  // not finished
      decided(t, 5)};                       // no forecast
  const Coverage coverage = measure_coverage(known.history, records);
  EXPECT_EQ(coverage.windows, 2);
  EXPECT_DOUBLE_EQ(coverage.at50, 0.5);
  EXPECT_DOUBLE_EQ(coverage.at99, 1);
}

TEST(CoverageTest, BrokenNeedsManyWindowsFarOut) {
  const Coverage bad{100, 0.5, 0.6};
  EXPECT_FALSE(calibration_broken({20, 0.5, 0.1}, bad));
  EXPECT_FALSE(calibration_broken({500, 0.5, 0.96}, bad));
  EXPECT_TRUE(calibration_broken({500, 0.5, 0.8}, bad));
  EXPECT_TRUE(calibration_broken({500, 0.01, 0.99}, bad));
}

TEST(CoverageTest, ALatestHalfDayThatHoldsEndsIt) {
  EXPECT_FALSE(calibration_broken({800, 0.3, 0.6}, {100, 0.5, 0.97}));
  EXPECT_TRUE(calibration_broken({800, 0.3, 0.6}, {30, 0.5, 0.97})) << "too few to judge by";
}

}  // namespace
}  // namespace almanac::control

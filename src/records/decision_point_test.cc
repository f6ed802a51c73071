#include "records/decision_point.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "records/test_record.h"

namespace almanac::records {
namespace {

bool same(const DecisionPoint& a, const DecisionPoint& b) {
  const auto equal = [](double x, double y) { return x == y || (is_missing(x) && is_missing(y)); };
  DecisionPoint left = a, right = b;
  left.q50 = left.q90 = left.q99 = right.q50 = right.q90 = right.q99 = 0;
  return left == right && equal(a.q50, b.q50) && equal(a.q90, b.q90) && equal(a.q99, b.q99);
}

TEST(DecisionPointTest, ALineIsSkimmedToWhatParsingItSays) {
  const auto record = test_record(kTestNow, 10, 12);
  const auto point = skim(to_json(record));
  ASSERT_TRUE(point);
  EXPECT_TRUE(same(*point, point_of(record)));
  EXPECT_EQ(point->now, kTestNow);
  EXPECT_EQ(point->before, 10);
  EXPECT_EQ(point->desired, 12);
  EXPECT_EQ(point->q90, 12);
  EXPECT_EQ(point->in_service, 10);
  EXPECT_EQ(point->forecaster, "linear");
  EXPECT_EQ(point->outcome, Outcome::Kind::accepted);
}

RC_GTEST_PROP(DecisionPointTest, WhateverTheWordsAre, ()) {
  auto record = test_record(kTestNow + Duration{300 * *rc::gen::inRange(0, 2000)}, *rc::gen::inRange(0, 500),
                            *rc::gen::inRange(0, 500));
  Decision& d = record.decision;
  d.dry_run = *rc::gen::arbitrary<bool>();
  d.health = *rc::gen::element(Health::full, Health::fallback, Health::reactive, Health::hold);
  d.events = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
  d.stages.push_back({"mode", d.desired, *rc::gen::string<std::string>()});
  record.mode = *rc::gen::element(planning::Mode::own, planning::Mode::observe, planning::Mode::floor);
  record.outcome.message = *rc::gen::string<std::string>();
  record.notices = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
  if (*rc::gen::arbitrary<bool>()) record.group.reset();
  if (*rc::gen::arbitrary<bool>()) d.demand_quantiles.clear();
  if (*rc::gen::arbitrary<bool>()) d.desired_without_calendar = 7;
  const std::string line = to_json(record);
  const auto point = skim(line);
  RC_ASSERT(point.has_value());
  RC_ASSERT(same(*point, point_of(from_json(line).value())));
}

RC_GTEST_PROP(DecisionPointTest, APartOfALineIsNoPoint, ()) {
  const std::string line = to_json(test_record(kTestNow, 10, 12));
  RC_ASSERT(!skim(std::string_view(line).substr(0, *rc::gen::inRange<std::size_t>(0, line.size()))));
}

TEST(DecisionPointTest, WhatIsNoRecordIsNoPoint) {
  for (const char* line : {"", "{}", "null", "[]", "not json", R"({"now":"2026-11-25T12:00:00Z"})", "{\"now\"", "{,}"})
    EXPECT_FALSE(skim(line)) << line;
}

}  // namespace
}  // namespace almanac::records

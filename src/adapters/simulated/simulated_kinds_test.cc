#include "adapters/simulated/simulated_kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kinds/test_surroundings.h"
#include "settings/yaml.h"

namespace almanac::adapters::simulated {
namespace {

const Timestamp kNoon = parse_timestamp("2026-11-24T12:00:00Z").value();
constexpr Duration kInterval{300};

settings::Values shop(const std::string& text) {
  settings::Mistakes mistakes("shop.yaml");
  settings::Values values = settings::read_yaml(text, simulated_target().keys(), "", mistakes);
  EXPECT_TRUE(mistakes.none()) << mistakes.text();
  return values;
}

struct SimulatedKindsTest : testing::Test {
  kinds::TestSurroundings place{simulated_target(), shop("{seed: 3, boot: 10m, history: 1w}"), kNoon};
};

TEST_F(SimulatedKindsTest, TheMetricsAreOfTheShopThatTheTargetOpened) {
  const auto group = simulated_target().make(place.target_values, place.around);
  ASSERT_TRUE(group) << group.error().message;
  const auto metrics = simulated_metrics().make({}, place.around);
  ASSERT_TRUE(metrics);
  EXPECT_LE(metrics->first, kNoon - kWeek);
  // What is asked of the group shows in the metrics, once time has passed for both.
  const int before = (*group)->describe()->desired;
  ASSERT_TRUE((*group)->set_desired(before + 5));
  for (const auto& follow : *place.around.followers) ASSERT_TRUE(follow(kNoon + kHour));
  const auto rows = metrics->source->read({kNoon + kHour - kInterval, kNoon + kHour}, kInterval);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().in_service_instances, before + 5);
}

TEST(SimulatedKinds, AShopThatNeverOpensAnInstanceIsRefusedByItsSettings) {
  settings::Mistakes mistakes("shop.yaml");
  const auto values = settings::read_yaml("{boot: 900w, history: 9999w}", simulated_target().keys(), "", mistakes);
  ASSERT_TRUE(mistakes.none()) << mistakes.text();
  simulated_target().check(values, mistakes);
  EXPECT_THAT(mistakes.text(), testing::HasSubstr("boot: expected at most 1d, found 6300d"));
  EXPECT_THAT(mistakes.text(), testing::HasSubstr("history: expected at most 520w, found 69993d"));
}

TEST_F(SimulatedKindsTest, ItsBootIsTheUsualLeadTime) {
  EXPECT_EQ(simulated_target().usual_lead_time(place.target_values), Duration{600});
}

TEST_F(SimulatedKindsTest, WhoeverOnlyLooksWritesNothing) {
  place.around.visitor = kinds::Visitor::looker;
  ASSERT_TRUE(simulated_target().make(place.target_values, place.around));
  EXPECT_EQ(place.store.list("")->size(), 0U);
}

}  // namespace
}  // namespace almanac::adapters::simulated

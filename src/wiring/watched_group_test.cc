#include "wiring/watched_group.h"

#include <gtest/gtest.h>

#include "ports/memory_object_store.h"
#include "ports/scaling_group_contract.h"

namespace almanac::wiring {
namespace {

constexpr Duration kInterval{300};
const Timestamp kNow = *parse_timestamp("2026-11-27T12:00:00Z");

class WatchedGroupTest : public testing::Test {
 protected:
  WatchedGroupTest() {
    settings.name = "api";
    settings.policy.min = 2;
    settings.policy.max = 40;
  }
  // Rows of an hour that ended so long ago.
  void observe(Duration ago, std::optional<double> instances, double cpu = 50) {
    std::vector<Row> all;
    for (Timestamp t = kNow - ago - kHour; t < kNow - ago; t += kInterval) {
      all.push_back({.start = t});
      all.back().cpu_utilization = cpu;
      all.back().in_service_instances = instances;
    }
    ASSERT_TRUE(rows.append(all));
  }
  static records::Record decided(int desired) {
    records::Record record;
    record.decision.group = "api";
    record.decision.now = kNow - kInterval;
    record.decision.desired = desired;
    return record;
  }
  ports::GroupState state() { return *WatchedGroup(store, settings, kNow).describe(); }

  ports::MemoryObjectStore store;
  dataset::Dataset rows{store, "api", kInterval};
  control::GroupSettings settings;
};

TEST_F(WatchedGroupTest, KeepsTheContractOfAScalingGroup) {
  const auto keeps_contract = [&] {
    WatchedGroup group(store, settings, kNow);
    ports::expect_scaling_group_contract({group, [] { return kNow; }, [] {}});
    EXPECT_EQ(group.capabilities(), ports::Capabilities{});
    EXPECT_EQ(group.set_desired(5).error().message, "a CSV file cannot be scaled; set mode: observe");
  };
  keeps_contract();  // nothing is known
  observe(Duration{0}, 10);
  keeps_contract();  // as the rows say
  ASSERT_TRUE(records::Ledger(store, "api").add(decided(7)));
  keeps_contract();  // as it was decided
}

TEST_F(WatchedGroupTest, StandsWhereTheNewestCountSaysNotWhereTheLastRowLacksOne) {
  observe(kHour, 10);
  observe(Duration{0}, std::nullopt);
  EXPECT_TRUE(state().capacity_known);
  EXPECT_EQ(state().desired, 10);
  EXPECT_EQ(state().in_service, 10);
}

TEST_F(WatchedGroupTest, IsUnknownRatherThanAtItsMinimumWithoutACountOfTheLastDay) {
  EXPECT_FALSE(state().capacity_known) << "no rows at all";
  observe(2 * kDay, 10);
  observe(Duration{0}, std::nullopt);
  EXPECT_FALSE(state().capacity_known);
}

TEST_F(WatchedGroupTest, DoesNotBelieveACountOfZeroBesideACpu) {
  observe(Duration{0}, 0);
  EXPECT_FALSE(state().capacity_known);
}

TEST_F(WatchedGroupTest, StandsWhereItsLastDecisionPutIt) {
  observe(Duration{0}, 10);
  ASSERT_TRUE(records::Ledger(store, "api").add(decided(7)));
  EXPECT_TRUE(state().capacity_known);
  EXPECT_EQ(state().desired, 7);
  EXPECT_FALSE(state().counted) << "what was decided is not what somebody saw in service";
}

}  // namespace
}  // namespace almanac::wiring

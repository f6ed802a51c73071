#include "control/counting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/test_scaler.h"

namespace almanac::control {
namespace {

using testing::HasSubstr;

// Four instances of weight 4.
const ports::GroupState kSixteen{.min = 4,
                                 .max = 40,
                                 .desired = 16,
                                 .in_service = 16,
                                 .unit = CapacityUnit::units,
                                 .largest_weight = 4,
                                 .instances = 4};

std::vector<Row> hour_of(double in_service, Timestamp until = kNoon) {
  std::vector<Row> rows;
  for (Timestamp t = until - kHour; t < until; t += kInterval) rows.push_back(row(t, 40, in_service));
  return rows;
}

std::vector<std::shared_ptr<const records::Record>> decided_at(std::vector<std::pair<Timestamp, int>> in_service) {
  std::vector<std::shared_ptr<const records::Record>> all;
  for (const auto& [time, units] : in_service) {
    records::Record record;
    record.decision.now = time;
    record.group = kSixteen;
    record.group->in_service = units;
    all.push_back(std::make_shared<const records::Record>(record));
  }
  return all;
}

TEST(Counting, RowsOfInstancesAreFarBelowTheGroupsUnits) {
  EXPECT_THAT(counted_otherwise(hour_of(4), {}, kSixteen, kNoon),
              HasSubstr("at most 4 in service where the group has 16 units"));
  EXPECT_EQ(counted_otherwise(hour_of(16), {}, kSixteen, kNoon), "");
}

TEST(Counting, ACapacityThatGrewIsNoOtherUnit) {
  // Quadrupled by somebody a moment ago: the decisions of the hour saw it small.
  EXPECT_EQ(counted_otherwise(hour_of(4), decided_at({{kNoon - Duration{600}, 4}}), kSixteen, kNoon), "");
  EXPECT_NE(counted_otherwise(hour_of(4), decided_at({{kNoon - Duration{600}, 16}}), kSixteen, kNoon), "");
  // What it was before the hour says nothing.
  EXPECT_NE(counted_otherwise(hour_of(4), decided_at({{kNoon - 2 * kHour, 4}}), kSixteen, kNoon), "");
  EXPECT_EQ(counted_otherwise(hour_of(12), {}, kSixteen, kNoon), "") << "one instance came";
}

TEST(Counting, NothingIsSaidWhereNothingIsKnownOrInstancesAreTheUnit) {
  EXPECT_EQ(counted_otherwise({}, {}, kSixteen, kNoon), "");
  EXPECT_EQ(counted_otherwise(hour_of(4, kNoon - 2 * kHour), {}, kSixteen, kNoon), "");
  ports::GroupState plain = kSixteen;
  plain.unit = CapacityUnit::instances;
  EXPECT_EQ(counted_otherwise(hour_of(4), {}, plain, kNoon), "");
}

}  // namespace
}  // namespace almanac::control

#include "core/capacity_unit.h"

#include <gtest/gtest.h>

namespace almanac {
namespace {

TEST(CapacityUnit, IsWrittenForFilesAndForPeople) {
  EXPECT_EQ(to_string(CapacityUnit::vcpus), "vcpus");
  EXPECT_EQ(word(CapacityUnit::vcpus), "vCPU");
  EXPECT_EQ(words(CapacityUnit::mebibytes), "MiB");
  EXPECT_EQ(counted(1, CapacityUnit::instances), "1 instance");
  EXPECT_EQ(counted(1, CapacityUnit::vcpus), "1 vCPU");
  EXPECT_EQ(counted(16, CapacityUnit::units), "16 units");
}

TEST(CapacityUnit, ReadsWhatItWritesAndNothingElse) {
  for (const auto unit : {CapacityUnit::instances, CapacityUnit::units, CapacityUnit::vcpus, CapacityUnit::mebibytes}) {
    EXPECT_EQ(capacity_unit_of(to_string(unit)), unit);
  }
  EXPECT_EQ(capacity_unit_of("vCPUs"), std::nullopt);
  EXPECT_EQ(capacity_unit_of(""), std::nullopt);
}

}  // namespace
}  // namespace almanac

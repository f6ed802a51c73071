#include "adapters/aws/services/group_capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace almanac::adapters::aws {
namespace {

using testing::HasSubstr;

std::string instance(const std::string& type, const std::string& weight = "", const std::string& life = "InService") {
  return "<member><InstanceType>" + type + "</InstanceType><LifecycleState>" + life + "</LifecycleState>" +
         (weight.empty() ? "" : "<WeightedCapacity>" + weight + "</WeightedCapacity>") + "</member>";
}

std::string type_of(const std::string& type, const std::string& weight = "") {
  return "<member><InstanceType>" + type + "</InstanceType>" +
         (weight.empty() ? "" : "<WeightedCapacity>" + weight + "</WeightedCapacity>") + "</member>";
}

std::string with_attributes(const std::string& vcpus, const std::string& memory) {
  return "<member><InstanceRequirements><VCpuCount>" + vcpus + "</VCpuCount><MemoryMiB>" + memory +
         "</MemoryMiB></InstanceRequirements></member>";
}

GroupCapacity read(const std::string& instances, const std::string& overrides = "", const std::string& type = "") {
  std::string xml = "<member><Instances>" + instances + "</Instances>";
  if (!type.empty()) xml += "<DesiredCapacityType>" + type + "</DesiredCapacityType>";
  if (!overrides.empty()) {
    xml += "<MixedInstancesPolicy><LaunchTemplate><Overrides>" + overrides +
           "</Overrides></LaunchTemplate></MixedInstancesPolicy>";
  }
  return read_capacity(*parse_xml(xml + "</member>"));
}

TEST(GroupCapacity, WithoutWeightsInstancesAreCounted) {
  const auto plain = read(instance("m5.large") + instance("m5.large", "", "Pending:Wait"));
  EXPECT_EQ(plain.unit, CapacityUnit::instances);
  EXPECT_EQ(plain.in_service, 1);
  EXPECT_EQ(plain.pending, 1);
  EXPECT_EQ(plain.each, 1);
  EXPECT_EQ(plain.largest_weight, 1);
  // Several types, attributes by number of instances and weights of 1 are no weights.
  EXPECT_EQ(read(instance("a"), type_of("a") + type_of("b")).unit, CapacityUnit::instances);
  EXPECT_EQ(read(instance("a"), with_attributes("<Min>2</Min>", ""), "units").unit, CapacityUnit::instances);
  EXPECT_EQ(read(instance("a", "1"), type_of("a", "1") + type_of("b", "1")).each, 1);
}

TEST(GroupCapacity, AnInstanceCountsForItsWeight) {
  const auto mixed =
      read(instance("m5.xlarge", "4") + instance("m5.2xlarge", "8") + instance("m5.xlarge", "4", "Standby"),
           type_of("m5.xlarge", "4") + type_of("m5.2xlarge", "8") + type_of("m5.4xlarge", "16"));
  EXPECT_EQ(mixed.unit, CapacityUnit::units);
  EXPECT_EQ(mixed.in_service, 12);
  EXPECT_EQ(mixed.standby, 4);
  EXPECT_EQ(mixed.instances_in_service, 2);
  EXPECT_EQ(mixed.largest_weight, 16) << "the group may launch one";
  EXPECT_EQ(mixed.each, std::nullopt);
  EXPECT_EQ(mixed.problem, "");
}

TEST(GroupCapacity, OneWeightOfAllIsKnownForOtherTimesToo) {
  const std::string all = type_of("m5.xlarge", "4") + type_of("m5a.xlarge", "4");
  EXPECT_EQ(read(instance("m5.xlarge", "4"), all).each, 4);
  EXPECT_EQ(read("", all).each, 4) << "an empty group too";
  // An instance of a type that was taken out keeps its weight: what came before is not known.
  EXPECT_EQ(read(instance("m5.xlarge", "4") + instance("c5.4xlarge", "16"), all).each, std::nullopt);
  // Nor is it where nothing says what else the group may have launched.
  EXPECT_EQ(read(instance("m5.xlarge", "4")).each, std::nullopt);
}

TEST(GroupCapacity, AWeightThatTheInstanceDoesNotTellIsItsTypes) {
  const std::string all = type_of("m5.xlarge", "4") + type_of("m5.2xlarge", "8");
  EXPECT_EQ(read(instance("m5.2xlarge"), all).in_service, 8);
  const auto untold = read(instance("m5.2xlarge") + instance("t3.nano"), all);
  EXPECT_THAT(untold.problem, HasSubstr("counted in units, and 1 of its 2 instances do not tell"));
  // Of a group whose types all have one weight, so has the instance.
  EXPECT_EQ(read(instance("t3.nano"), type_of("m5.xlarge", "4") + type_of("m5a.xlarge", "4")).in_service, 4);
  // One that is on its way out is not counted, and need not tell.
  EXPECT_EQ(read(instance("m5.2xlarge") + instance("t3.nano", "", "Terminating"), all).problem, "");
}

TEST(GroupCapacity, AttributesCountWhatTheGroupSays) {
  const std::string any = with_attributes("<Min>4</Min><Max>8</Max>", "<Min>8192</Min><Max>65536</Max>");
  const auto vcpus = read(instance("m5.xlarge", "4") + instance("c5.2xlarge", "8"), any, "vcpu");
  EXPECT_EQ(vcpus.unit, CapacityUnit::vcpus);
  EXPECT_EQ(vcpus.in_service, 12);
  EXPECT_EQ(vcpus.largest_weight, 8);
  EXPECT_EQ(vcpus.each, std::nullopt);
  const std::string four = with_attributes("<Min>4</Min><Max>4</Max>", "<Min>8192</Min>");
  EXPECT_EQ(read(instance("m5.xlarge", "4"), four, "vcpu").each, 4);
  const auto memory = read(instance("m5.xlarge", "16384"), any, "memory-mib");
  EXPECT_EQ(memory.unit, CapacityUnit::mebibytes);
  EXPECT_EQ(memory.in_service, 16384);
  EXPECT_EQ(memory.largest_weight, 65536);
  EXPECT_THAT(read(instance("m5.xlarge"), any, "memory-mib").problem, HasSubstr("counted in MiB"));
}

}  // namespace
}  // namespace almanac::adapters::aws

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace almanac {

// What a group's capacity is counted in: its instances, or what each of them counts for.
enum class CapacityUnit { instances, units, vcpus, mebibytes };

// As files and APIs write it: "instances", "units", "vcpus", "mebibytes".
std::string_view to_string(CapacityUnit unit);
std::optional<CapacityUnit> capacity_unit_of(std::string_view text);

// As sentences do: "instance", "unit", "vCPU", "MiB"; "instances", "units", "vCPUs", "MiB"; and of a count: "1
// instance", "12 units".
std::string_view word(CapacityUnit unit);
std::string_view words(CapacityUnit unit);
std::string counted(int count, CapacityUnit unit);

}  // namespace almanac

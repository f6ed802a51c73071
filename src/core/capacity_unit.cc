#include "core/capacity_unit.h"

#include <fmt/format.h>

#include <array>

namespace almanac {
namespace {

struct Words {
  CapacityUnit unit;
  std::string_view in_files, one, many;
};
constexpr std::array<Words, 4> kWords{{{CapacityUnit::instances, "instances", "instance", "instances"},
                                       {CapacityUnit::units, "units", "unit", "units"},
                                       {CapacityUnit::vcpus, "vcpus", "vCPU", "vCPUs"},
                                       {CapacityUnit::mebibytes, "mebibytes", "MiB", "MiB"}}};

const Words& words_of(CapacityUnit unit) {
  return kWords[static_cast<std::size_t>(unit)];
}

}  // namespace

std::string_view to_string(CapacityUnit unit) {
  return words_of(unit).in_files;
}

std::optional<CapacityUnit> capacity_unit_of(std::string_view text) {
  for (const Words& each : kWords)
    if (each.in_files == text) return each.unit;
  return std::nullopt;
}

std::string_view word(CapacityUnit unit) {
  return words_of(unit).one;
}

std::string_view words(CapacityUnit unit) {
  return words_of(unit).many;
}

std::string counted(int count, CapacityUnit unit) {
  return fmt::format("{} {}", count, count == 1 ? word(unit) : words(unit));
}

}  // namespace almanac

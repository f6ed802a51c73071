#include "control/counting.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace almanac::control {
namespace {

// Two instances of weights 1 and 2 are two thirds of what they count for; a capacity that changes within an interval
// is off by less.
constexpr double kFarLess = 0.7;

}  // namespace

std::string counted_otherwise(std::span<const Row> rows, std::span<const std::shared_ptr<const records::Record>> recent,
                              const ports::GroupState& group, Timestamp now) {
  if (group.unit == CapacityUnit::instances || !group.unit_problem.empty()) return "";
  const Timestamp from = now - kHour;
  std::optional<double> most;
  for (const Row& row : rows) {
    if (row.start < from || row.start >= now || !row.in_service_instances) continue;
    most = std::max(most.value_or(0), *row.in_service_instances);
  }
  int least = group.in_service;
  for (const auto& record : recent) {
    if (record->decision.now >= from && record->group) least = std::min(least, record->group->in_service);
  }
  if (!most || *most >= kFarLess * least) return "";
  return fmt::format(
      "the rows of the last hour hold at most {:g} in service where the group has {}: they do not count what the "
      "group counts. Enable its metric GroupInServiceCapacity and run `almanac backfill`",
      *most, counted(least, group.unit));
}

}  // namespace almanac::control

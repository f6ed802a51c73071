#include "wiring/watched_group.h"

#include <algorithm>

#include "dataset/credibility.h"

namespace almanac::wiring {

Result<ports::GroupState> WatchedGroup::describe() {
  const planning::Policy& policy = settings_.policy;
  ports::GroupState state{.min = policy.min, .max = policy.max};
  const auto last = ledger_.latest(now_, [](const records::Record& r) { return !r.decision.dry_run; });
  if (!last) return tl::unexpected(last.error());
  state.counted = false;
  if (*last) {
    state.desired = state.in_service = (*last)->decision.desired;
    return state;
  }
  state.capacity_known = false;
  // A day more than is looked at, to judge it by.
  const auto rows = dataset_.read({now_ - 2 * kDay, now_});
  if (!rows) return state;
  const auto judged = dataset::judge(*rows, {settings_.interval, settings_.capacity_per_instance, false});
  for (const Row& row : judged.rows) {
    if (!row.in_service_instances || row.start < now_ - kDay) continue;
    state.desired = state.in_service =
        std::clamp(static_cast<int>(*row.in_service_instances + 0.5), policy.min, policy.max);
    state.capacity_known = state.counted = true;
  }
  return state;
}

Result<void> WatchedGroup::set_desired(int) {
  return fail(ErrorCode::unsupported, "a CSV file cannot be scaled; set mode: observe");
}

}  // namespace almanac::wiring

#include "adapters/watched/watched_group.h"

#include <algorithm>

#include "dataset/credibility.h"

namespace almanac::adapters::watched {

Result<ports::GroupState> WatchedGroup::describe() {
  const Timestamp now = clock_->now();
  ports::GroupState state{.min = options_.min, .max = options_.max};
  state.counted = false;
  const auto last = ledger_.latest(now, [](const records::Record& r) { return !r.decision.dry_run; });
  if (!last) return tl::unexpected(last.error());
  if (*last) {
    state.desired = state.in_service = (*last)->decision.desired;
    return state;
  }
  state.capacity_known = false;
  // A day more than is looked at, to judge it by.
  const auto rows = dataset_.read({now - 2 * kDay, now});
  if (!rows) return state;
  const auto judged = dataset::judge(*rows, {options_.interval, options_.capacity_per_instance, false});
  for (const Row& row : judged.rows) {
    if (!row.in_service_instances || row.start < now - kDay) continue;
    state.desired = state.in_service =
        std::clamp(static_cast<int>(*row.in_service_instances + 0.5), options_.min, options_.max);
    state.capacity_known = state.counted = true;
  }
  return state;
}

Result<void> WatchedGroup::set_desired(int) {
  return fail(ErrorCode::unsupported, "what is only watched cannot be scaled; set mode: observe");
}

}  // namespace almanac::adapters::watched

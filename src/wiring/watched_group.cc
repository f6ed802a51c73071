#include "wiring/watched_group.h"

#include <algorithm>

namespace almanac::wiring {

Result<ports::GroupState> WatchedGroup::describe() {
  ports::GroupState state{policy_.min, policy_.max, std::max(1, policy_.min), std::max(1, policy_.min), 0};
  const auto last = ledger_.latest(now_, [](const control::Record& r) { return !r.decision.dry_run; });
  if (!last) return tl::unexpected(last.error());
  if (*last) {
    state.desired = state.in_service = (*last)->decision.desired;
    return state;
  }
  const auto time = dataset_.last_row_time(now_);
  if (!time || !*time) return state;
  const auto rows = dataset_.read({**time, **time + dataset_.interval()});
  if (rows && !rows->empty() && rows->back().in_service_instances) {
    state.desired = state.in_service =
        std::clamp(static_cast<int>(*rows->back().in_service_instances + 0.5), policy_.min, policy_.max);
  }
  return state;
}

Result<void> WatchedGroup::set_desired(int) {
  return fail(ErrorCode::unsupported, "a CSV file cannot be scaled; set mode: observe");
}

}  // namespace almanac::wiring

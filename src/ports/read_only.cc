#include "ports/read_only.h"

#include <fmt/format.h>

namespace almanac::ports {

Result<std::string> ReadOnlyStore::put(std::string_view key, std::string_view bytes, const PutCondition& condition) {
  if (exception_ && exception_(key)) return inner_->put(key, bytes, condition);
  return fail(ErrorCode::permission_denied, fmt::format("{}: not written: the store is only looked at", key));
}

Result<void> ReadOnlyStore::remove(std::string_view key) {
  return fail(ErrorCode::permission_denied, fmt::format("{}: not removed: the store is only looked at", key));
}

Result<void> ReadOnlyGroup::set_desired(int desired) {
  return fail(ErrorCode::permission_denied,
              fmt::format("{} instances were not asked for: the group is only looked at", desired));
}

Result<void> ReadOnlyGroup::raise_minimum(int minimum, Timestamp, Timestamp) {
  return fail(ErrorCode::permission_denied,
              fmt::format("the minimum was not raised to {}: the group is only looked at", minimum));
}

}  // namespace almanac::ports

#include "control/memory.h"

namespace almanac::control {
namespace {

constexpr Duration kReread{2 * kDay};

}  // namespace

Memory::Recalled Memory::recall(dataset::Dataset& dataset, Timestamp until) {
  if (known_ && floor_to(known_->history.end(), kHour) == floor_to(until, kHour)) {
    const Timestamp from = until - kReread;
    const auto rows = dataset.read({from, until});
    if (rows) {
      if (const auto changed = extend(*known_, *rows, from, settings_, until)) return {*known_, *changed, std::nullopt};
    }
  }
  const auto rows = dataset.read(history_range(until));
  Knowledge known = know(rows ? std::span<const Row>(*rows) : std::span<const Row>(), settings_, until);
  const Timestamp changed = known_ ? first_difference(*known_, known) : known.history.start;
  known_ = std::move(known);
  return {*known_, changed, rows ? std::nullopt : std::optional(rows.error())};
}

}  // namespace almanac::control

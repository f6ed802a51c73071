#include "control/memory.h"

#include <algorithm>

namespace almanac::control {
namespace {

constexpr Duration kReread{2 * kDay};
constexpr Duration kRereadHourly{18 * kDay};  // extend() knows the rows of 28, some of which are witnesses only

// What the rows before those of the hourly reading depend on.
TimeRange older(Timestamp until) {
  return {history_range(until).start, until - kRereadHourly};
}

}  // namespace

std::optional<Timestamp> Memory::extend_known(dataset::Dataset& dataset, Timestamp until) {
  if (!known_) return std::nullopt;
  const bool new_hour = floor_to(known_->history.end(), kHour) != floor_to(until, kHour);
  if (new_hour) {
    const auto version = dataset.version(older(until));
    if (!version || version_.empty() || *version != version_) return std::nullopt;
  }
  const Timestamp from = std::max(until - (new_hour ? kRereadHourly : kReread), known_->history.start);
  const auto rows = dataset.read({from, until});
  if (!rows) return std::nullopt;
  return extend(*known_, *rows, from, settings_, until);
}

Memory::Recalled Memory::recall(dataset::Dataset& dataset, Timestamp until) {
  if (const auto changed = extend_known(dataset, until)) return {*known_, *changed, std::nullopt};
  // Before the rows: what changes in between is read again an hour later.
  version_ = dataset.version(older(until)).value_or("");
  const auto rows = dataset.read(history_range(until));
  Knowledge known = know(rows ? std::span<const Row>(*rows) : std::span<const Row>(), settings_, until);
  const Timestamp changed = known_ ? first_difference(*known_, known) : known.history.start;
  known_ = std::move(known);
  return {*known_, changed, rows ? std::nullopt : std::optional(rows.error())};
}

}  // namespace almanac::control

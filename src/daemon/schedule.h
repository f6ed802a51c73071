#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/row.h"
#include "core/time.h"

namespace almanac::daemon {

// When what is due. Pure, and the same on every machine.

// The hour of the UTC day (0 to 23) in which the group is least busy: the least mean of request_count over its rows, or
// of CPU where there are no requests; 3 while less than a day is known. Of equal hours the earliest.
int quiet_hour(std::span<const Row> rows);

// Where in its quiet hour a group trains, by its name: groups that sleep at the same time do not train at the same
// time.
Duration training_jitter(std::string_view group);

// When to train next. Once a day at `hour` plus `jitter`; at once when the last such time passed without a training, as
// after a downtime, or when there is no model. A model learns whole days: trained at a time, its `trained_until`
// (empty: there is no model) is less than a day before.
Timestamp next_training(std::optional<Timestamp> trained_until, int hour, Duration jitter, Timestamp now);

// What a look at the clock means for ticks on a grid of `interval`, when `last` was the last one begun.
struct TickDue {
  std::optional<Timestamp> tick;  // to begin now
  Timestamp next{};               // when to look again
  long long missed = 0;           // ticks between `last` and `tick` that nobody began: a downtime, a clock that leapt
  bool clock_went_back = false;   // by an interval or more; a smaller step is waited out
};
TickDue tick_due(std::optional<Timestamp> last, Timestamp now, Duration interval);

}  // namespace almanac::daemon

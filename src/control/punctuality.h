#pragma once

#include <memory>
#include <optional>
#include <span>

#include "core/row.h"
#include "core/time.h"
#include "records/record.h"

namespace almanac::control {

// When a source's metrics come, and so when a tick is worth deciding. Pure: measured from the ledger, whose lines say
// when each tick was decided and how far its metrics reached.

// The end of the newest interval of `rows` (ascending) that is whole: that has what the demand of the hour before is
// made of: the request count where any row of that hour counts one, else CPU and instances in service, else the CPU.
// Empty where none of the last hour's is.
std::optional<Timestamp> whole_until(std::span<const Row> rows, Duration interval);

struct Punctuality {
  // How many intervals behind a tick's own the metrics usually are when it must decide: the best of the three ticks
  // before. 0 while nothing is known, and at full hours, to see whether they have become faster.
  int lag = 0;
  // After a tick's time, before which no look is worth its price: when the soonest decision of the last hour that did
  // not wait in vain was taken, in whole minutes. 0 as above.
  Duration first_look{0};
  // From the end of the newest whole interval to the decision: what nine of ten ticks of the last day kept, in whole
  // minutes. What a decision holds for begins so long ago. 0 while fewer than an hour's ticks are known.
  Duration age{0};
};

// Of the real decisions in `recent` (ascending, before `tick`).
Punctuality punctuality(std::span<const std::shared_ptr<const records::Record>> recent, Timestamp tick,
                        Duration interval);

// Whether the tick is decided now, with metrics that are whole until `whole`: when they reach as far as they usually
// do, and at the latest a minute before the next tick.
bool is_due(const Punctuality& usual, Timestamp tick, Timestamp now, std::optional<Timestamp> whole, Duration interval);

}  // namespace almanac::control

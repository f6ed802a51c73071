#pragma once

#include <optional>
#include <vector>

#include "control/collector.h"
#include "control/scaler.h"
#include "records/calendar_store.h"

namespace almanac::control {

struct TickOptions {
  bool dry_run = false;
  // The tick may come at any minute of its interval, and is decided once: when its metrics are there (punctuality.h).
  // A source that does not answer this time is waited for as well. False: now, with what is known.
  bool when_due = false;
};

struct TickReport {
  // Not decided yet, because metrics are awaited: nothing else is set but, perhaps, `collected`.
  std::optional<std::string> waiting;      // in words
  std::optional<CollectReport> collected;  // empty when it failed, or when there was nothing to do
  std::optional<Error> uncollected;        // why it failed, which the decision's notices say too
  ScaleReport scaled;
  bool has_calendar = false;  // something was read, perhaps only a last good copy
};

// One tick of a group at one `now`: collect, then scale. Metrics that could not be collected do not keep the decision
// from being taken; it holds where they are missing. With `when_due`, a run before the metrics usually come and one
// after the decision read the ledger and nothing else.
// `notifiers` hear of what begins to be amiss; one that fails is a notice.
Result<TickReport> tick(Collector& collector, Scaler& scaler, records::CalendarStore& calendars, Timestamp now,
                        const TickOptions& options, const ProgressSink& progress = {},
                        const std::vector<ports::Notifier*>& notifiers = {});

}  // namespace almanac::control

#pragma once

#include <optional>
#include <vector>

#include "control/calendar_store.h"
#include "control/collector.h"
#include "control/scaler.h"

namespace almanac::control {

struct TickReport {
  std::optional<CollectReport> collected;  // empty when it failed
  std::optional<Error> uncollected;        // why it failed, which the decision's notices say too
  ScaleReport scaled;
  bool has_calendar = false;  // something was read, perhaps only a last good copy
};

// One tick of a group at one `now`: collect, then scale. Metrics that could not be collected do not keep the decision
// from being taken; it holds where they are missing.
// `notifiers` hear of what begins to be amiss; one that fails is a notice.
Result<TickReport> tick(Collector& collector, Scaler& scaler, CalendarStore& calendars, Timestamp now, bool dry_run,
                        const ProgressSink& progress = {}, const std::vector<ports::Notifier*>& notifiers = {});

}  // namespace almanac::control

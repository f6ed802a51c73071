#pragma once

#include <map>
#include <optional>
#include <string>

#include "control/knowledge.h"
#include "core/finding.h"
#include "core/result.h"
#include "core/time.h"
#include "dataset/dataset.h"
#include "ports/metric_source.h"
#include "ports/object_store.h"
#include "ports/scaling_group.h"
#include "records/calendar_store.h"
#include "records/ledger.h"
#include "records/model_store.h"

namespace almanac::control {

// What `almanac doctor` finds out through the ports, whatever stands behind them. Each function looks at one thing and
// says how to mend what is amiss; none fails, and only examine_store writes.

// Lists the group's folder.
Findings look_at_store(ports::ObjectStore& store, const std::string& group);

// The same; then it puts, reads and removes <group>/almanac-doctor-probe, with the conditions that keep two writers
// apart.
Findings examine_store(ports::ObjectStore& store, const std::string& group);

// Limits against the settings, what the group is in the middle of, launches that failed in the last day.
Findings examine_group(ports::ScalingGroup& group, const GroupSettings& settings, Timestamp now);

// Launch to in service, and what follows for how far a decision looks ahead.
Findings examine_lead_time(ports::ScalingGroup& group, const GroupSettings& settings, Timestamp now);

// Which metrics arrived in the last two hours, and how old the newest are. `advice` says what to do where one never
// came, by column ("in_service_instances").
Findings examine_metrics(ports::MetricSource& source, const GroupSettings& settings, Timestamp now,
                         const std::map<std::string, std::string>& advice);

// The rows collected so far: how far back, whether the last one is recent, and what of them is not believed.
Findings examine_rows(dataset::Dataset& dataset, const GroupSettings& settings, Timestamp now);

// What could not be read or used, the next event within four weeks, and minimums above `max` instances until then.
Findings examine_calendar(const Result<records::LoadedCalendar>& calendar, int max, Timestamp now);

// Whether there is a model, how old it is, which forecaster won.
Findings examine_model(records::ModelStore& models, const GroupSettings& settings, Timestamp now);

// When something was last decided, on which rung of the ladder, and what became of it.
Findings examine_decisions(const records::Ledger& ledger, const GroupSettings& settings, Timestamp now);

}  // namespace almanac::control

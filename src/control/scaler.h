#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/coverage.h"
#include "control/knowledge.h"
#include "control/lead_time.h"
#include "control/memory.h"
#include "control/punctuality.h"
#include "core/result.h"
#include "dataset/dataset.h"
#include "ports/notifier.h"
#include "ports/scaling_group.h"
#include "records/calendar_store.h"
#include "records/ledger.h"
#include "records/model_store.h"
#include "records/overrides.h"

namespace almanac::control {

struct ScaleOptions {
  bool dry_run = false;
  std::vector<std::string> notices;           // of the collection before, kept in the ledger
  bool metrics_failed = false;                // that collection failed: what is not known is no longer merely late
  std::vector<ports::Notifier*> notifiers{};  // hear of what begins to be amiss (control/alerts.h); never in a dry run
};

// What a tick learnt beside its decision, for those who watch. Demand in busy instances; what is not known is empty.
struct Facts {
  std::optional<double> demand;          // of the newest known of the last three intervals
  std::optional<Timestamp> data_until;   // end of the last interval with a demand
  std::optional<double> violating_hour;  // share of the demand above the stated utilisation, of the last hour ...
  std::optional<double> violating_week;  // ... and of the last seven days, by the instances that were in service
  Coverage coverage;                     // of the decisions of the last days
  std::optional<double> pinball_ratio;   // loss of the model's winner relative to the seasonal naive
  std::optional<Timestamp> model_trained;
};

struct ScaleReport {
  records::Record record;
  std::optional<Facts> facts;  // empty when the tick had been decided before
  bool repeated = false;       // the tick had been decided before; nothing was decided anew
};

// Decides a tick and carries it out in the way of its mode: observe records, floor raises the group's minimum over the
// cover window, own sets the desired capacity. What people have set against the configuration (records/overrides.h)
// counts: a pause sends nothing, a floor is a stage of the plan, a mode stands in for the configured one. Idempotent:
// the second run for a tick changes nothing, except that it sends what an earlier run could not, to the group or to
// people.
class Scaler {
 public:
  Scaler(ports::ObjectStore& store, dataset::Dataset& dataset, ports::ScalingGroup& group, GroupSettings settings)
      : dataset_(dataset),
        group_(group),
        settings_(std::move(settings)),
        memory_(settings_),
        ledger_(store, settings_.name, records::Ledger::Keeps::numbers),
        overrides_(store, settings_.name),
        models_(store, settings_.name) {}

  // Errors: the group refused the decision, which is recorded, told and asked again by the next run; and, all without
  // an action: the group does not answer; the decision could not be recorded; unavailable when the ledger holds
  // decisions of later ticks (the clock went back), and when neither a group's capacity nor its demand is known. Rows,
  // models and calendars that cannot be read are no errors: the ladder has a rung for each, and the record says which.
  Result<ScaleReport> scale(Timestamp now, const records::LoadedCalendar& calendar, const ScaleOptions& options = {});

  // The decision of the tick at hand, where the group and people have been told of it: nothing is left to do. Costs one
  // look into the ledger. Errors of the store.
  Result<std::optional<records::Record>> settled(Timestamp now) const;
  // When this group's metrics come, from the ledger. Errors of the store.
  Result<Punctuality> punctuality(Timestamp now);
  // How far the rows that were collected by `now` are whole. Errors of the store.
  Result<std::optional<Timestamp>> collected_until(Timestamp now);

  // Ticks decided by this object, by the rung of the ladder.
  const std::map<Health, long long>& counts() const { return counts_; }

 private:
  struct Situation;

  Result<void> check_clock(Timestamp tick);
  struct Decided {
    records::Record record;
    std::shared_ptr<const records::Record> previous;  // the last real decision before it
    Facts facts;
  };
  Result<Decided> decide(Timestamp now, const records::LoadedCalendar& calendar, const ScaleOptions& options,
                         const records::Overrides& overrides);
  void observe(Situation& situation, const records::LoadedCalendar& calendar);
  void forecast(Situation& situation, const records::LoadedCalendar& calendar);
  Result<void> find_a_start(Situation& situation) const;
  void decide_floor(const Situation& situation, records::Record& record) const;
  Duration from_tick(const Situation& situation) const;
  static Facts facts_of(const Situation& situation);
  void update_budget(Situation& situation);
  void look_at_group(Situation& situation, const ports::GroupState& state);
  Result<records::Overrides> overrides_at(Timestamp now, std::vector<std::string>& notices) const;
  Result<void> carry_out(records::Record& record, const records::Overrides& overrides, Timestamp now);
  std::shared_ptr<const records::Record> decided_before(const records::Record& record) const;
  void tell(records::Record& record, const records::Record* previous, const std::vector<ports::Notifier*>& notifiers,
            bool told_before);

  dataset::Dataset& dataset_;
  ports::ScalingGroup& group_;
  GroupSettings settings_;
  Memory memory_;
  forecast::RecentPredictions recent_, recent_without_calendar_;
  records::Ledger ledger_;
  records::OverrideStore overrides_;
  records::ModelStore models_;
  std::map<Health, long long> counts_;
};

}  // namespace almanac::control

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "control/collector.h"
#include "control/horizon.h"
#include "control/knowledge.h"
#include "control/lead_time.h"
#include "control/scaler.h"
#include "control/tick.h"
#include "control/trainer.h"
#include "core/progress.h"
#include "core/result.h"
#include "dataset/dataset.h"
#include "ports/metric_source.h"
#include "ports/notifier.h"
#include "ports/object_store.h"
#include "ports/scaling_group.h"
#include "records/calendar_store.h"

namespace almanac::control {

// What a group is put together from, behind its ports.
struct GroupParts {
  ports::ObjectStore& store;
  GroupSettings settings;
  records::CalendarStore calendars;
  CollectorOptions collect{};
  // Where its metrics come from and what is scaled; nullptr where only its history is needed.
  std::shared_ptr<ports::MetricSource> metrics{};
  std::shared_ptr<ports::ScalingGroup> target{};
  // Tells what stands behind the ports the time of the next tick, where that is not the clock's.
  std::function<Result<void>(Timestamp)> advance{};
};

struct TrainOptions {
  bool from_scratch = false;
  bool use_lstm = true;
};

// What is to come, with what it was made for.
struct GroupForecast {
  Horizon horizon;
  records::LoadedCalendar calendar;
  CapacityUnit unit = CapacityUnit::instances;
};

// One group, and everything that is done for one: commands, functions, the daemon, the demo and the benchmarks parse,
// call this and print. One that lives on from tick to tick stays warm (control/memory.h) and decides what a new one
// would, to the bit. One thread at a time; several objects of one group may work side by side, since all that is
// written is conditional.
class Group {
 public:
  explicit Group(GroupParts parts);
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const GroupSettings& settings() const { return parts_.settings; }
  const std::string& name() const { return parts_.settings.name; }
  ports::ObjectStore& store() { return parts_.store; }
  dataset::Dataset& dataset() { return dataset_; }
  records::CalendarStore& calendars() { return parts_.calendars; }
  // Not without metrics or target: these abort.
  ports::MetricSource& metrics();
  ports::ScalingGroup& target();
  // Ticks decided by this object, by the rung of the ladder.
  std::map<Health, long long> counts() const;

  // Before a tick of a group that lives on. After an error it must be put together anew.
  Result<void> advance_to(Timestamp now);

  Result<CollectReport> collect(Timestamp now, const ProgressSink& progress = {});
  Result<CollectReport> backfill(Timestamp from, Timestamp now, const ProgressSink& progress = {});
  // Decides without collecting.
  Result<ScaleReport> scale(Timestamp now, const ScaleOptions& options = {});
  // Collects and decides (tick.h). `notifiers` hear of what begins to be amiss.
  Result<TickReport> tick(Timestamp now, const TickOptions& options = {}, const ProgressSink& progress = {},
                          const std::vector<ports::Notifier*>& notifiers = {});
  // Learns the history up to `now`, for launches that take lead_time(now).
  Result<TrainReport> train(Timestamp now, const TrainOptions& options = {}, const ProgressSink& progress = {});
  // The hours ahead, window by window; `now` is cut to the interval.
  Result<GroupForecast> forecast(Timestamp now, Duration ahead);
  // Launch to in service: configured, else measured of the target, else what the last decision knew, else the usual.
  LeadTime lead_time(Timestamp now);

 private:
  GroupParts parts_;
  dataset::Dataset dataset_;
  records::Ledger ledger_;
  std::optional<Collector> collector_;
  std::optional<Scaler> scaler_;
};

}  // namespace almanac::control

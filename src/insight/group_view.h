#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/knowledge.h"
#include "control/memory.h"
#include "core/mutex.h"
#include "core/result.h"
#include "dataset/dataset.h"
#include "planning/limits.h"
#include "ports/object_store.h"
#include "records/calendar_store.h"
#include "records/decision_log.h"
#include "records/model_store.h"
#include "records/overrides.h"

namespace almanac::insight {

// Everything known of one group at a tick. Immutable.
struct GroupView {
  control::GroupSettings settings;
  Timestamp tick{};  // on the interval's grid; the end of `known`
  control::Knowledge known;
  std::vector<records::DecisionPoint> points;  // of the last 35 days, ascending
  std::optional<records::Record> latest;       // the last real decision
  records::LoadedCalendar calendar;
  records::LoadedModel model;
  records::Overrides overrides;       // in force
  std::vector<std::string> problems;  // what could not be read

  Duration lead_time() const;     // of the last decision, else as configured or usual
  Duration cover_window() const;  // control::cover_window of it
  double price_position() const;  // on planning::lambda_grid(): the last decision's, else where training left it
  CapacityUnit unit() const { return latest ? latest->unit() : CapacityUnit::instances; }
  planning::Limits limits() const;  // the group's and the settings' together, as decisions keep them

  std::optional<double> trained_position;  // where training left the price
};

inline constexpr Duration kPointsKept{35 * kDay};

// Reads a group's view from the store and keeps what views have in common; answers made of a view are kept as long as
// it is. Thread-safe: who asks for the same group waits for whoever is reading it.
class GroupReader {
 public:
  // `store` must outlive it.
  GroupReader(ports::ObjectStore& store, control::GroupSettings settings, std::vector<records::CalendarFeed> feeds);

  // The view at `now`, from memory while nothing can have changed: on the same tick, once its decision is there and
  // until changed() was called. Only a store that does not answer at all is an error.
  Result<std::shared_ptr<const GroupView>> view(Timestamp now);
  // Something was written: the next view is read anew.
  void changed();

  // What `compute` makes of the view, kept under `key` until there is another view. Errors are not kept.
  using Compute = std::function<Result<std::string>(const GroupView&)>;
  Result<std::string> answer(Timestamp now, const std::string& key, const Compute& compute);

  // Points of any range, also from before the view's.
  Result<std::vector<records::DecisionPoint>> points(TimeRange range);
  Result<std::vector<records::Record>> newest(TimeRange range, std::size_t limit);

 private:
  Result<std::shared_ptr<const GroupView>> view_locked(Timestamp now) ALMANAC_REQUIRES(mutex_);
  Result<std::shared_ptr<const GroupView>> read(Timestamp tick) ALMANAC_REQUIRES(mutex_);

  ports::ObjectStore& store_;
  const control::GroupSettings settings_;
  Mutex mutex_;
  dataset::Dataset dataset_ ALMANAC_GUARDED_BY(mutex_);
  control::Memory memory_ ALMANAC_GUARDED_BY(mutex_);
  records::CalendarStore calendars_ ALMANAC_GUARDED_BY(mutex_);
  records::ModelStore models_ ALMANAC_GUARDED_BY(mutex_);
  records::DecisionLog log_ ALMANAC_GUARDED_BY(mutex_);
  std::shared_ptr<const GroupView> view_ ALMANAC_GUARDED_BY(mutex_);
  std::atomic<bool> changed_ = false;  // not under the mutex: a tick does not wait for a reader
  std::chrono::steady_clock::time_point read_at_ ALMANAC_GUARDED_BY(mutex_){};
  std::map<std::string, std::string> answers_ ALMANAC_GUARDED_BY(mutex_);
};

}  // namespace almanac::insight

#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "calendar/calendar.h"
#include "control/coverage.h"
#include "core/progress.h"
#include "core/result.h"
#include "core/row.h"
#include "forecast/group_model.h"
#include "planning/accountant.h"
#include "planning/observe.h"
#include "planning/planner.h"

namespace almanac::control {

// Production over a history that is there already, at the price of one pass: what each tick would have known and
// forecast, by the code of the ticks themselves (planning/observe.h, control/ladder.h), strictly causally, with a model
// refitted once a day. Demand does not depend on decisions, so one pass serves every price and every capacity: what a
// tick decides is planning::decide() of what it saw, for whatever group it is asked.

struct ReplayOptions {
  TimeRange range{};  // a tick for each interval of it, at which what lies before is known; days begin at its start
  Duration lead_time{300};
  double utilisation = 0.8;
  // How long after its end an interval is known.
  Duration metrics_delay{0};
  bool experts = true;  // simple rules are mixed into the model's capacities (a benchmark takes them away)
  // Set by another thread to stop: the replay ends before the next day that it learns, as a conflict. nullptr: nobody.
  const std::atomic<bool>* cancelled = nullptr;
};

struct ReplayedTick {
  Timestamp now{};         // the tick
  Timestamp decided_at{};  // when its metrics were there; what is known ends at the interval before that
  std::size_t known = 0;   // intervals of the history that were known
  planning::Observation seen;
  planning::Forecasts forecasts;
};

struct ReplayReport {
  double train_seconds = 0, decide_seconds = 0;
  std::optional<Error> too_early;  // why the first days could not be learned; they have no ticks
};

// Advances `model` day by day from the range's start to its last day and tells `sink` of each tick, ascending.
// `features` are the model's of the whole history, `rows` what they were made of: a group's own words for why nothing
// is known come from them. Days too early in the history to learn from have no ticks. Errors: conflict when cancelled.
Result<ReplayReport> replay(forecast::GroupModel& model, const forecast::Features& features,
                            const calendar::Calendar& calendar, std::span<const Row> rows, const ReplayOptions& options,
                            const std::function<void(const ReplayedTick&)>& sink, const ProgressSink& progress = {});

// Plays ticks at the price that the error-budget controller moves, on a group reduced to "what was asked for a lead
// time ago serves": what the controller is warmed up on before it steers.
class Rehearsal {
 public:
  // `load` is the whole history; `from` where the budget begins to count.
  Rehearsal(planning::Policy policy, planning::KnownLoad load, Duration lead_time, Timestamp from);

  void play(const ReplayedTick& tick);
  const planning::ErrorBudget& budget() const { return state_.budget; }
  // The capacity asked for last; empty before the first tick.
  std::optional<int> desired() const { return desired_; }

 private:
  planning::Policy policy_;
  planning::KnownLoad load_;
  Duration lead_time_;
  planning::PlannerState state_;
  std::vector<planning::Asked> asked_;
  std::optional<int> desired_;
};

}  // namespace almanac::control

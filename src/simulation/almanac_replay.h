#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "control/replay.h"
#include "core/progress.h"
#include "core/result.h"
#include "core/series.h"
#include "forecast/group_model.h"
#include "planning/planner.h"
#include "simulation/plant.h"
#include "simulation/policy.h"
#include "simulation/trace.h"

namespace almanac::simulation {

// What Almanac knew and forecast at one tick of a trace.
struct ReplayTick {
  std::size_t minute = 0;  // of the trace, at which it was decided
  control::ReplayedTick tick;
  planning::Curves curves;                                   // of its forecast, at every price
  double median = kMissing, q90 = kMissing, q99 = kMissing;  // forecast peak of the cover window, busy instances
  double cdf_of_actual = kMissing;  // the forecast's probability of at most what came; kMissing where nothing came
  bool near_event = false;
};

struct ReplaySettings {
  std::size_t from = 0;  // first minute that is decided; earlier ones are history
  std::size_t to = 0;
  std::uint64_t seed = 1;
  bool use_lstm = true;
  Duration interval{300};
  // How long after its end an interval is known, in whole minutes: a decision is taken so late, and its forecast covers
  // as much more.
  Duration metrics_delay{0};
  // Set by another thread to stop: the replay ends before the next day that it learns, as a conflict. nullptr: nobody
  // does.
  const std::atomic<bool>* cancelled = nullptr;
  // What a benchmark takes away to see what it was worth; production has no such switches.
  forecast::Method method{};
  bool experts = true;                           // simple rules are mixed into the model's capacities
  std::shared_ptr<const std::vector<Row>> rows;  // what was collected, instead of what the trace would have given
};

struct Replay {
  std::vector<ReplayTick> ticks;  // ascending
  forecast::History history;      // the rows as demand, of the whole trace: a tick knows a part of it
  Duration lead_time{0};
  std::vector<forecast::ForecasterScore> scores;  // at the end of the test window
  std::string winner, winner_near_events;         // forecasters in use then
  double train_seconds = 0, decide_seconds = 0;
};

// The first minute to replay for a run whose policies begin to play `warm_up` minutes before `window_from`: 14 days
// earlier, which is what the error-budget controller is warmed up on, but behind a week of the trace.
std::size_t replay_start(const Trace& trace, std::size_t window_from, std::size_t warm_up);

// Replays production over a trace, strictly causally: the rows that the collector would have had, and control::replay()
// over them. invalid_input when the history before `from` is too short to learn from.
Result<Replay> replay_almanac(const Trace& trace, const calendar::Calendar& calendar, const Plant& plant,
                              const ReplaySettings& settings, const ProgressSink& progress = {});

// What production would have decided at a tick, for a group of which `desired` is asked.
Decision decide_at(const ReplayTick& tick, int desired, const planning::Policy& policy,
                   const planning::PlannerState& state);

// Hears of each decision of a run, in their order.
using DecisionSink = std::function<void(const Decision&)>;

// The policy "almanac_objective": the error-budget controller as production runs it, without a knob to turn; its
// settings are the stated objectives. It is warmed up on the ticks before the run's first minute as training warms it
// up. The replay must outlive it.
PolicyFamily objective_family(const Replay& replay, DecisionSink sink = {});

// The policy "almanac"; its knob is the price of violating demand (lambda). The replay must outlive it.
PolicyFamily almanac_family(const Replay& replay);

}  // namespace almanac::simulation

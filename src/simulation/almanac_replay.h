#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "core/progress.h"
#include "core/result.h"
#include "forecast/group_model.h"
#include "simulation/plant.h"
#include "simulation/policy.h"
#include "simulation/trace.h"

namespace almanac::simulation {

// What Almanac forecast and would have done at one tick of a trace.
struct ReplayTick {
  std::size_t minute = 0;               // of the trace
  double median = 0, q90 = 0, q99 = 0;  // forecast peak of the cover window, busy instances
  double cdf_of_actual = 0;             // the forecast's probability of at most what came; kMissing where nothing came
  bool near_event = false;
  std::vector<int> curve;  // capacity at each lambda of planning::lambda_grid(), guard rails applied
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
  std::vector<ReplayTick> ticks;                  // ascending
  std::vector<forecast::ForecasterScore> scores;  // at the end of the test window
  std::string winner, winner_near_events;         // forecasters in use then
  double train_seconds = 0, decide_seconds = 0;
};

// The first minute to replay for a run whose policies begin to play `warm_up` minutes before `window_from`: 14 days
// earlier, which is what the error-budget controller is warmed up on, but behind a week of the trace.
std::size_t replay_start(const Trace& trace, std::size_t window_from, std::size_t warm_up);

// Replays production over a trace, strictly causally: the rows that the collector would have had, a model refitted
// every day, a decision every interval through planning::decide. Demand does not depend on decisions, so one pass
// serves every setting of the knob. invalid_input when the history before `from` is too short to learn from.
Result<Replay> replay_almanac(const Trace& trace, const calendar::Calendar& calendar, const Plant& plant,
                              const ReplaySettings& settings, const ProgressSink& progress = {});

// The policy "almanac_objective": the error-budget controller as production runs it, without a knob to turn; its
// settings are the stated objectives. What the ticks before the run's first minute cover is replayed to warm it up.
// The replay must outlive it.
PolicyFamily objective_family(const Replay& replay);

// The policy "almanac"; its knob is the price of violating demand (lambda). The replay must outlive it.
PolicyFamily almanac_family(const Replay& replay);

}  // namespace almanac::simulation

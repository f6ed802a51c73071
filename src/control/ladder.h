#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "calendar/calendar.h"
#include "control/coverage.h"
#include "control/knowledge.h"
#include "core/result.h"
#include "forecast/group_model.h"
#include "planning/planner.h"
#include "records/model_store.h"

namespace almanac::control {

// The degradation ladder: the model's forecast (full); without one the seasonal naive (fallback); without that, or with
// a broken calibration, none that counts (reactive); without recent metrics hold.

// What a tick may climb on. Forecasts hold until the end of the cover window and begin where the newest known demand
// ends, at most two intervals before the tick.
struct Rungs {
  using Ask = std::function<Result<forecast::Forecast>()>;
  Ask model;                  // empty: there is none
  std::string model_problem;  // why it is missing, or what is amiss with it
  Ask naive;
  std::function<std::string()> silence;  // why the latest rows say nothing of the demand; empty where they do
};
planning::Forecasts climb(const Rungs& rungs, std::optional<Timestamp> last_demand, Duration interval, Timestamp now);

// The ladder of a group at `now`. `calendar` is what the forecast believes; `reason` of the result says why it is not
// full. `recent` as for GroupModel::forecast. Where the model's own window falls short of the cover window it is asked
// again behind it (chain.h).
planning::Forecasts make_forecasts(const Knowledge& known, const records::LoadedModel& model,
                                   const calendar::Calendar& calendar, Duration cover_window, Timestamp now,
                                   forecast::RecentPredictions* recent = nullptr);

// The model's forecast from where the newest known demand of `history` ends until `until`. Where its own window falls
// short of that, the intervals not known yet are taken to be what its median says, and it is asked again behind them,
// with the errors of both. Nothing is remembered of that: what is not known yet will come to be known.
Result<forecast::Forecast> forecast_until(Timestamp until, const forecast::History& history, Timestamp last_demand,
                                          const forecast::GroupModel& model, const calendar::Calendar& calendar,
                                          forecast::RecentPredictions* recent = nullptr);

// The rules that stand beside the model, at the newest known demand of `load`.
planning::ExpertAdvice experts_at(const planning::KnownLoad& load, const planning::ExpertBoard& board,
                                  double utilisation);

// Takes a full forecast down to reactive while its calibration is broken by what earlier ticks foretold. It stays in
// the record, so that it can be seen to recover.
void demote_if_broken(planning::Forecasts& forecasts, const planning::KnownLoad& load,
                      std::span<const Foretold> foretold, Timestamp now);

}  // namespace almanac::control

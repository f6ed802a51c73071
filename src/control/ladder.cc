#include "control/ladder.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/chain.h"
#include "planning/observe.h"

namespace almanac::control {

planning::Forecasts climb(const Rungs& rungs, std::optional<Timestamp> last_demand, Duration interval, Timestamp now) {
  planning::Forecasts forecasts;
  if (!last_demand || now - *last_demand >= interval * planning::kStaleIntervals) {
    forecasts.health = Health::hold;
    forecasts.reason = last_demand ? fmt::format("the last known demand is {} old", format_duration(now - *last_demand))
                                   : std::string("no demand is known");
    if (const std::string why = rungs.silence(); !why.empty()) forecasts.reason += "; " + why;
    return forecasts;
  }
  std::string why = rungs.model_problem;
  if (rungs.model) {
    auto forecast = rungs.model();
    if (forecast) {
      forecasts.peak = std::move(*forecast);
      forecasts.reason = rungs.model_problem;
      return forecasts;
    }
    why = forecast.error().message;
  }
  auto naive = rungs.naive();
  if (naive) {
    forecasts.health = Health::fallback;
    forecasts.peak = std::move(*naive);
    forecasts.reason = why;
    return forecasts;
  }
  forecasts.health = Health::reactive;
  forecasts.reason = fmt::format("{}; {}", why, naive.error().message);
  return forecasts;
}

planning::Forecasts make_forecasts(const Knowledge& known, const records::LoadedModel& model,
                                   const calendar::Calendar& calendar, Duration cover_window, Timestamp now,
                                   forecast::RecentPredictions* recent) {
  Rungs rungs;
  rungs.model_problem = model.problem;
  if (model.model) {
    rungs.model = [&] {
      return forecast_until(now + cover_window, known.history, *known.last_demand, *model.model, calendar, recent);
    };
  }
  rungs.naive = [&] {
    return forecast::seasonal_naive_forecast(known.history, calendar, *known.last_demand,
                                             now + cover_window - *known.last_demand);
  };
  rungs.silence = [&] { return why_no_demand(known); };
  return climb(rungs, known.last_demand, known.history.interval, now);
}

Result<forecast::Forecast> forecast_until(Timestamp until, const forecast::History& history, Timestamp last_demand,
                                          const forecast::GroupModel& model, const calendar::Calendar& calendar,
                                          forecast::RecentPredictions* recent) {
  auto forecast = model.forecast(history, calendar, last_demand, recent);
  if (!forecast) return forecast;
  const Duration short_of = until - forecast->window.end;
  const auto unknown = (history.end() - last_demand) / history.interval;
  const auto steps = std::clamp<long long>((short_of + history.interval - Duration{1}) / history.interval, 0, unknown);
  if (steps == 0) return forecast;
  Chain chain;
  const double median = chain.add(forecast->peak).median;
  const Timestamp from = last_demand + history.interval * steps;
  forecast::History imagined = history;
  imagine(imagined, {last_demand, from}, median * mean_to_peak(history), median);
  forecast::RecentPredictions once = recent ? *recent : forecast::RecentPredictions();
  once.forget_after(last_demand);
  auto later = model.forecast(imagined, calendar, from, &once);
  if (!later) return later;
  later->peak = chain.add(later->peak).peak;
  return later;
}

planning::ExpertAdvice experts_at(const planning::KnownLoad& load, const planning::ExpertBoard& board,
                                  double utilisation) {
  return board.advise(load.until(load.newest().value_or(load.start)).peak, load.interval, utilisation);
}

void demote_if_broken(planning::Forecasts& forecasts, const planning::KnownLoad& load,
                      std::span<const Foretold> foretold, Timestamp now) {
  if (forecasts.health != Health::full) return;
  auto why = why_broken(load, foretold, now);
  if (!why) return;
  forecasts.health = Health::reactive;
  forecasts.reason = std::move(*why);
  forecasts.without_calendar.reset();
}

}  // namespace almanac::control

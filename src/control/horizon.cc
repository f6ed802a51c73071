#include "control/horizon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "control/chain.h"
#include "control/ladder.h"
#include "core/series.h"

namespace almanac::control {

namespace {

// What the model says of the interval behind the newest one that has all it reads, at most two before the last.
Result<double> predict_behind_newest(const forecast::CpuModel& model, const Knowledge& known, Timestamp now) {
  constexpr int kBack = 3;
  const Duration interval = known.history.interval;
  Result<double> last;
  std::span<const Row> rows = known.recent_rows;
  for (int back = 0; back < kBack; ++back) {
    const Timestamp until = now - interval * back;
    while (!rows.empty() && rows.back().start >= until) rows = rows.first(rows.size() - 1);
    auto predicted = model.predict(rows, interval, until);
    if (predicted) return predicted;
    if (back == 0) last = std::move(predicted);
  }
  return last;
}

// How far an interval's peak lay under the highest of the window of `steps` intervals that it belongs to, in the last
// day; 1 where nothing is known. A forecast is of the window's peak: were every interval taken to reach it, the windows
// behind would begin too high, and each one higher than the one before.
double interval_to_window(const forecast::History& history, std::size_t steps) {
  const auto& peak = history.peak;
  const std::size_t day = std::min(peak.size(), static_cast<std::size_t>(kDay / history.interval));
  double intervals = 0, windows = 0;
  for (std::size_t i = peak.size() - day; steps > 0 && i + steps <= peak.size(); i += steps) {
    double highest = 0, sum = 0;
    std::size_t seen = 0;
    for (std::size_t k = i; k < i + steps; ++k) {
      if (is_missing(peak[k])) continue;
      highest = std::max(highest, peak[k]);
      sum += peak[k];
      ++seen;
    }
    if (seen == 0) continue;
    intervals += sum / static_cast<double>(seen);
    windows += highest;
  }
  return windows > 0 ? intervals / windows : 1;
}

}  // namespace

Result<double> predict_cpu(const Knowledge& known, const records::LoadedModel& model,
                           const std::optional<forecast::Forecast>& peak, int desired, Timestamp now) {
  if (model.cpu_model) {
    // It reads the rows as they were collected, which is what it was made from; thresholds are percentages.
    for (const dataset::Doubted& each : known.doubts) {
      if (dataset::column_of(each.doubt) == "cpu_utilization" && each.span.end > now - kHour)
        return fail(ErrorCode::unavailable, dataset::describe(each));
    }
    return predict_behind_newest(*model.cpu_model, known, now);
  }
  if (!peak || (desired <= 0 && !known.of_one_instance))
    return fail(ErrorCode::unavailable, "no forecast to predict the CPU from");
  return 100 * peak->median * mean_to_peak(known.history) / (known.of_one_instance ? 1 : desired);
}

Result<Horizon> forecast_horizon(const Knowledge& known, const records::LoadedModel& model,
                                 const calendar::Calendar& calendar, Duration cover_window, Timestamp now,
                                 Duration ahead, std::optional<int> desired) {
  Horizon horizon;
  Knowledge imagined = known;
  const double ratio = mean_to_peak(known.history);
  Chain chain;
  for (Timestamp at = now; at < now + ahead || horizon.windows.empty();) {
    const auto forecasts = make_forecasts(imagined, model, calendar, cover_window, at);
    if (!forecasts.peak) {
      if (!horizon.windows.empty()) break;
      const std::string end =
          known.last_demand
              ? fmt::format("; the history ends at {}: bring it up to date, or look from there with --now",
                            format_timestamp(*known.last_demand))
              : "";
      return fail(ErrorCode::unavailable, "nothing to forecast from: " + forecasts.reason + end);
    }
    const forecast::Forecast& forecast = *forecasts.peak;
    if (horizon.windows.empty()) {
      horizon.health = forecasts.health;
      horizon.reason = forecasts.reason;
      horizon.forecaster = forecast.forecaster;
      if (desired && *desired > 0) {
        if (const auto cpu = predict_cpu(known, model, forecast, *desired, now)) horizon.next_interval_cpu = *cpu;
      }
    }
    WindowForecast window;
    window.window = forecast.window;
    Chain::Link link = chain.add(forecast.peak);
    window.quantiles = std::move(link.quantiles);
    window.peak = std::move(link.peak);
    for (const auto& event : calendar.between(forecast.window)) window.events.push_back(event.name);
    horizon.windows.push_back(window);
    // Intervals that are not known yet lie before the first window.
    const Timestamp from = std::max(imagined.last_demand.value_or(imagined.history.start), imagined.history.start);
    const auto steps = static_cast<std::size_t>((forecast.window.end - from) / known.history.interval);
    const double usual = link.median * interval_to_window(known.history, steps);
    imagine(imagined.history, {from, forecast.window.end}, usual * ratio, usual);
    imagined.in_service.resize(imagined.history.size(), kMissing);
    imagined.last_demand = imagined.history.end();
    at = imagined.history.end();
  }
  return horizon;
}

}  // namespace almanac::control

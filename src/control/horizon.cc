#include "control/horizon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "control/scaler.h"
#include "core/series.h"

namespace almanac::control {
namespace {

constexpr double kProbabilities[] = {0.1, 0.5, 0.9, 0.99};
constexpr double kFloor = 1e-3;  // busy instances; keeps logarithms of an idle night finite

// Values that tell a distribution, in the middle of equal shares of it; the last share is cut finer.
std::vector<std::pair<double, double>> probabilities_and_weights() {
  std::vector<std::pair<double, double>> all;
  for (int i = 0; i < 38; ++i) all.emplace_back((i + 0.5) / 40, 1.0 / 40);
  for (int i = 0; i < 10; ++i) all.emplace_back(0.95 + (i + 0.5) / 200, 1.0 / 200);
  return all;
}

// How far the mean of an interval lies under its peak minute, lately.
double mean_to_peak(const forecast::History& history) {
  double mean = 0;
  double peak = 0;
  const auto day = static_cast<std::size_t>(kDay / history.interval);
  for (std::size_t i = history.size() - std::min(day, history.size()); i < history.size(); ++i) {
    if (is_missing(history.mean[i]) || is_missing(history.peak[i])) continue;
    mean += history.mean[i];
    peak += history.peak[i];
  }
  return peak > 0 ? mean / peak : 1;
}

void extend(forecast::History& history, double mean, double peak, std::size_t steps) {
  for (std::size_t i = 0; i < steps; ++i) {
    history.mean.push_back(mean);
    history.peak.push_back(peak);
    history.network.push_back(kMissing);
    history.active.push_back(kMissing);
  }
}

}  // namespace

Result<double> predict_cpu(const Knowledge& known, const LoadedModel& model,
                           const std::optional<forecast::Forecast>& peak, int desired, Timestamp now) {
  if (model.cpu_model) {
    // It reads the rows as they were collected, which is what it was made from; thresholds are percentages.
    for (const dataset::Doubted& each : known.doubts) {
      if (dataset::column_of(each.doubt) == "cpu_utilization" && each.span.end > now - kHour)
        return fail(ErrorCode::unavailable, dataset::describe(each));
    }
    return model.cpu_model->predict(known.recent_rows, known.history.interval, now);
  }
  if (!peak || (desired <= 0 && !known.of_one_instance))
    return fail(ErrorCode::unavailable, "no forecast to predict the CPU from");
  return 100 * peak->median * mean_to_peak(known.history) / (known.of_one_instance ? 1 : desired);
}

Result<Horizon> forecast_horizon(const Knowledge& known, const LoadedModel& model, const calendar::Calendar& calendar,
                                 Duration cover_window, Timestamp now, Duration ahead, std::optional<int> desired) {
  Horizon horizon;
  Knowledge imagined = known;
  const double ratio = mean_to_peak(known.history);
  std::map<double, double> variance;  // of log(quantile / median), summed over the windows so far
  const auto points = probabilities_and_weights();
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
    const double median = std::max(kFloor, forecast.peak.quantile(0.5));
    const auto widened = [&](double p) {
      const double spread = std::log(std::max(kFloor, forecast.peak.quantile(p)) / median);
      variance[p] += spread * spread;
      return median * std::exp(std::copysign(std::sqrt(variance[p]), spread));
    };
    for (const double p : kProbabilities) window.quantiles[p] = widened(p);
    std::vector<Distribution::Sample> samples;
    for (const auto& [p, weight] : points) samples.push_back({widened(p), weight});
    window.peak = Distribution(std::move(samples));
    for (const auto& event : calendar.between(forecast.window)) window.events.push_back(event.name);
    horizon.windows.push_back(window);
    const auto steps =
        static_cast<std::size_t>(std::max<long long>(1, forecast.window.duration() / known.history.interval));
    extend(imagined.history, median * ratio, median, steps);
    imagined.in_service.resize(imagined.history.size(), kMissing);
    imagined.last_demand = imagined.history.end();
    at = imagined.history.end();
  }
  return horizon;
}

}  // namespace almanac::control

#include "control/chain.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

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

}  // namespace

Chain::Link Chain::add(const Distribution& peak) {
  static const auto points = probabilities_and_weights();
  Link link;
  link.median = std::max(kFloor, peak.quantile(0.5));
  const auto widened = [&](double p) {
    const double spread = std::log(std::max(kFloor, peak.quantile(p)) / link.median);
    variance_[p] += spread * spread;
    return link.median * std::exp(std::copysign(std::sqrt(variance_[p]), spread));
  };
  for (const double p : kProbabilities) link.quantiles[p] = widened(p);
  std::vector<Distribution::Sample> samples;
  for (const auto& [p, weight] : points) samples.push_back({widened(p), weight});
  link.peak = Distribution(std::move(samples));
  return link;
}

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

void imagine(forecast::History& history, TimeRange range, double mean, double peak) {
  const auto first = static_cast<std::size_t>((range.start - history.start) / history.interval);
  const auto end = static_cast<std::size_t>((range.end - history.start) / history.interval);
  if (end > history.size()) {
    for (auto* values : {&history.mean, &history.peak, &history.network, &history.active})
      values->resize(end, kMissing);
  }
  for (std::size_t i = first; i < end; ++i) {
    history.mean[i] = mean;
    history.peak[i] = peak;
  }
}

}  // namespace almanac::control

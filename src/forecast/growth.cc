#include "forecast/growth.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/series.h"
#include "forecast/features.h"

namespace almanac::forecast {
namespace {

constexpr double kUnknownGrowth = 1.25;  // an interval
constexpr double kQuantile = 0.95;

}  // namespace

double growth_over(std::span<const double> mean, Duration interval, std::size_t intervals) {
  if (intervals == 0) return 1;
  const auto day = static_cast<std::size_t>(kDay / interval);
  const std::size_t first = mean.size() > 28 * day ? mean.size() - 28 * day : 0;
  std::vector<double> ratios;
  for (std::size_t i = first + intervals; i < mean.size(); ++i) {
    const double before = mean[i - intervals], after = mean[i];
    if (is_missing(before) || is_missing(after)) continue;
    ratios.push_back((std::max(after, 0.0) + Features::kEpsilon) / (std::max(before, 0.0) + Features::kEpsilon));
  }
  if (ratios.size() < day) return std::pow(kUnknownGrowth, static_cast<double>(intervals));
  const auto rank = static_cast<std::size_t>(std::ceil(kQuantile * static_cast<double>(ratios.size()))) - 1;
  std::nth_element(ratios.begin(), ratios.begin() + static_cast<std::ptrdiff_t>(rank), ratios.end());
  return std::max(1.0, ratios[rank]);
}

double grown(double demand, double factor) {
  return std::max(0.0, (demand + Features::kEpsilon) * factor - Features::kEpsilon);
}

}  // namespace almanac::forecast

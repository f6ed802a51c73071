#include "control/coverage.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/series.h"

namespace almanac::control {
namespace {

constexpr Duration kLatestOver{kDay / 2};

// The highest minute of a window; kMissing where a part of it is not known, or lies outside of the load.
double peak_of(const planning::KnownLoad& load, TimeRange window) {
  if (window.start < load.start || window.end > load.end()) return kMissing;
  double highest = 0;
  for (std::size_t i = load.index_from(window.start); i < load.index_from(window.end); ++i) {
    if (is_missing(load.peak[i])) return kMissing;
    highest = std::max(highest, load.peak[i]);
  }
  return highest;
}

std::span<const Foretold> since(std::span<const Foretold> foretold, Timestamp time) {
  const auto first =
      std::find_if(foretold.begin(), foretold.end(), [&](const Foretold& each) { return each.at >= time; });
  return foretold.subspan(static_cast<std::size_t>(first - foretold.begin()));
}

}  // namespace

std::optional<Foretold> foretold_by(const Decision& decision) {
  const auto q50 = decision.demand_quantiles.find(0.5);
  const auto q99 = decision.demand_quantiles.find(0.99);
  if (q50 == decision.demand_quantiles.end() || q99 == decision.demand_quantiles.end()) return std::nullopt;
  return Foretold{decision.now, decision.cover_window, q50->second, q99->second};
}

std::vector<Foretold> foretold_by(std::span<const std::shared_ptr<const records::Record>> records) {
  std::vector<Foretold> foretold;
  for (const auto& record : records) {
    if (const auto one = foretold_by(record->decision)) foretold.push_back(*one);
  }
  return foretold;
}

Coverage measure_coverage(const planning::KnownLoad& load, std::span<const Foretold> foretold) {
  Coverage coverage;
  int within50 = 0, within99 = 0;
  for (const Foretold& each : foretold) {
    const double peak = peak_of(load, each.window);
    if (is_missing(peak)) continue;
    ++coverage.windows;
    within50 += peak <= each.q50 ? 1 : 0;
    within99 += peak <= each.q99 ? 1 : 0;
  }
  if (coverage.windows > 0) {
    coverage.at50 = static_cast<double>(within50) / coverage.windows;
    coverage.at99 = static_cast<double>(within99) / coverage.windows;
  }
  return coverage;
}

bool calibration_broken(const Coverage& days, const Coverage& latest) {
  constexpr int kEnough = 144;  // half a day of five-minute ticks; a burst of an hour is not a broken calibration
  constexpr int kEnoughToRecover = 72;
  const auto out_of_bounds = [](const Coverage& c) { return c.at99 < 0.85 || c.at50 < 0.05; };
  return days.windows >= kEnough && out_of_bounds(days) && (latest.windows < kEnoughToRecover || out_of_bounds(latest));
}

std::optional<std::string> why_broken(const planning::KnownLoad& load, std::span<const Foretold> foretold,
                                      Timestamp now) {
  const auto recent = since(foretold, now - kCoverageOver);
  const Coverage days = measure_coverage(load, recent);
  if (!calibration_broken(days, measure_coverage(load, since(recent, now - kLatestOver)))) return std::nullopt;
  return fmt::format(
      "{:.0f} % of the last {} peaks were within the 99 % quantile: the calibration is broken until it recovers",
      100 * days.at99, days.windows);
}

}  // namespace almanac::control

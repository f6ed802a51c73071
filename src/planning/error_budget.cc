#include "planning/error_budget.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.h"

namespace almanac::planning {
namespace {

constexpr std::size_t kGeometric = 22;
constexpr double kLowest = 0.6, kHighestGeometric = 120;
// The controller aims at a part of what may be spent: violations come in lumps, and "at most" is a promise.
constexpr double kAim = 0.5;
// What a position moves in an hour that spent nothing, and for each further hour's worth of budget in one that spent.
constexpr double kGain = 0.02 / 6.0;
// One hour can at most cost 300 hours (12.5 days) of budget: a disaster must not drive the price up for months. Less
// would overlook what violates: at 0.1 % an hour that violates whole spends 2000 hours' worth, and load that nobody
// foresees violates whole hours.
constexpr double kMostHours = 300;

std::array<double, kGeometric + 4> make_grid() {
  std::array<double, kGeometric + 4> grid{};
  for (std::size_t i = 0; i < kGeometric; ++i)
    grid[i] = kLowest * std::pow(kHighestGeometric / kLowest, static_cast<double>(i) / (kGeometric - 1));
  grid[kGeometric] = 250;
  grid[kGeometric + 1] = 600;
  grid[kGeometric + 2] = 2000;
  grid[kGeometric + 3] = 30000;
  return grid;
}

}  // namespace

std::span<const double> lambda_grid() {
  static const auto grid = make_grid();
  return grid;
}

ErrorBudget initial_budget(double objective) {
  // 0.1 % starts at 16 and 1 % at 11: five positions for a factor of ten, extended to other objectives. A start that
  // proves too dear is taken back within days; one that is too cheap has spent the budget by then.
  return {std::clamp(16.0 - 5.0 * std::log10(objective / 0.001), 0.0, 25.0), 0, std::nullopt};
}

double violating_demand(double mean, double peak, double minutes, double limit) {
  if (mean > limit) return mean;
  return peak > limit ? std::min(mean, peak / std::max(1.0, minutes)) : 0.0;
}

ErrorBudget count_hours(ErrorBudget budget, std::span<const Consumption> consumption, double objective,
                        double hourly_mean) {
  ALMANAC_CHECK(objective > 0, "an objective is a positive share");
  if (consumption.empty() || !(hourly_mean > 0)) return budget;
  const Timestamp newest = floor_to(consumption.back().start, kHour);
  std::size_t i = 0;
  while (i < consumption.size()) {
    const Timestamp hour = floor_to(consumption[i].start, kHour);
    double demand = 0, violating = 0;
    for (; i < consumption.size() && floor_to(consumption[i].start, kHour) == hour; ++i) {
      demand += consumption[i].demand;
      violating += consumption[i].violating;
    }
    if (hour == newest || (budget.counted_until && hour < *budget.counted_until)) continue;  // unfinished, or counted
    const double gain = kGain * std::max(1.0, 3.0 * (1.0 - budget.hours / 336.0));
    const double spent = std::min(violating / (kAim * objective * hourly_mean), kMostHours);
    budget.position = std::clamp(budget.position + gain * (spent - demand / hourly_mean), 0.0, 25.0);
    budget.hours += 1;
    budget.counted_until = hour + kHour;
  }
  return budget;
}

}  // namespace almanac::planning

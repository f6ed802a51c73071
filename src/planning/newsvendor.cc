#include "planning/newsvendor.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "planning/error_budget.h"
#include "planning/limits.h"

namespace almanac::planning {

int newsvendor_capacity(const Distribution& peak, double lambda, double utilisation) {
  ALMANAC_CHECK(!peak.empty() && lambda >= 0 && utilisation > 0, "a newsvendor needs a distribution and a price");
  // The cost falls only where n passes a sample, so only n that just cover one are candidates; a hair below the exact
  // quotient counts as covering, as in the plant's accounting.
  double best_cost = 1 + lambda * peak.demand_above(utilisation);
  int best = 1;
  int previous = 1;
  for (const double value : peak.values()) {
    const int n = instances_for(value, utilisation);
    if (n == previous) continue;
    previous = n;
    const double cost = n + lambda * peak.demand_above(utilisation * n + 1e-9);
    if (cost < best_cost) best_cost = cost, best = n;
  }
  return best;
}

std::vector<int> capacity_curve(const Distribution& peak, double utilisation) {
  ALMANAC_CHECK(!peak.empty() && utilisation > 0, "a newsvendor needs a distribution");
  // One walk over the candidates serves every price; the same arithmetic as newsvendor_capacity.
  const auto prices = lambda_grid();
  std::vector<int> curve(prices.size(), 1);
  std::vector<double> best(prices.size());
  const double above_one = peak.demand_above(utilisation);
  for (std::size_t p = 0; p < prices.size(); ++p) best[p] = 1 + prices[p] * above_one;
  int previous = 1;
  for (const double value : peak.values()) {
    const int n = instances_for(value, utilisation);
    if (n == previous) continue;
    previous = n;
    const double above = peak.demand_above(utilisation * n + 1e-9);
    for (std::size_t p = 0; p < prices.size(); ++p) {
      const double cost = n + prices[p] * above;
      if (cost < best[p]) best[p] = cost, curve[p] = n;
    }
  }
  return curve;
}

double position_of(double lambda) {
  const auto grid = lambda_grid();
  if (!(lambda > grid.front())) return 0;
  for (std::size_t i = 1; i < grid.size(); ++i)
    if (lambda <= grid[i])
      return static_cast<double>(i - 1) + std::log(lambda / grid[i - 1]) / std::log(grid[i] / grid[i - 1]);
  return static_cast<double>(grid.size() - 1);
}

int capacity_at(const std::vector<int>& curve, double position) {
  ALMANAC_CHECK(!curve.empty(), "a curve has points");
  const double last = static_cast<double>(curve.size() - 1);
  const double x = std::clamp(position, 0.0, last);
  const auto low = static_cast<std::size_t>(x);
  const auto high = std::min(low + 1, curve.size() - 1);
  const double fraction = x - static_cast<double>(low);
  return static_cast<int>(std::ceil(curve[low] + fraction * (curve[high] - curve[low]) - 1e-9));
}

}  // namespace almanac::planning

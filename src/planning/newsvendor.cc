#include "planning/newsvendor.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "planning/error_budget.h"

namespace almanac::planning {

int newsvendor_capacity(const Distribution& peak, double lambda, double utilisation) {
  ALMANAC_CHECK(!peak.empty() && lambda >= 0 && utilisation > 0, "a newsvendor needs a distribution and a price");
  // The cost falls only where n passes a sample, so only n that just cover one are candidates; a hair below the exact
  // quotient counts as covering, as in the plant's accounting.
  double best_cost = 1 + lambda * peak.demand_above(utilisation);
  int best = 1;
  int previous = 1;
  for (const double value : peak.values()) {
    const int n = std::max(1, static_cast<int>(std::ceil(value / utilisation - 1e-9)));
    if (n == previous) continue;
    previous = n;
    const double cost = n + lambda * peak.demand_above(utilisation * n + 1e-9);
    if (cost < best_cost) best_cost = cost, best = n;
  }
  return best;
}

std::vector<int> capacity_curve(const Distribution& peak, double utilisation) {
  std::vector<int> curve;
  for (const double lambda : lambda_grid()) curve.push_back(newsvendor_capacity(peak, lambda, utilisation));
  return curve;
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

#include "simulation/plant.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"

namespace almanac::simulation {
namespace {

constexpr double kPeakInstances = 40;
constexpr double kPeakUtilisation = 0.7;
constexpr double kPeakQuantile = 0.999;
constexpr double kRounding = 1e-9;  // a demand that needs 3.0000000001 instances needs three

}  // namespace

double quantile(std::vector<double> values, double q) {
  ALMANAC_CHECK(!values.empty() && q >= 0 && q <= 1, "a quantile of nothing, or not between 0 and 1");
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const double weight = position - static_cast<double>(below);
  std::nth_element(values.begin(), values.begin() + static_cast<long>(below), values.end());
  const double low = values[below];
  if (below + 1 == values.size()) return low;
  const double high = *std::min_element(values.begin() + static_cast<long>(below) + 1, values.end());
  // numpy interpolates from the nearer end, which decides the last bit.
  return weight < 0.5 ? low + (high - low) * weight : high - (high - low) * (1 - weight);
}

double unit_capacity(std::span<const double> demand) {
  std::vector<double> means;
  double sum = 0;
  int count = 0;
  for (double value : demand) {
    if (is_missing(value)) continue;
    sum += value;
    if (++count < 5) continue;
    means.push_back(sum / 5);
    sum = 0;
    count = 0;
  }
  if (means.empty()) return 0;
  return quantile(std::move(means), kPeakQuantile) / (kPeakInstances * kPeakUtilisation);
}

int need(double demand, const Plant& plant) {
  const double instances = std::ceil(demand / (plant.objective * plant.unit_capacity) - kRounding);
  return static_cast<int>(std::clamp(instances, 1.0, static_cast<double>(std::numeric_limits<int>::max() / 2)));
}

int clip_capacity(double desired, const Plant& plant) {
  if (is_missing(desired)) return plant.min;
  return static_cast<int>(
      std::clamp(std::ceil(desired - kRounding), static_cast<double>(plant.min), static_cast<double>(plant.max)));
}

std::vector<int> ready_from_desired(std::span<const int> desired, int boot) {
  std::vector<int> ready(desired.begin(), desired.end());
  for (std::size_t b = 1; b <= static_cast<std::size_t>(boot); ++b)
    for (std::size_t t = b; t < ready.size(); ++t) ready[t] = std::min(ready[t], desired[t - b]);
  return ready;
}

Score score(std::span<const double> demand, std::span<const int> desired, const Plant& plant, std::size_t from,
            std::size_t to) {
  ALMANAC_CHECK(from <= to && to <= demand.size() && to <= desired.size(), "the scored minutes lie outside the series");
  const std::vector<int> ready = ready_from_desired(desired.first(to), plant.boot);
  Score result;
  double total = 0, violating = 0, saturated = 0, billed = 0, clairvoyant = 0;
  long long changes = 0;
  int previous = 0;
  for (std::size_t t = from; t < to; ++t) {
    const double d = demand[t];
    if (is_missing(d)) continue;
    total += d;
    billed += desired[t];
    clairvoyant += need(d, plant);
    if (d > plant.objective * plant.unit_capacity * ready[t] + kRounding) {
      violating += d;
      ++result.violation_minutes;
    }
    if (d > plant.unit_capacity * ready[t]) saturated += d;
    if (result.minutes++ > 0 && desired[t] != previous) ++changes;
    previous = desired[t];
  }
  if (result.minutes == 0 || total <= 0) return {};
  result.cost = billed / clairvoyant;
  result.violating_share = violating / total;
  result.saturated_share = saturated / total;
  result.instance_hours = billed / 60;
  result.clairvoyant_hours = clairvoyant / 60;
  result.changes_per_day = static_cast<double>(changes) / (static_cast<double>(result.minutes) / 1440);
  return result;
}

std::vector<FrontPoint> front(std::vector<FrontPoint> points) {
  std::stable_sort(points.begin(), points.end(), [](const FrontPoint& a, const FrontPoint& b) {
    return a.violating_share != b.violating_share ? a.violating_share < b.violating_share : a.cost < b.cost;
  });
  std::vector<FrontPoint> kept;
  for (const auto& point : points)
    if (kept.empty() || point.cost < kept.back().cost - 1e-12) kept.push_back(point);
  return kept;
}

std::optional<double> cost_at(const std::vector<FrontPoint>& points, double target) {
  const auto kept = front(points);
  if (kept.empty() || kept.front().violating_share > target) return std::nullopt;
  if (kept.back().violating_share <= target) return kept.back().cost;
  const auto after = std::find_if(kept.begin(), kept.end(), [&](const auto& p) { return p.violating_share > target; });
  const auto before = after - 1;
  const double weight =
      (target - before->violating_share) / std::max(after->violating_share - before->violating_share, 1e-15);
  return before->cost + weight * (after->cost - before->cost);
}

PlantState::PlantState(const Plant& plant, int initial)
    : plant_(plant), desired_(clip_capacity(initial, plant)), past_(static_cast<std::size_t>(plant.boot), desired_) {}

void PlantState::tick() {
  if (past_.empty()) return;
  past_[oldest_] = desired_;
  oldest_ = (oldest_ + 1) % past_.size();
}

int PlantState::ready() const {
  int least = desired_;
  for (int past : past_) least = std::min(least, past);
  return least;
}

double cpu_of(double demand, int ready, const Plant& plant) {
  if (is_missing(demand)) return kMissing;
  return std::min(100.0, 100 * demand / (plant.unit_capacity * std::max(1, ready)));
}

}  // namespace almanac::simulation

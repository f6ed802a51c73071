#include "forecast/calibration.h"

#include <algorithm>
#include <cmath>

#include "forecast/features.h"

namespace almanac::forecast {
namespace {

constexpr double kAdditiveWeight = 0.35;

// Predicted spreads are noisy themselves: a forecaster that is sure and wrong is saved by shrinking them towards each
// other.
double error_scale(double spread) {
  return std::pow(spread, 0.6);
}

double keep_for(Duration interval, double half_life_minutes) {
  return std::exp2(-static_cast<double>(interval.count()) / 60.0 / half_life_minutes);
}

// Sorted values to at most ~450 weighted points: the highest 150 stay as they are, the rest are averaged in groups.
std::vector<Distribution::Sample> summarise(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  constexpr std::size_t kWhole = 150, kGroups = 300;
  std::vector<Distribution::Sample> points;
  const std::size_t body = values.size() > kWhole ? values.size() - kWhole : 0;
  const std::size_t group = std::max<std::size_t>(1, body / kGroups);
  for (std::size_t i = 0; i < body; i += group) {
    const std::size_t end = std::min(body, i + group);
    double sum = 0;
    for (std::size_t j = i; j < end; ++j) sum += values[j];
    points.push_back({sum / static_cast<double>(end - i), static_cast<double>(end - i)});
  }
  for (std::size_t i = body; i < values.size(); ++i) points.push_back({values[i], 1.0});
  for (auto& point : points) point.weight /= static_cast<double>(std::max<std::size_t>(1, values.size()));
  return points;
}

}  // namespace

double log_ratio(double peak, double base) {
  return std::log((peak + Features::kEpsilon) / (base + Features::kEpsilon));
}

double peak_of(double z, double base) {
  return std::max(0.0, (base + Features::kEpsilon) * std::exp(z) - Features::kEpsilon);
}

Volatility::Volatility(Duration interval)
    : short_keep_(keep_for(interval, 45)), long_keep_(keep_for(interval, 14 * 24 * 60)) {}

void Volatility::add(double scaled_error) {
  const double error = std::min(std::abs(scaled_error), 8.0);
  weight_ += 1;
  // While young the averages are plain means; the fading takes over once its memory is shorter than what was seen.
  const double short_gain = std::max(1 - short_keep_, 1 / weight_), long_gain = std::max(1 - long_keep_, 1 / weight_);
  short_ += short_gain * (error - short_);
  long_ += long_gain * (error - long_);
}

double Volatility::factor() const {
  if (weight_ < 48 || !(long_ > 0)) return 1.0;
  return std::pow(std::clamp(short_ / long_, 0.5, 3.0), 0.35);
}

Pools::Pools(std::span<const Residual> residuals, Duration interval, int window, const Method& method)
    : additive_weight_(method.additive ? kAdditiveWeight : 0.0) {
  std::vector<Errors> ordinary, near, novel;
  Volatility volatility(interval);
  std::size_t finished = 0;  // residuals whose window had ended when the present one was forecast
  for (const Residual& r : residuals) {
    while (finished < residuals.size() && residuals[finished].time + interval * window <= r.time) {
      const Residual& past = residuals[finished++];
      volatility.add((log_ratio(past.peak, past.base) - past.prediction.median) / past.prediction.spread);
    }
    auto& errors = !method.situations || r.situation == Situation::ordinary ? ordinary
                   : r.situation == Situation::near_event                   ? near
                                                                            : novel;
    const double factor = method.volatility ? volatility.factor() : 1.0;
    errors.push_back({(log_ratio(r.peak, r.base) - r.prediction.median) / (error_scale(r.prediction.spread) * factor),
                      r.peak - peak_of(r.prediction.median, r.base)});
  }
  // Too few windows near events: they count with the rest, each three times.
  const auto joined = [&](const std::vector<Errors>& few) {
    std::vector<Errors> all = ordinary;
    for (int copy = 0; copy < 3; ++copy) all.insert(all.end(), few.begin(), few.end());
    return all;
  };
  std::vector<Errors> any_event = near;
  any_event.insert(any_event.end(), novel.begin(), novel.end());
  ordinary_ = make_pool(ordinary.empty() ? any_event : ordinary);
  novel_ = make_pool(any_event.size() >= kEnoughNear ? any_event : joined(any_event));
  near_ = make_pool(near.size() >= kEnoughNear ? near : joined(any_event));
}

Pools::Pool Pools::make_pool(const std::vector<Errors>& errors) {
  std::vector<double> relative, additive;
  for (const Errors& e : errors) {
    relative.push_back(e.relative);
    additive.push_back(e.additive);
  }
  return {summarise(std::move(relative)), summarise(std::move(additive))};
}

Distribution Pools::distribution(const Prediction& prediction, double volatility, double base,
                                 Situation situation) const {
  const Pool& pool = situation == Situation::ordinary ? ordinary_ : situation == Situation::near_event ? near_ : novel_;
  const double median = peak_of(prediction.median, base);
  std::vector<Distribution::Sample> samples;
  samples.reserve(pool.relative.size() + pool.additive.size() + 1);
  for (const auto& [error, weight] : pool.relative)
    samples.push_back({peak_of(prediction.median + error * error_scale(prediction.spread) * volatility, base),
                       (1 - additive_weight_) * weight});
  if (additive_weight_ > 0)
    for (const auto& [error, weight] : pool.additive)
      samples.push_back({std::max(0.0, median + error), additive_weight_ * weight});
  if (samples.empty()) samples.push_back({median, 1.0});
  return Distribution(std::move(samples));
}

}  // namespace almanac::forecast

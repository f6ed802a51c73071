#include "core/distribution.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace almanac {

Distribution::Distribution(std::vector<Sample> samples) {
  std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.value < b.value; });
  double total = 0;
  for (const Sample& s : samples) {
    ALMANAC_CHECK(std::isfinite(s.value) && s.weight > 0 && std::isfinite(s.weight),
                  "a sample is finite with a positive weight");
    total += s.weight;
  }
  const std::size_t n = samples.size();
  values_.resize(n);
  cumulative_.resize(n);
  demand_from_.assign(n + 1, 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    values_[i] = std::max(0.0, samples[i].value);
    sum += samples[i].weight;
    cumulative_[i] = sum / total;
  }
  for (std::size_t i = n; i-- > 0;) demand_from_[i] = demand_from_[i + 1] + samples[i].weight / total * values_[i];
}

double Distribution::quantile(double p) const {
  ALMANAC_CHECK(!empty(), "an empty distribution has no quantile");
  // A hair of tolerance: 0.9 must find the ninth of ten equal samples although the sum of ten 0.1 is not 1.
  const auto it = std::lower_bound(cumulative_.begin(), cumulative_.end(), p - 1e-12);
  return it == cumulative_.end() ? values_.back() : values_[static_cast<std::size_t>(it - cumulative_.begin())];
}

double Distribution::cdf(double x) const {
  const auto it = std::upper_bound(values_.begin(), values_.end(), x);
  return it == values_.begin() ? 0.0 : cumulative_[static_cast<std::size_t>(it - values_.begin()) - 1];
}

double Distribution::mean() const {
  return demand_from_.empty() ? 0.0 : demand_from_.front();
}

double Distribution::demand_above(double threshold) const {
  const auto it = std::upper_bound(values_.begin(), values_.end(), threshold);
  return demand_from_.empty() ? 0.0 : demand_from_[static_cast<std::size_t>(it - values_.begin())];
}

}  // namespace almanac

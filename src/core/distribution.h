#pragma once

#include <span>
#include <vector>

namespace almanac {

// A discrete distribution of non-negative demand (busy instances): weighted samples, sorted by value. Immutable.
class Distribution {
 public:
  struct Sample {
    double value;
    double weight;
  };

  Distribution() = default;
  // Samples in any order; weights positive (they are normalised to sum 1), values finite, negative values become 0.
  explicit Distribution(std::vector<Sample> samples);

  bool empty() const { return values_.empty(); }
  std::size_t size() const { return values_.size(); }
  std::span<const double> values() const { return values_; }

  // The smallest value with P(Y <= value) >= p, 0 < p <= 1. Not on an empty distribution.
  double quantile(double p) const;
  // P(Y <= x).
  double cdf(double x) const;
  double mean() const;
  // E[Y; Y > threshold]: the demand expected to arrive while demand is above `threshold`.
  double demand_above(double threshold) const;

 private:
  std::vector<double> values_;       // ascending
  std::vector<double> cumulative_;   // cumulative_[i] = P(Y <= values_[i])
  std::vector<double> demand_from_;  // demand_from_[i] = sum over j >= i of weight_j * value_j; one longer than values_
};

}  // namespace almanac

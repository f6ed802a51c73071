#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/distribution.h"
#include "core/time.h"
#include "forecast/features.h"
#include "forecast/forecaster.h"
#include "forecast/method.h"

namespace almanac::forecast {

// Windows near events, within the 28 days, before these are judged by themselves.
inline constexpr std::size_t kEnoughNear = 300;

// What one out-of-sample forecast said and what came. Kept for 28 days: they calibrate the next ones.
struct Residual {
  Timestamp time{};  // of the origin
  double base = 0;   // busy instances
  double peak = 0;   // what came, busy instances
  Situation situation = Situation::ordinary;
  Prediction prediction;
};

// Follows how large errors are at present against how large they usually are: the factor by which spreads are widened
// or narrowed, clip(short / long, 0.5, 3) ^ 0.35 with exponential averages (half-lives 45 minutes and 14 days) of
// min(|z - median| / spread, 8) over finished windows.
class Volatility {
 public:
  explicit Volatility(Duration interval);
  double factor() const;
  void add(double scaled_error);

 private:
  double short_keep_, long_keep_;
  double short_ = 0, long_ = 0;
  double weight_ = 0;  // of what was seen, so that the first errors do not swing the ratio
};

// log((peak + e) / (base + e)).
double log_ratio(double peak, double base);
// The inverse: busy instances.
double peak_of(double z, double base);

// Residuals at ordinary times, near events and near the first events, as two ways of being wrong: relative (z units of
// the shrunken spread) and additive (busy instances). Each pool is a weighted summary of at most a few hundred points
// whose upper tail is kept whole.
class Pools {
 public:
  Pools() = default;
  Pools(std::span<const Residual> residuals, Duration interval, int window, const Method& method = {});

  // The predictive distribution of the peak: a mixture of the median with ratio-scaled and with additive residuals.
  Distribution distribution(const Prediction& prediction, double volatility, double base, Situation situation) const;

 private:
  struct Errors {
    double relative, additive;
  };
  struct Pool {
    std::vector<Distribution::Sample> relative;  // z errors in units of spread^0.6 x volatility
    std::vector<Distribution::Sample> additive;  // busy instances
  };
  static Pool make_pool(const std::vector<Errors>& errors);
  Pool ordinary_, near_, novel_;
  double additive_weight_ = 0;
};

}  // namespace almanac::forecast

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/progress.h"
#include "core/result.h"
#include "forecast/features.h"

namespace almanac::forecast {

// A forecast before calibration: median of z = log((peak + e) / (base + e)) and the distance from it to the 90 %
// quantile.
struct Prediction {
  double median = 0;
  double spread = 1;  // at least kLeastSpread
};

inline constexpr double kLeastSpread = 0.02;

struct FitPlan {
  bool refit = false;          // continue from the present weights instead of starting anew
  bool short_history = false;  // under 25 days: more passes over less data
  std::uint64_t seed = 1;
  double near_weight = 1;  // of an origin near events against one at ordinary times
};

// A forecaster, naive or not: fitted on origins with known targets, then asked for others. Cross-validation lives
// outside.
class Forecaster {
 public:
  virtual ~Forecaster() = default;

  virtual std::string_view name() const = 0;
  virtual std::unique_ptr<Forecaster> clone() const = 0;
  // Origins in time order, each usable and with a target; the last part may be held out to stop early.
  virtual Result<void> fit(const Features& features, std::span<const Origin> origins, const FitPlan& plan,
                           const ProgressSink& progress) = 0;
  virtual bool fitted() const = 0;
  // out[i] for origins[i]; origins are usable. Thread-safe.
  virtual void predict(const Features& features, std::span<const Origin> origins, std::span<Prediction> out) const = 0;
};

// The mean pinball loss of the .5 and .9 quantiles of a prediction against what came.
double pinball(const Prediction& prediction, double z);

}  // namespace almanac::forecast

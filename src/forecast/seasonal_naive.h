#pragma once

#include "forecast/forecaster.h"

namespace almanac::forecast {

// The mean of what the same window of yesterday and of last week was relative to its own base. The spread is that of
// its own errors on the fitted origins.
class SeasonalNaive final : public Forecaster {
 public:
  std::string_view name() const override { return "seasonal_naive"; }
  std::unique_ptr<Forecaster> clone() const override { return std::make_unique<SeasonalNaive>(*this); }
  Result<void> fit(const Features& features, std::span<const Origin> origins, const FitPlan& plan,
                   const ProgressSink& progress) override;
  bool fitted() const override { return fitted_; }
  void predict(const Features& features, std::span<const Origin> origins, std::span<Prediction> out) const override;

  double spread() const { return spread_; }
  void restore(double spread) { spread_ = spread, fitted_ = true; }

 private:
  double spread_ = 1;
  bool fitted_ = false;
};

}  // namespace almanac::forecast

#pragma once

#include "forecast/forecaster.h"
#include "trees/boosted_trees.h"

namespace almanac::forecast {

// Boosted trees on the context: one model for the median of z, one for its 90 % quantile. They find thresholds and
// conditions (this minute of the hour, unless a burst is just over) that a smooth network needs far more data for, and
// are fitted anew every day.
class TreeForecaster final : public Forecaster {
 public:
  std::string_view name() const override { return "trees"; }
  std::unique_ptr<Forecaster> clone() const override { return std::make_unique<TreeForecaster>(*this); }
  Result<void> fit(const Features& features, std::span<const Origin> origins, const FitPlan& plan,
                   const ProgressSink& progress) override;
  bool fitted() const override { return median_.fitted(); }
  void predict(const Features& features, std::span<const Origin> origins, std::span<Prediction> out) const override;

  // For the model file.
  const trees::BoostedTrees& median() const { return median_; }
  const trees::BoostedTrees& high() const { return high_; }
  void restore(trees::BoostedTrees median, trees::BoostedTrees high);

 private:
  trees::BoostedTrees median_, high_;
};

}  // namespace almanac::forecast

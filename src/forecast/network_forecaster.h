#pragma once

#include <vector>

#include "forecast/forecaster.h"
#include "nn/network.h"

namespace almanac::forecast {

// Quantile regression by a network trained on the pinball loss, in two shapes over the same features:
//   lstm    LSTM(32) over the sequence; 64 SiLU units on [its last state, context]; linear skip from the context
//   linear  the linear skip alone
// Outputs are the .5, .75, .9 and .97 quantiles of z, as a median and three softplus steps, so they never cross.
class NetworkForecaster final : public Forecaster {
 public:
  enum class Shape { lstm, linear };

  explicit NetworkForecaster(Shape shape);

  std::string_view name() const override { return shape_ == Shape::lstm ? "lstm" : "linear"; }
  std::unique_ptr<Forecaster> clone() const override { return std::make_unique<NetworkForecaster>(*this); }
  Result<void> fit(const Features& features, std::span<const Origin> origins, const FitPlan& plan,
                   const ProgressSink& progress) override;
  bool fitted() const override { return !scaling_.center.empty(); }
  void predict(const Features& features, std::span<const Origin> origins, std::span<Prediction> out) const override;

  // How features and target are put on a common scale, (x - center) / scale: first the context, then the sequence's
  // channels, last the target z.
  struct Scaling {
    std::vector<double> center, scale;
  };

  // For the model file.
  const nn::Network& network() const { return network_; }
  const Scaling& scaling() const { return scaling_; }
  // Starts the linear skip of an unfitted lstm at a fitted linear model: training then learns only what is not linear.
  void start_from(const NetworkForecaster& linear) { linear_ = linear.network_; }
  // corrupt where the shapes do not belong to these features.
  Result<void> restore(nn::Network network, Scaling scaling);

 private:
  void standardise(const Features& features, std::span<const Origin> origins);
  void write_context(const Features& features, const Origin& origin, float* out) const;
  void write_sequence(const Features& features, const Origin& origin, float* out) const;
  void copy_skip();
  double target_center() const { return scaling_.center.back(); }
  double target_scale() const { return scaling_.scale.back(); }

  Shape shape_;
  nn::Network network_;
  Scaling scaling_;
  nn::Network linear_;  // where the skip starts; invalid: at random weights
};

}  // namespace almanac::forecast

#include "forecast/network_forecaster.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/check.h"
#include "nn/training.h"

namespace almanac::forecast {
namespace {

constexpr int kStateUnits = 32;
constexpr int kHeadUnits = 64;
constexpr float kInputLimit = 6.0f;  // standard deviations; what lies further out was never seen in training

int context_width() {
  return static_cast<int>(Features::context_names().size());
}
int sequence_width() {
  return static_cast<int>(Features::sequence_names().size());
}

nn::Network build_network(NetworkForecaster::Shape shape) {
  nn::NetworkBuilder b;
  std::vector<nn::LayerId> head;
  if (shape == NetworkForecaster::Shape::lstm) {
    const auto sequence = b.sequence_input(Features::kSteps, sequence_width(), "sequence");
    const auto context = b.context_input(context_width(), "context");
    const auto state = b.lstm(sequence, kStateUnits);
    head = {
        b.dense(b.concatenate({state, context}), kHeadUnits, {.activation = nn::Activation::silu, .name = "hidden"}),
        context};
  } else {
    head = {b.context_input(context_width(), "context")};
  }
  const auto joined = head.size() == 1 ? head.front() : b.concatenate(head);
  const auto median = b.dense(joined, 1, {.name = "median"});
  const auto steps = b.dense(joined, 3, {.activation = nn::Activation::softplus, .name = "steps"});
  // Adds the steps up: column q sums the median and the steps below it.
  const auto quantiles = b.dense(b.concatenate({median, steps}), 4,
                                 {.use_bias = false,
                                  .trainable = false,
                                  .kernel = {1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1},
                                  .name = "quantiles"});
  auto network = b.build(quantiles);
  ALMANAC_CHECK(network.has_value(), "the forecaster's network is well-formed");
  return std::move(*network);
}

nn::Loss loss() {
  return nn::Loss::pinball({0.5f, 0.75f, 0.9f, 0.97f}, {1.0f, 1.0f, 1.5f, 2.0f});
}

// Found on windows before any published test window. The strong decoupled decay matters most: without it the network
// learns the training weeks by heart (out-of-sample pinball loss 0.0209 against 0.0174 on the World Cup's first weeks).
nn::FitSettings settings_for(NetworkForecaster::Shape shape, const FitPlan& plan) {
  const bool lstm = shape == NetworkForecaster::Shape::lstm;
  nn::FitSettings settings;
  settings.seed = plan.seed;
  settings.adam.weight_decay = lstm ? 2.0 : 1.0;
  if (plan.refit) {
    settings.epochs = !lstm && plan.short_history ? 6 : 2;
    settings.learning_rate = 7e-4;
  } else {
    settings.epochs = !lstm && plan.short_history ? 40 : 12;
    settings.learning_rate = 1e-3;
    settings.patience = 5;
  }
  if (!lstm) settings.learning_rate *= plan.refit ? 2 : 4;  // no hidden layer to upset
  return settings;
}

}  // namespace

NetworkForecaster::NetworkForecaster(Shape shape) : shape_(shape), network_(build_network(shape)) {}

namespace {

// Sums of values seen, column by column.
struct Moments {
  std::vector<double> sum, squares;
  double count = 0;

  explicit Moments(std::size_t width) : sum(width), squares(width) {}
  void add(std::span<const float> row) {
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += row[j], squares[j] += static_cast<double>(row[j]) * row[j];
    count += 1;
  }
  double mean(std::size_t j) const { return sum[j] / count; }
  double deviation(std::size_t j) const { return std::sqrt(std::max(0.0, squares[j] / count - mean(j) * mean(j))); }
};

}  // namespace

void NetworkForecaster::standardise(const Features& features, std::span<const Origin> origins) {
  const auto width = static_cast<std::size_t>(context_width()), channels = static_cast<std::size_t>(sequence_width());
  Moments context(width), sequence(channels), target(1);
  std::vector<float> values(width), steps(Features::kSteps * channels);
  for (std::size_t i = 0; i < origins.size(); ++i) {
    features.context(origins[i], values);
    context.add(values);
    const auto z = static_cast<float>(features.target(origins[i]));
    target.add({&z, 1});
    if (i % 7 != 0) continue;  // neighbours share most of their steps
    features.sequence(origins[i], steps);
    for (std::size_t step = 0; step < Features::kSteps; ++step) sequence.add({&steps[step * channels], channels});
  }
  scaling_ = {};
  const auto append = [this](const Moments& moments) {
    for (std::size_t j = 0; j < moments.sum.size(); ++j) {
      scaling_.center.push_back(moments.mean(j));
      // What hardly moved yet (no event so far) keeps its natural unit, not an inflated one.
      scaling_.scale.push_back(std::max(moments.deviation(j), 0.05));
    }
  };
  append(context);
  append(sequence);
  append(target);
}

void NetworkForecaster::write_context(const Features& features, const Origin& origin, float* out) const {
  const auto width = static_cast<std::size_t>(context_width());
  features.context(origin, {out, width});
  for (std::size_t j = 0; j < width; ++j)
    out[j] =
        std::clamp(static_cast<float>((out[j] - scaling_.center[j]) / scaling_.scale[j]), -kInputLimit, kInputLimit);
}

void NetworkForecaster::write_sequence(const Features& features, const Origin& origin, float* out) const {
  const auto width = static_cast<std::size_t>(context_width()), channels = static_cast<std::size_t>(sequence_width());
  features.sequence(origin, {out, Features::kSteps * channels});
  const double *center = &scaling_.center[width], *scale = &scaling_.scale[width];
  for (float* step = out; step < out + Features::kSteps * channels; step += channels)
    for (std::size_t j = 0; j < channels; ++j)
      step[j] = std::clamp(static_cast<float>((step[j] - center[j]) / scale[j]), -kInputLimit, kInputLimit);
}

// The output layers read [hidden, context]: rows of the hidden units start at zero, the others as the linear model
// ended.
void NetworkForecaster::copy_skip() {
  for (const nn::Layer& layer : network_.layers()) {
    if (layer.name != "median" && layer.name != "steps") continue;
    for (const nn::Layer& source : linear_.layers()) {
      if (source.name != layer.name) continue;
      const nn::Parameter& kernel = layer.parameters[0];
      const nn::Parameter& from = source.parameters[0];
      const std::size_t hidden = kernel.size() - from.size();
      std::fill_n(&network_.parameters()[kernel.offset], hidden, 0.0f);
      std::copy_n(&linear_.parameters()[from.offset], from.size(), &network_.parameters()[kernel.offset + hidden]);
      std::copy_n(&linear_.parameters()[source.parameters[1].offset], source.parameters[1].size(),
                  &network_.parameters()[layer.parameters[1].offset]);
    }
  }
}

Result<void> NetworkForecaster::fit(const Features& features, std::span<const Origin> origins, const FitPlan& plan,
                                    const ProgressSink& progress) {
  if (origins.empty()) return fail(ErrorCode::invalid_input, "no window of the history can be used to fit on");
  const bool anew = !plan.refit || !fitted();
  if (anew) {
    standardise(features, origins);
    network_.initialise(plan.seed);
    if (shape_ == Shape::lstm && linear_.valid()) copy_skip();
  }
  const auto width = static_cast<std::size_t>(context_width());
  std::vector<float> contexts(origins.size() * width);
  for (std::size_t i = 0; i < origins.size(); ++i) write_context(features, origins[i], &contexts[i * width]);

  nn::Samples samples;
  samples.count = origins.size();
  const std::size_t sequence_size =
      shape_ == Shape::lstm ? Features::kSteps * static_cast<std::size_t>(sequence_width()) : 0;
  samples.gather = [&](std::size_t i, float* sequence, float* context, float* target) {
    if (sequence_size > 0) write_sequence(features, origins[i], sequence);
    std::copy_n(&contexts[i * width], width, context);
    *target = static_cast<float>((features.target(origins[i]) - target_center()) / target_scale());
    return features.situation(origins[i]) == Situation::ordinary ? 1.0f : static_cast<float>(plan.near_weight);
  };
  std::vector<std::size_t> training(origins.size());
  std::iota(training.begin(), training.end(), std::size_t{0});
  std::vector<std::size_t> validation;
  if (anew && origins.size() >= 500) {  // the last tenth decides when to stop
    const std::size_t kept = origins.size() * 9 / 10;
    validation.assign(training.begin() + static_cast<std::ptrdiff_t>(kept), training.end());
    training.resize(kept);
  }
  FitPlan effective = plan;
  effective.refit = !anew;
  auto report = nn::fit(network_, samples, training, validation, loss(), settings_for(shape_, effective), progress);
  if (!report) return tl::unexpected(report.error());
  return {};
}

void NetworkForecaster::predict(const Features& features, std::span<const Origin> origins,
                                std::span<Prediction> out) const {
  ALMANAC_CHECK(fitted(), "a forecaster is fitted before it predicts");
  static thread_local nn::Workspace workspace;
  constexpr std::size_t kBatch = 64;
  const auto width = static_cast<std::size_t>(context_width());
  const std::size_t sequence_size =
      shape_ == Shape::lstm ? Features::kSteps * static_cast<std::size_t>(sequence_width()) : 0;
  std::vector<float> sequences(kBatch * sequence_size), contexts(kBatch * width), outputs(kBatch * 4);
  for (std::size_t first = 0; first < origins.size(); first += kBatch) {
    const std::size_t count = std::min(kBatch, origins.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      if (sequence_size > 0) write_sequence(features, origins[first + i], &sequences[i * sequence_size]);
      write_context(features, origins[first + i], &contexts[i * width]);
    }
    network_.predict({sequences.data(), count * sequence_size}, {contexts.data(), count * width}, count,
                     {outputs.data(), count * 4}, workspace);
    for (std::size_t i = 0; i < count; ++i) {
      const float* q = &outputs[i * 4];
      out[first + i] = {target_center() + target_scale() * q[0],
                        std::max(kLeastSpread, target_scale() * (q[2] - q[0]))};
    }
  }
}

Result<void> NetworkForecaster::restore(nn::Network network, Scaling scaling) {
  const auto width = static_cast<std::size_t>(context_width() + sequence_width() + 1);
  if (scaling.center.size() != width || scaling.scale.size() != width || network.context() != context_width() ||
      network.outputs() != 4 || network.parameters().size() != network_.parameters().size() ||
      network.steps() != network_.steps() || network.features() != network_.features())
    return fail(ErrorCode::corrupt, "the model's shapes do not belong to this version's features; train again");
  for (const double s : scaling.scale)
    if (!(s > 0)) return fail(ErrorCode::corrupt, "the model's scaling has a factor that is not positive");
  network_ = std::move(network);
  scaling_ = std::move(scaling);
  return {};
}

}  // namespace almanac::forecast

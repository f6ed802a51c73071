#include "nn/training.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/check.h"
#include "nn/engine.h"

namespace almanac::nn {
namespace {

// Adds the loss of one row, times `share`, to `total`, and writes its gradient by the outputs.
double row_loss(const Loss& loss, const float* output, const float* target, int outputs, double share,
                float* gradient) {
  double total = 0;
  for (int j = 0; j < outputs; ++j) {
    if (loss.kind == Loss::Kind::mean_squared_error) {
      const double difference = static_cast<double>(output[j]) - target[j];
      total += difference * difference / outputs;
      gradient[j] = static_cast<float>(share * 2 * difference / outputs);
    } else {
      const auto level = static_cast<std::size_t>(j);
      const double q = loss.quantiles[level];
      const double weight = loss.weights.empty() ? 1.0 : loss.weights[level];
      const double above = static_cast<double>(target[0]) - output[j];
      const double slope = above > 0 ? q : q - 1;
      total += weight * slope * above;
      gradient[j] = static_cast<float>(-share * weight * slope);
    }
  }
  return share * total;
}

void check_loss(const Network& network, const Loss& loss) {
  if (loss.kind != Loss::Kind::pinball) return;
  ALMANAC_CHECK(loss.quantiles.size() == static_cast<std::size_t>(network.outputs()), "one quantile level an output");
  ALMANAC_CHECK(loss.weights.empty() || loss.weights.size() == loss.quantiles.size(), "one weight a quantile level");
}

}  // namespace

Samples Samples::from_arrays(const Network& network, const Loss& loss, std::size_t count,
                             std::span<const float> sequences, std::span<const float> contexts,
                             std::span<const float> targets, std::span<const float> weights) {
  const auto row = static_cast<std::size_t>(network.steps()) * static_cast<std::size_t>(network.features());
  const auto context = static_cast<std::size_t>(network.context());
  const auto target = static_cast<std::size_t>(loss.targets(network));
  ALMANAC_CHECK(sequences.size() == count * row, "sequences must be [count][steps][features]");
  ALMANAC_CHECK(contexts.size() == count * context, "contexts must be [count][context]");
  ALMANAC_CHECK(targets.size() == count * target, "targets must be [count][targets]");
  ALMANAC_CHECK(weights.empty() || weights.size() == count, "weights must be [count] or empty");
  return {count, [=](std::size_t i, float* to_sequence, float* to_context, float* to_target) {
            std::copy_n(sequences.begin() + static_cast<std::ptrdiff_t>(i * row), row, to_sequence);
            std::copy_n(contexts.begin() + static_cast<std::ptrdiff_t>(i * context), context, to_context);
            std::copy_n(targets.begin() + static_cast<std::ptrdiff_t>(i * target), target, to_target);
            return weights.empty() ? 1.0f : weights[i];
          }};
}

struct Trainer::State {
  Network& network;
  Loss loss;
  AdamSettings settings;
  Workspace workspace;
  AlignedFloats gradient, first, second, decayed;
  long steps = 0;
  // One gathered batch.
  std::vector<float> sequences, contexts, targets, weights;

  std::size_t sequence_size() const {
    return static_cast<std::size_t>(network.steps()) * static_cast<std::size_t>(network.features());
  }
  std::size_t context_size() const { return static_cast<std::size_t>(network.context()); }
  std::size_t target_size() const { return static_cast<std::size_t>(loss.targets(network)); }

  void gather(const Samples& samples, std::span<const std::size_t> indices);
  double accumulate(std::span<const float> batch_sequences, std::span<const float> batch_contexts,
                    std::span<const float> batch_targets, std::span<const float> batch_weights, std::size_t batch);
  void step(double learning_rate);
};

void Trainer::State::gather(const Samples& samples, std::span<const std::size_t> indices) {
  const std::size_t n = indices.size();
  sequences.resize(n * sequence_size());
  contexts.resize(n * context_size());
  targets.resize(n * target_size());
  weights.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    ALMANAC_CHECK(indices[i] < samples.count, "a sample's index is out of range");
    weights[i] = samples.gather(indices[i], sequences.data() + i * sequence_size(),
                                contexts.data() + i * context_size(), targets.data() + i * target_size());
  }
}

// Loss of the batch; leaves its gradient in `gradient`.
double Trainer::State::accumulate(std::span<const float> batch_sequences, std::span<const float> batch_contexts,
                                  std::span<const float> batch_targets, std::span<const float> batch_weights,
                                  std::size_t batch) {
  ALMANAC_CHECK(batch_sequences.size() == batch * sequence_size(), "sequences must be [batch][steps][features]");
  ALMANAC_CHECK(batch_contexts.size() == batch * context_size(), "contexts must be [batch][context]");
  ALMANAC_CHECK(batch_targets.size() == batch * target_size(), "targets must be [batch][targets]");
  ALMANAC_CHECK(batch_weights.empty() || batch_weights.size() == batch, "weights must be [batch] or empty");
  Workspace::State& scratch = workspace.state();
  scratch.prepare(network, true);
  const double weight_sum = batch_weights.empty() ? static_cast<double>(batch)
                                                  : std::accumulate(batch_weights.begin(), batch_weights.end(), 0.0);
  const auto outputs = static_cast<std::size_t>(network.outputs());
  double total = 0;
  begin_backward(network, scratch);
  for (std::size_t done = 0; done < batch && weight_sum > 0; done += kPieceRows) {
    const std::size_t rows = std::min<std::size_t>(kPieceRows, batch - done);
    forward(network, scratch, batch_sequences.data() + done * sequence_size(),
            batch_contexts.data() + done * context_size(), static_cast<int>(rows), scratch.outputs.data());
    for (std::size_t r = 0; r < rows; ++r) {
      const double weight = batch_weights.empty() ? 1.0 : batch_weights[done + r];
      total += row_loss(loss, scratch.outputs.data() + r * outputs, batch_targets.data() + (done + r) * target_size(),
                        network.outputs(), weight / weight_sum, scratch.output_gradients.data() + r * outputs);
    }
    backward(network, scratch, scratch.output_gradients.data(), static_cast<int>(rows));
  }
  collect_gradient(network, scratch, gradient);
  return total;
}

void Trainer::State::step(double learning_rate) {
  const std::size_t n = gradient.size();
  const std::span<const std::uint8_t> trainable = network.trainable();
  for (std::size_t i = 0; i < n; ++i) {
    if (!trainable[i]) gradient[i] = 0;
  }
  const double norm = std::sqrt(kernels().sum_of_squares(n, gradient.data()));
  if (!std::isfinite(norm)) return;
  const double scale = settings.clip_norm > 0 && norm > settings.clip_norm ? settings.clip_norm / norm : 1.0;
  ++steps;
  const auto t = static_cast<double>(steps);
  const double rate = learning_rate * std::sqrt(1 - std::pow(settings.beta2, t)) / (1 - std::pow(settings.beta1, t));
  kernels().adam(n, network.parameters().data(), gradient.data(), first.data(), second.data(), decayed.data(),
                 static_cast<float>(scale), static_cast<float>(settings.beta1), static_cast<float>(settings.beta2),
                 static_cast<float>(rate), static_cast<float>(settings.epsilon),
                 static_cast<float>(learning_rate * settings.weight_decay));
}

Trainer::Trainer(Network& network, Loss loss, AdamSettings settings)
    : state_(new State{network, std::move(loss), settings, {}, {}, {}, {}, {}, 0, {}, {}, {}, {}}) {
  check_loss(network, state_->loss);
  const std::size_t n = network.parameters().size();
  state_->gradient.assign(n, 0.0f);
  state_->first.assign(n, 0.0f);
  state_->second.assign(n, 0.0f);
  state_->decayed.assign(n, 0.0f);
  for (const Layer& layer : network.layers()) {
    for (const Parameter& p : layer.parameters) {
      if (layer.trainable && p.name != "bias") {
        std::fill_n(state_->decayed.begin() + static_cast<std::ptrdiff_t>(p.offset), p.size(), 1.0f);
      }
    }
  }
}

Trainer::~Trainer() = default;

double Trainer::train_batch(std::span<const float> sequences, std::span<const float> contexts,
                            std::span<const float> targets, std::span<const float> weights, std::size_t batch,
                            double learning_rate) {
  const double loss = state_->accumulate(sequences, contexts, targets, weights, batch);
  state_->step(learning_rate);
  return loss;
}

double Trainer::train_batch(const Samples& samples, std::span<const std::size_t> indices, double learning_rate) {
  state_->gather(samples, indices);
  return train_batch(state_->sequences, state_->contexts, state_->targets, state_->weights, indices.size(),
                     learning_rate);
}

double Trainer::evaluate(const Samples& samples, std::span<const std::size_t> indices) {
  State& s = *state_;
  Workspace::State& scratch = s.workspace.state();
  scratch.prepare(s.network, true);
  const auto outputs = static_cast<std::size_t>(s.network.outputs());
  double total = 0;
  double weight_sum = 0;
  for (std::size_t done = 0; done < indices.size(); done += kPieceRows) {
    const std::size_t rows = std::min<std::size_t>(kPieceRows, indices.size() - done);
    s.gather(samples, indices.subspan(done, rows));
    forward(s.network, scratch, s.sequences.data(), s.contexts.data(), static_cast<int>(rows), scratch.outputs.data());
    for (std::size_t r = 0; r < rows; ++r) {
      weight_sum += s.weights[r];
      total += row_loss(s.loss, scratch.outputs.data() + r * outputs, s.targets.data() + r * s.target_size(),
                        s.network.outputs(), s.weights[r], scratch.output_gradients.data() + r * outputs);
    }
  }
  return weight_sum > 0 ? total / weight_sum : std::numeric_limits<double>::quiet_NaN();
}

double Trainer::gradient(std::span<const float> sequences, std::span<const float> contexts,
                         std::span<const float> targets, std::span<const float> weights, std::size_t batch,
                         std::span<float> gradient) {
  ALMANAC_CHECK(gradient.size() == state_->gradient.size(), "one gradient a parameter");
  const double loss = state_->accumulate(sequences, contexts, targets, weights, batch);
  std::copy(state_->gradient.begin(), state_->gradient.end(), gradient.begin());
  return loss;
}

}  // namespace almanac::nn

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "core/progress.h"
#include "core/random.h"
#include "nn/network.h"

namespace almanac::nn {

// What training minimises, averaged over the samples of a batch (weighted by their sample weights).
struct Loss {
  enum class Kind {
    mean_squared_error,  // one target per output; mean over outputs of (output - target)^2
    pinball,             // ONE target per sample, one quantile level per output; weighted sum over the levels of
                         // max(q (y - o), (q - 1) (y - o)) (Koenker & Bassett 1978)
  };
  Kind kind = Kind::mean_squared_error;
  std::vector<float> quantiles;  // pinball: a level in (0, 1) for each output
  std::vector<float> weights;    // pinball: one a level; empty means 1 each

  static Loss mse() { return {}; }
  static Loss pinball(std::vector<float> quantiles, std::vector<float> weights = {}) {
    return {Kind::pinball, std::move(quantiles), std::move(weights)};
  }
  // Targets a sample brings: 1 for pinball, the network's outputs for the squared error.
  int targets(const Network& network) const { return kind == Kind::pinball ? 1 : network.outputs(); }
};

// Where training samples come from. gather(i, ...) fills sample i, 0 <= i < count: sequence [steps][features], context
// [context], target [Loss::targets] and returns the sample's weight (1 for an ordinary one, 0 to ignore it).
struct Samples {
  using Gather = std::function<float(std::size_t index, float* sequence, float* context, float* target)>;
  std::size_t count = 0;
  Gather gather;

  // Over plain row-major arrays that outlive this object: sequences [count][steps][features], contexts
  // [count][context], targets [count][targets], weights [count] or empty (all 1). Aborts when lengths do not fit.
  static Samples from_arrays(const Network& network, const Loss& loss, std::size_t count,
                             std::span<const float> sequences, std::span<const float> contexts,
                             std::span<const float> targets, std::span<const float> weights = {});
};

// AdamW (Loshchilov & Hutter 2019): Adam with decoupled weight decay. Decay 0 is plain Adam (Kingma & Ba 2015).
struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-7;    // Keras' default
  double weight_decay = 0;  // per step, times the learning rate; on kernels, never on biases
  double clip_norm = 0;     // gradients longer than this (global L2 norm) are shortened to it; 0: never
};

// One optimizer run over one network: owns the moments and the scratch memory. The network must outlive it and keep its
// shape. Results are the same to the bit for the same calls on one machine and SIMD level.
class Trainer {
 public:
  Trainer(Network& network, Loss loss, AdamSettings settings = {});
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  // One optimizer step on `batch` samples, laid out as in Samples::from_arrays; weights [batch] or empty. Returns the
  // loss before the step. Large batches are worked off in 32-row pieces whose gradients add up. A batch whose gradient
  // is not finite changes nothing.
  double train_batch(std::span<const float> sequences, std::span<const float> contexts, std::span<const float> targets,
                     std::span<const float> weights, std::size_t batch, double learning_rate);

  // The same on samples indices[0..] of `samples`.
  double train_batch(const Samples& samples, std::span<const std::size_t> indices, double learning_rate);

  // Mean loss over samples indices[0..] without a step.
  double evaluate(const Samples& samples, std::span<const std::size_t> indices);

  // Gradient of the batch's loss by every parameter (frozen ones included), in the order of Network::parameters(), and
  // the loss itself. For checks; train_batch uses the same code.
  double gradient(std::span<const float> sequences, std::span<const float> contexts, std::span<const float> targets,
                  std::span<const float> weights, std::size_t batch, std::span<float> gradient);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

enum class Decay { constant, linear, cosine };

// The learning rate at `step` of `total`: from `initial` down to `initial * final_fraction` at the last step.
double decayed_rate(Decay decay, double initial, double final_fraction, std::size_t step, std::size_t total);

struct FitSettings {
  int epochs = 12;
  std::size_t batch_size = 128;
  double learning_rate = 2e-3;
  Decay decay = Decay::cosine;
  double final_fraction = 0.05;
  AdamSettings adam = {.weight_decay = 1e-4, .clip_norm = 1.0};
  int patience = 0;        // epochs without a better validation loss before stopping; 0: run all epochs
  std::uint64_t seed = 1;  // of the order of the samples
};

struct FitReport {
  std::vector<double> training_loss;    // one an epoch run
  std::vector<double> validation_loss;  // one an epoch run; empty without validation samples
  int best_epoch = -1;                  // 0-based; the network ends with this epoch's weights. -1: no epoch was usable
  double best_loss = std::numeric_limits<double>::quiet_NaN();  // its validation (else training) loss
  double seconds = 0;                                           // wall time
};

// Trains `network` from its present weights (call initialise() first for a new one) on samples `training` of `samples`,
// each epoch in a new order drawn from the seed. With `validation` samples the weights of the best epoch are kept and
// `patience` may stop early; without, the last epoch's are kept. Reports progress every epoch and about twice a second.
// invalid_input when there is no training sample or the loss does not fit the network.
Result<FitReport> fit(Network& network, const Samples& samples, std::span<const std::size_t> training,
                      std::span<const std::size_t> validation, const Loss& loss, const FitSettings& settings,
                      const ProgressSink& progress = {});

}  // namespace almanac::nn

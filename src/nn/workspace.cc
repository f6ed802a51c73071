#include <algorithm>

#include "core/check.h"
#include "nn/engine.h"

namespace almanac::nn {
namespace {

// A leading dimension with room for a vector that runs over, and no large power of two (rows would share cache sets).
std::ptrdiff_t padded_columns(long columns) {
  const long rounded = (columns + kOverrun - 1) / kOverrun * kOverrun;
  return rounded % 64 == 0 ? rounded + kOverrun : rounded;
}

// Hands out aligned pieces of one block. The first pass only counts.
class Arena {
 public:
  explicit Arena(float* base) : base_(base) {}
  float* take(std::ptrdiff_t floats) {
    float* result = base_ ? base_ + used_ : nullptr;
    used_ += (floats + 2 * kOverrun - 1) / kOverrun * kOverrun;  // a spare vector behind every matrix
    return result;
  }
  std::ptrdiff_t used() const { return used_; }

 private:
  float* base_;
  std::ptrdiff_t used_ = 0;
};

void lay_out_layer(const Network& network, const Layer& layer, bool training, Arena& arena, LayerScratch& s) {
  const std::ptrdiff_t rows = kPieceRows;
  const long units = layer.units;
  const auto inputs = layer.inputs.empty() ? 0L : static_cast<long>(network.layers()[layer.inputs[0]].units);
  s.padded = static_cast<int>((units + 7) / 8 * 8);
  if (layer.kind == LayerKind::lstm) {
    const std::ptrdiff_t steps = network.steps();
    s.ld = padded_columns(inputs + units + 8);
    s.ldz = padded_columns(4 * units + 8);
    s.joined = arena.take((steps + 1) * rows * s.ld);
    s.sums = arena.take(rows * s.ldz);
    s.cells = arena.take((training ? steps : 1) * rows * s.padded);
    if (training) {
      s.gates = arena.take(steps * rows * 4 * s.padded);
      s.tanh_cells = arena.take(steps * rows * s.padded);
      s.sums_gradient = arena.take(steps * rows * s.ldz);
      s.cells_gradient = arena.take(rows * s.padded);
      s.ld_kernel = padded_columns(4 * units);
      s.kernel_gradient = arena.take((inputs + units) * s.ld_kernel);
      s.bias_gradient = arena.take(s.ld_kernel);
      s.ld_turned = padded_columns(inputs);
      s.turned = arena.take(4 * units * s.ld_turned);
      s.ld_recurrent = padded_columns(units);
      s.turned_recurrent = arena.take(4 * units * s.ld_recurrent);
    }
  } else {
    s.ld = padded_columns(units);
    s.out = arena.take(std::max(layer.steps, 1) * rows * s.ld);
    if (layer.kind == LayerKind::dense) {
      s.sums = arena.take(rows * s.ld);
      if (training) {
        s.ld_kernel = padded_columns(units);
        s.kernel_gradient = arena.take(inputs * s.ld_kernel);
        s.bias_gradient = arena.take(s.ld_kernel);
        s.ld_turned = padded_columns(inputs);
        s.turned = arena.take(units * s.ld_turned);
      }
    }
  }
  if (training && s.learns) {
    s.ld_gradient = layer.kind == LayerKind::dense ? s.ld : padded_columns(units);
    // An LSTM always has a step for each: the gradient through time runs through the same matrices.
    const std::ptrdiff_t steps = layer.kind == LayerKind::lstm ? network.steps() : 1;
    s.gradient = arena.take(steps * rows * s.ld_gradient);
  }
}

}  // namespace

Workspace::Workspace() : state_(std::make_unique<State>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

void Workspace::State::prepare(const Network& network, bool for_training) {
  ALMANAC_CHECK(network.valid(), "a network without layers");
  if (structure == network.structure() && layers.size() == network.layers().size() && training >= for_training) return;
  training = for_training;
  layers.assign(network.layers().size(), LayerScratch{});
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = network.layers()[i];
    layers[i].learns = layer.kind == LayerKind::lstm || layer.kind == LayerKind::dense;
    for (LayerId input : layer.inputs) layers[i].learns |= layers[static_cast<std::size_t>(input)].learns;
  }
  const auto lay_out = [&](float* base) {
    Arena arena(base);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      lay_out_layer(network, network.layers()[i], training, arena, layers[i]);
    }
    return static_cast<std::size_t>(arena.used());
  };
  memory.assign(lay_out(nullptr), 0.0f);
  lay_out(memory.data());
  outputs.assign(static_cast<std::size_t>(kPieceRows * network.outputs()), 0.0f);
  output_gradients.assign(outputs.size(), 0.0f);
  structure = network.structure();
}

}  // namespace almanac::nn

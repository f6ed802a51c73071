#pragma once

#include <optional>
#include <string_view>
#include <vector>

// Inside the room only: the arithmetic of Keras' layers as their documentation defines it, plain and unhurried. Shapes
// are checked by who builds the graph.
namespace almanac::nn {

// A vector (steps 0) or a sequence [steps][units], row-major.
struct KerasTensor {
  int steps = 0;
  int units = 0;
  std::vector<float> values;

  int rows() const { return steps > 0 ? steps : 1; }
  const float* row(int r) const { return values.data() + static_cast<std::ptrdiff_t>(r) * units; }
  float* row(int r) { return values.data() + static_cast<std::ptrdiff_t>(r) * units; }
};
KerasTensor keras_tensor(int steps, int units);

// By the name that Keras gives it; `keras_major` 2 or 3, which differ in hard_sigmoid and leaky_relu.
struct KerasActivation {
  enum class Kind {
    linear,
    relu,
    relu6,
    tanh,
    sigmoid,
    hard_sigmoid,
    hard_silu,
    silu,
    softplus,
    softsign,
    elu,
    selu,
    gelu,
    exponential,
    leaky_relu,
    softmax
  };
  Kind kind = Kind::linear;
  float slope = 0;      // leaky_relu and elu
  bool keras2 = false;  // hard_sigmoid: clip(0.2 x + 0.5) of Keras 2, relu6(x + 3) / 6 of Keras 3

  // In place, on one row of `units`.
  void apply(float* values, int units) const;
};
std::optional<KerasActivation> keras_activation(std::string_view name, int keras_major);

struct KerasDense {
  int inputs = 0, units = 0;
  const std::vector<float>*kernel = nullptr, *bias = nullptr;  // [inputs][units], [units] or none
  KerasActivation activation;
};
// On every row.
KerasTensor run_dense(const KerasDense& layer, const KerasTensor& input);

enum class KerasCell { lstm, gru, simple };
struct KerasRecurrent {
  KerasCell cell = KerasCell::lstm;
  int inputs = 0, units = 0;
  // [inputs][gates x units], [units][gates x units], [gates x units] (with reset_after [2][3 units]) or none. Gates of
  // an LSTM: i, f, c, o; of a GRU: z, r, h.
  const std::vector<float>*kernel = nullptr, *recurrent = nullptr, *bias = nullptr;
  KerasActivation activation, recurrent_activation;
  bool return_sequences = false;
  bool go_backwards = false;
  bool reset_after = false;  // GRU
};
// Starts from a zero state; with go_backwards the sequence comes out in the order in which it was read.
KerasTensor run_recurrent(const KerasRecurrent& layer, const KerasTensor& input);

struct KerasConv {
  int inputs = 0, filters = 0, width = 0, stride = 1, dilation = 1;
  enum class Padding { valid, same, causal } padding = Padding::valid;
  const std::vector<float>*kernel = nullptr, *bias = nullptr;  // [width][inputs][filters], [filters] or none
  KerasActivation activation;
};
int conv_steps(const KerasConv& layer, int steps);
KerasTensor run_conv(const KerasConv& layer, const KerasTensor& input);

}  // namespace almanac::nn

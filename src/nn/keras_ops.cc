#include "nn/keras_ops.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace almanac::nn {
namespace {

float sigmoid(float x) {
  return 1.0F / (1.0F + std::exp(-x));
}

float activated(const KerasActivation& activation, float x) {
  using Kind = KerasActivation::Kind;
  switch (activation.kind) {
    case Kind::linear:
    case Kind::softmax:  // needs the whole row
      return x;
    case Kind::relu:
      return std::max(0.0F, x);
    case Kind::relu6:
      return std::clamp(x, 0.0F, 6.0F);
    case Kind::tanh:
      return std::tanh(x);
    case Kind::sigmoid:
      return sigmoid(x);
    case Kind::hard_sigmoid:
      return activation.keras2 ? std::clamp(0.2F * x + 0.5F, 0.0F, 1.0F) : std::clamp(x + 3, 0.0F, 6.0F) / 6;
    case Kind::hard_silu:
      return x * std::clamp(x + 3, 0.0F, 6.0F) / 6;
    case Kind::silu:
      return x * sigmoid(x);
    case Kind::softplus:
      return x > 20 ? x : std::log1p(std::exp(x));
    case Kind::softsign:
      return x / (1 + std::abs(x));
    case Kind::elu:
      return x > 0 ? x : activation.slope * std::expm1(x);
    case Kind::selu:
      return 1.0507010F * (x > 0 ? x : 1.6732632F * std::expm1(x));
    case Kind::gelu:
      return 0.5F * x * (1 + std::erf(x / std::sqrt(2.0F)));
    case Kind::exponential:
      return std::exp(x);
    case Kind::leaky_relu:
      return x > 0 ? x : activation.slope * x;
  }
  return x;
}

// into[units] += row[inputs] x matrix[inputs][stride], columns [first, first + units).
void add_product(const float* row, int inputs, const std::vector<float>& matrix, int stride, int first, int units,
                 float* into) {
  for (int i = 0; i < inputs; ++i) {
    const float* weights = matrix.data() + static_cast<std::ptrdiff_t>(i) * stride + first;
    for (int u = 0; u < units; ++u) into[u] += row[i] * weights[u];
  }
}

std::vector<float> start_of(const std::vector<float>* bias, int from, int width) {
  std::vector<float> values(static_cast<std::size_t>(width), 0.0F);
  if (bias != nullptr) std::copy_n(bias->begin() + from, width, values.begin());
  return values;
}

class Cell {
 public:
  explicit Cell(const KerasRecurrent& layer)
      : layer_(layer),
        width_(layer.units * (layer.cell == KerasCell::lstm  ? 4
                              : layer.cell == KerasCell::gru ? 3
                                                             : 1)),
        hidden_(static_cast<std::size_t>(layer.units), 0.0F),
        memory_(hidden_) {}

  const std::vector<float>& hidden() const { return hidden_; }

  void step(const float* input) {
    auto gates = start_of(layer_.bias, 0, width_);
    add_product(input, layer_.inputs, *layer_.kernel, width_, 0, width_, gates.data());
    if (layer_.cell == KerasCell::gru) return gru(gates);
    add_product(hidden_.data(), layer_.units, *layer_.recurrent, width_, 0, width_, gates.data());
    if (layer_.cell == KerasCell::lstm) return lstm(gates);
    layer_.activation.apply(gates.data(), layer_.units);
    hidden_ = gates;
  }

 private:
  void lstm(std::vector<float>& gates) {
    const int n = layer_.units;
    for (const int gate : {0, 1, 3}) layer_.recurrent_activation.apply(gates.data() + gate * n, n);
    layer_.activation.apply(gates.data() + 2 * n, n);
    for (int u = 0; u < n; ++u)
      memory_[at(u)] = gates[at(n + u)] * memory_[at(u)] + gates[at(u)] * gates[at(2 * n + u)];
    hidden_ = memory_;
    layer_.activation.apply(hidden_.data(), n);
    for (int u = 0; u < n; ++u) hidden_[at(u)] *= gates[at(3 * n + u)];
  }

  void gru(std::vector<float>& gates) {
    const int n = layer_.units;
    auto inner = start_of(layer_.reset_after ? layer_.bias : nullptr, layer_.reset_after ? width_ : 0, width_);
    add_product(hidden_.data(), n, *layer_.recurrent, width_, 0, layer_.reset_after ? width_ : 2 * n, inner.data());
    for (int u = 0; u < 2 * n; ++u) gates[at(u)] += inner[at(u)];
    layer_.recurrent_activation.apply(gates.data(), n);
    layer_.recurrent_activation.apply(gates.data() + n, n);
    if (layer_.reset_after) {
      for (int u = 0; u < n; ++u) gates[at(2 * n + u)] += gates[at(n + u)] * inner[at(2 * n + u)];
    } else {
      std::vector<float> reset(hidden_);
      for (int u = 0; u < n; ++u) reset[at(u)] *= gates[at(n + u)];
      add_product(reset.data(), n, *layer_.recurrent, width_, 2 * n, n, gates.data() + 2 * n);
    }
    layer_.activation.apply(gates.data() + 2 * n, n);
    for (int u = 0; u < n; ++u)
      hidden_[at(u)] = gates[at(u)] * hidden_[at(u)] + (1 - gates[at(u)]) * gates[at(2 * n + u)];
  }

  static std::size_t at(int index) { return static_cast<std::size_t>(index); }

  const KerasRecurrent& layer_;
  int width_;
  std::vector<float> hidden_, memory_;
};

}  // namespace

KerasTensor keras_tensor(int steps, int units) {
  KerasTensor tensor{steps, units, {}};
  tensor.values.assign(static_cast<std::size_t>(tensor.rows()) * static_cast<std::size_t>(units), 0.0F);
  return tensor;
}

void KerasActivation::apply(float* values, int units) const {
  if (kind == Kind::softmax) {
    const float most = *std::max_element(values, values + units);
    float sum = 0;
    for (int u = 0; u < units; ++u) sum += values[u] = std::exp(values[u] - most);
    for (int u = 0; u < units; ++u) values[u] /= sum;
    return;
  }
  for (int u = 0; u < units; ++u) values[u] = activated(*this, values[u]);
}

std::optional<KerasActivation> keras_activation(std::string_view name, int keras_major) {
  using Kind = KerasActivation::Kind;
  static const std::map<std::string_view, Kind> kKinds = {
      {"linear", Kind::linear},
      {"relu", Kind::relu},
      {"relu6", Kind::relu6},
      {"tanh", Kind::tanh},
      {"sigmoid", Kind::sigmoid},
      {"hard_sigmoid", Kind::hard_sigmoid},
      {"hard_silu", Kind::hard_silu},
      {"hard_swish", Kind::hard_silu},
      {"silu", Kind::silu},
      {"swish", Kind::silu},
      {"softplus", Kind::softplus},
      {"softsign", Kind::softsign},
      {"elu", Kind::elu},
      {"selu", Kind::selu},
      {"gelu", Kind::gelu},
      {"exponential", Kind::exponential},
      {"leaky_relu", Kind::leaky_relu},
      {"softmax", Kind::softmax},
  };
  const auto found = kKinds.find(name);
  if (found == kKinds.end()) return std::nullopt;
  KerasActivation activation{found->second, 1.0F, keras_major < 3};
  if (activation.kind == Kind::leaky_relu) activation.slope = 0.2F;
  return activation;
}

KerasTensor run_dense(const KerasDense& layer, const KerasTensor& input) {
  KerasTensor output = keras_tensor(input.steps, layer.units);
  for (int r = 0; r < input.rows(); ++r) {
    if (layer.bias != nullptr) std::copy(layer.bias->begin(), layer.bias->end(), output.row(r));
    add_product(input.row(r), layer.inputs, *layer.kernel, layer.units, 0, layer.units, output.row(r));
    layer.activation.apply(output.row(r), layer.units);
  }
  return output;
}

KerasTensor run_recurrent(const KerasRecurrent& layer, const KerasTensor& input) {
  KerasTensor output = keras_tensor(layer.return_sequences ? input.steps : 0, layer.units);
  Cell cell(layer);
  for (int t = 0; t < input.steps; ++t) {
    cell.step(input.row(layer.go_backwards ? input.steps - 1 - t : t));
    if (layer.return_sequences) std::copy(cell.hidden().begin(), cell.hidden().end(), output.row(t));
  }
  if (!layer.return_sequences) output.values = cell.hidden();
  return output;
}

int conv_steps(const KerasConv& layer, int steps) {
  const int reach = layer.dilation * (layer.width - 1);
  if (layer.padding == KerasConv::Padding::valid) return steps > reach ? (steps - reach - 1) / layer.stride + 1 : 0;
  return (steps - 1) / layer.stride + 1;
}

KerasTensor run_conv(const KerasConv& layer, const KerasTensor& input) {
  const int steps = conv_steps(layer, input.steps), reach = layer.dilation * (layer.width - 1);
  // How many steps of zeros stand before the first: all of the reach for causal, half of what is needed for same.
  const int same = std::max(0, (steps - 1) * layer.stride + reach + 1 - input.steps) / 2;
  const int before = layer.padding == KerasConv::Padding::causal ? reach
                     : layer.padding == KerasConv::Padding::same ? same
                                                                 : 0;
  KerasTensor output = keras_tensor(steps, layer.filters);
  for (int t = 0; t < steps; ++t) {
    if (layer.bias != nullptr) std::copy(layer.bias->begin(), layer.bias->end(), output.row(t));
    for (int k = 0; k < layer.width; ++k) {
      const int from = t * layer.stride + k * layer.dilation - before;
      if (from < 0 || from >= input.steps) continue;
      for (int i = 0; i < layer.inputs; ++i) {
        const float value = input.row(from)[i];
        const float* weights =
            layer.kernel->data() + (static_cast<std::ptrdiff_t>(k) * layer.inputs + i) * layer.filters;
        for (int f = 0; f < layer.filters; ++f) output.row(t)[f] += value * weights[f];
      }
    }
    layer.activation.apply(output.row(t), layer.filters);
  }
  return output;
}

}  // namespace almanac::nn

#include <algorithm>
#include <cstring>

#include "nn/engine.h"

namespace almanac::nn {
namespace {

// turned[column][row] = matrix[row][column].
void turn(const float* matrix, std::size_t rows, std::size_t columns, float* turned, std::ptrdiff_t ld) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c)
      turned[static_cast<std::ptrdiff_t>(c) * ld + static_cast<long>(r)] = matrix[r * columns + c];
  }
}

// Back through time: from the gradient by the outputs of all steps (or the last) to those by the weights and the input.
void lstm(const Network& network, const Layer& layer, LayerScratch& below, LayerScratch& s, int rows) {
  const Kernels& k = kernels();
  const int steps = network.steps();
  const int inputs = network.layers()[layer.inputs[0]].units;
  const int units = layer.units;
  const std::ptrdiff_t cell_step = static_cast<std::ptrdiff_t>(rows) * s.padded;
  const std::ptrdiff_t gradient_step = rows * s.ld_gradient;
  const std::ptrdiff_t z_step = rows * s.ldz;
  const bool every_step = layer.steps > 0;

  std::fill_n(s.cells_gradient, rows * s.padded, 0.0f);
  for (int t = steps - 1; t >= 0; --t) {
    // The gradient of a layer that returns its last state only sits in the first matrix; the steps before need but one.
    float* dh = s.gradient + (every_step ? t * gradient_step : 0);
    float* dz = s.sums_gradient + t * z_step;
    k.lstm_backward(rows, units, s.gates + t * 4 * cell_step, s.tanh_cells + t * cell_step,
                    t > 0 ? s.cells + (t - 1) * cell_step : nullptr, dh, s.ld_gradient, s.cells_gradient, dz, s.ldz);
    if (t > 0) {
      float* before = every_step ? dh - gradient_step : dh;
      k.gemm(rows, units, 4 * units, dz, s.ldz, 1, s.turned_recurrent, s.ld_recurrent, before, s.ld_gradient,
             every_step ? before : nullptr, s.ld_gradient);
    }
  }
  const int all_rows = steps * rows;
  k.gemm(inputs + units, 4 * units, all_rows, s.joined, 1, s.ld, s.sums_gradient, s.ldz, s.kernel_gradient, s.ld_kernel,
         s.kernel_gradient, s.ld_kernel);
  k.add_column_sums(all_rows, 4 * units, s.sums_gradient, s.ldz, s.bias_gradient);
  if (below.gradient) {
    k.gemm(all_rows, inputs, 4 * units, s.sums_gradient, s.ldz, 1, s.turned, s.ld_turned, below.gradient,
           below.ld_gradient, below.gradient, below.ld_gradient);
  }
}

void dense(const Network& network, const Layer& layer, LayerScratch& below, LayerScratch& s, int rows) {
  const Kernels& k = kernels();
  const int inputs = network.layers()[layer.inputs[0]].units;
  k.activate_backward(static_cast<KernelActivation>(layer.activation), rows, layer.units, s.ld, s.sums, s.out,
                      s.gradient);
  k.gemm(inputs, layer.units, rows, below.output.data, 1, below.output.ld, s.gradient, s.ld_gradient, s.kernel_gradient,
         s.ld_kernel, s.kernel_gradient, s.ld_kernel);
  if (layer.use_bias) k.add_column_sums(rows, layer.units, s.gradient, s.ld_gradient, s.bias_gradient);
  if (below.gradient) {
    k.gemm(rows, inputs, layer.units, s.gradient, s.ld_gradient, 1, s.turned, s.ld_turned, below.gradient,
           below.ld_gradient, below.gradient, below.ld_gradient);
  }
}

void join(const Network& network, const Layer& layer, Workspace::State& state, const LayerScratch& s, int rows) {
  const bool average = layer.kind == LayerKind::average;
  const float share = average ? 1.0f / static_cast<float>(layer.inputs.size()) : 1.0f;
  int column = 0;
  for (LayerId id : layer.inputs) {
    LayerScratch& in = state.layers[static_cast<std::size_t>(id)];
    const int width = network.layers()[static_cast<std::size_t>(id)].units;
    if (in.gradient) {
      for (int r = 0; r < rows; ++r) {
        const float* from = s.gradient + r * s.ld_gradient + column;
        float* to = in.gradient + r * in.ld_gradient;
        for (int j = 0; j < width; ++j) to[j] += share * from[j];
      }
    }
    if (!average) column += width;
  }
}

}  // namespace

void begin_backward(const Network& network, Workspace::State& state) {
  const float* parameters = network.parameters().data();
  for (std::size_t i = 0; i < state.layers.size(); ++i) {
    const Layer& layer = network.layers()[i];
    LayerScratch& s = state.layers[i];
    if (layer.parameters.empty()) continue;
    const Parameter& kernel = layer.parameters[0];
    std::size_t rows = kernel.rows;
    turn(parameters + kernel.offset, kernel.rows, kernel.columns, s.turned, s.ld_turned);
    if (layer.kind == LayerKind::lstm) {
      const Parameter& recurrent = layer.parameters[1];
      turn(parameters + recurrent.offset, recurrent.rows, recurrent.columns, s.turned_recurrent, s.ld_recurrent);
      rows += recurrent.rows;
    }
    std::fill_n(s.kernel_gradient, static_cast<std::ptrdiff_t>(rows) * s.ld_kernel, 0.0f);
    std::fill_n(s.bias_gradient, s.ld_kernel, 0.0f);
  }
}

void backward(const Network& network, Workspace::State& state, const float* output_gradients, int rows) {
  for (std::size_t i = 0; i < state.layers.size(); ++i) {
    LayerScratch& s = state.layers[i];
    const std::ptrdiff_t steps = std::max(network.layers()[i].steps, 1);
    if (s.gradient) std::fill_n(s.gradient, steps * rows * s.ld_gradient, 0.0f);
  }
  const LayerScratch& last = state.layers[static_cast<std::size_t>(network.output_layer())];
  for (int r = 0; r < rows && last.gradient; ++r) {
    std::copy_n(output_gradients + r * network.outputs(), network.outputs(), last.gradient + r * last.ld_gradient);
  }
  for (std::size_t i = state.layers.size(); i-- > 0;) {
    const Layer& layer = network.layers()[i];
    LayerScratch& s = state.layers[i];
    if (!s.gradient) continue;
    switch (layer.kind) {
      case LayerKind::lstm:
        lstm(network, layer, state.layers[static_cast<std::size_t>(layer.inputs[0])], s, rows);
        break;
      case LayerKind::dense:
        dense(network, layer, state.layers[static_cast<std::size_t>(layer.inputs[0])], s, rows);
        break;
      case LayerKind::concatenate:
      case LayerKind::average:
        join(network, layer, state, s, rows);
        break;
      case LayerKind::sequence_input:
      case LayerKind::context_input:
        break;
    }
  }
}

void collect_gradient(const Network& network, const Workspace::State& state, std::span<float> gradient) {
  for (std::size_t i = 0; i < state.layers.size(); ++i) {
    const Layer& layer = network.layers()[i];
    const LayerScratch& s = state.layers[i];
    std::ptrdiff_t first_row = 0;  // the recurrent kernel's rows follow the kernel's
    for (const Parameter& p : layer.parameters) {
      const bool bias = p.name == "bias";
      for (std::size_t r = 0; r < p.rows; ++r) {
        const float* from =
            bias ? s.bias_gradient : s.kernel_gradient + (first_row + static_cast<long>(r)) * s.ld_kernel;
        std::copy_n(from, p.columns, gradient.data() + p.offset + r * p.columns);
      }
      first_row += static_cast<std::ptrdiff_t>(p.rows);
    }
  }
}

}  // namespace almanac::nn

#include <algorithm>
#include <cstring>

#include "core/check.h"
#include "nn/engine.h"

namespace almanac::nn {
namespace {

void copy_rows(const float* from, std::ptrdiff_t from_ld, float* to, std::ptrdiff_t to_ld, int rows, int columns) {
  constexpr int kPiece = 4;
  constexpr std::size_t kBytes = kPiece * sizeof(float);
  for (int r = 0; r < rows; ++r, from += from_ld, to += to_ld) {
    // A narrow row is moved sooner than a call would take; its last piece may overlap the one before.
    if (columns < kPiece || columns > 8 * kPiece) {
      std::memcpy(to, from, static_cast<std::size_t>(columns) * sizeof(float));
      continue;
    }
    for (int j = 0; j < columns - kPiece; j += kPiece) std::memcpy(to + j, from + j, kBytes);
    std::memcpy(to + columns - kPiece, from + columns - kPiece, kBytes);
  }
}

void lstm(const Network& network, const Layer& layer, const LayerScratch& below, LayerScratch& s, int rows,
          bool training) {
  const Kernels& k = kernels();
  const int steps = network.steps();
  const int inputs = network.layers()[layer.inputs[0]].units;
  const int units = layer.units;
  const float* kernel = network.parameters().data() + layer.parameters[0].offset;
  const float* bias = network.parameters().data() + layer.parameters[2].offset;
  const std::ptrdiff_t step = rows * s.ld;
  const std::ptrdiff_t cell_step = training ? static_cast<std::ptrdiff_t>(rows) * s.padded : 0;

  for (int r = 0; r < rows; ++r) std::fill_n(s.joined + r * s.ld + inputs, units, 0.0f);
  for (int t = 0; t < steps; ++t) {
    float* joined = s.joined + t * step;
    copy_rows(below.output.at(t), below.output.ld, joined, s.ld, rows, inputs);
    k.gemm(rows, 4 * units, inputs + units, joined, s.ld, 1, kernel, 4 * units, s.sums, s.ldz, bias, 0);
    float* cell = s.cells + t * cell_step;
    k.lstm_forward(rows, units, s.sums, s.ldz, t > 0 ? cell - cell_step : nullptr, cell,
                   training ? s.gates + t * 4 * cell_step : nullptr, training ? s.tanh_cells + t * cell_step : nullptr,
                   joined + step + inputs, s.ld);
  }
  const int first = layer.steps > 0 ? 1 : steps;
  s.output = {s.joined + first * step + inputs, s.ld, step};
}

void dense(const Network& network, const Layer& layer, const LayerScratch& below, LayerScratch& s, int rows) {
  const Kernels& k = kernels();
  const int inputs = network.layers()[layer.inputs[0]].units;
  const float* kernel = network.parameters().data() + layer.parameters[0].offset;
  const float* bias = layer.use_bias ? network.parameters().data() + layer.parameters[1].offset : nullptr;
  k.gemm(rows, layer.units, inputs, below.output.data, below.output.ld, 1, kernel, layer.units, s.sums, s.ld, bias, 0);
  k.activate(static_cast<KernelActivation>(layer.activation), rows, layer.units, s.ld, s.sums, s.out);
  s.output = {s.out, s.ld, 0};
}

void join(const Layer& layer, const Network& network, Workspace::State& state, LayerScratch& s, int rows) {
  int column = 0;
  const float share = 1.0f / static_cast<float>(layer.inputs.size());
  if (layer.kind == LayerKind::average) std::fill_n(s.out, rows * s.ld, 0.0f);
  for (LayerId id : layer.inputs) {
    const View& in = state.layers[static_cast<std::size_t>(id)].output;
    const int width = network.layers()[static_cast<std::size_t>(id)].units;
    if (layer.kind == LayerKind::concatenate) {
      copy_rows(in.data, in.ld, s.out + column, s.ld, rows, width);
      column += width;
    } else {
      for (int r = 0; r < rows; ++r) {
        for (int j = 0; j < width; ++j) s.out[r * s.ld + j] += share * in.data[r * in.ld + j];
      }
    }
  }
  s.output = {s.out, s.ld, 0};
}

}  // namespace

void forward(const Network& network, Workspace::State& state, const float* sequences, const float* context, int rows,
             float* outputs) {
  for (std::size_t i = 0; i < state.layers.size(); ++i) {
    const Layer& layer = network.layers()[i];
    LayerScratch& s = state.layers[i];
    switch (layer.kind) {
      case LayerKind::sequence_input:
        // Read in place: the step is the inner dimension of the caller's array.
        s.output = {const_cast<float*>(sequences), static_cast<std::ptrdiff_t>(layer.steps) * layer.units, layer.units};
        break;
      case LayerKind::context_input:
        s.output = {const_cast<float*>(context), layer.units, 0};
        break;
      case LayerKind::lstm:
        lstm(network, layer, state.layers[static_cast<std::size_t>(layer.inputs[0])], s, rows, state.training);
        break;
      case LayerKind::dense:
        dense(network, layer, state.layers[static_cast<std::size_t>(layer.inputs[0])], s, rows);
        break;
      case LayerKind::concatenate:
      case LayerKind::average:
        join(layer, network, state, s, rows);
        break;
    }
  }
  const View& out = state.layers[static_cast<std::size_t>(network.output_layer())].output;
  copy_rows(out.data, out.ld, outputs, network.outputs(), rows, network.outputs());
}

void Network::predict(std::span<const float> sequences, std::span<const float> context, std::size_t batch,
                      std::span<float> outputs, Workspace& workspace) const {
  const auto row = static_cast<std::size_t>(steps_) * static_cast<std::size_t>(features_);
  const auto context_row = static_cast<std::size_t>(context_);
  const auto output_row = static_cast<std::size_t>(outputs_);
  ALMANAC_CHECK(sequences.size() == batch * row, "sequences must be [batch][steps][features]");
  ALMANAC_CHECK(context.size() == batch * context_row, "context must be [batch][context]");
  ALMANAC_CHECK(outputs.size() == batch * output_row, "outputs must be [batch][outputs]");
  Workspace::State& state = workspace.state();
  state.prepare(*this, false);
  for (std::size_t done = 0; done < batch; done += kPieceRows) {
    const std::size_t rows = std::min<std::size_t>(kPieceRows, batch - done);
    forward(*this, state, sequences.data() + done * row, context.data() + done * context_row, static_cast<int>(rows),
            outputs.data() + done * output_row);
  }
}

}  // namespace almanac::nn

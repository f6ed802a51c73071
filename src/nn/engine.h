#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/aligned.h"
#include "nn/kernels.h"
#include "nn/network.h"

namespace almanac::nn {

// Rows worked on together: enough to fill the vector units, few enough for the second cache.
inline constexpr int kPieceRows = 32;

// A batch-major matrix for each step: value (step, row, column) is data[step * step_size + row * ld + column].
struct View {
  float* data = nullptr;
  std::ptrdiff_t ld = 0;
  std::ptrdiff_t step_size = 0;

  float* at(int step) const { return data + step * step_size; }
};

// Scratch of one layer, inside Workspace::State::memory. Sizes are for kPieceRows rows; with fewer rows the steps move
// together, so that all rows of all steps are one matrix.
struct LayerScratch {
  std::ptrdiff_t ld = 0;    // LSTM: of joined; Dense: of sums and out; inputs and joins: of out
  std::ptrdiff_t ldz = 0;   // LSTM: of the gates' sums
  int padded = 0;           // units rounded up to 8
  float* joined = nullptr;  // LSTM: [steps + 1][rows][ld], the input of a step beside the state before it
  float* sums = nullptr;    // LSTM: [rows][ldz]; Dense: before the activation
  float* cells = nullptr;   // LSTM: [steps][rows][padded], one step only without training
  float* gates = nullptr;   // LSTM, training: [steps][rows][4 padded]
  float* tanh_cells = nullptr;
  float* out = nullptr;
  View output;  // what the next layers read, set by forward()

  // Training only.
  float* sums_gradient = nullptr;   // LSTM: [steps][rows][ldz]
  float* cells_gradient = nullptr;  // LSTM: [rows][padded]
  float* turned = nullptr;          // the kernel, columns as rows [columns][ld_turned]
  std::ptrdiff_t ld_turned = 0;
  float* turned_recurrent = nullptr;
  std::ptrdiff_t ld_recurrent = 0;
  float* kernel_gradient = nullptr;  // [rows of kernel and recurrent kernel][ld_kernel], summed over pieces
  float* bias_gradient = nullptr;
  std::ptrdiff_t ld_kernel = 0;
  float* gradient = nullptr;  // by the output: [steps or 1][rows][ld_gradient]; null where nothing needs it
  std::ptrdiff_t ld_gradient = 0;
  bool learns = false;  // the layer, or one before it, has trainable weights or asks for a gradient
};

struct Workspace::State {
  std::uint64_t structure = 0;
  bool training = false;
  AlignedFloats memory;
  std::vector<LayerScratch> layers;
  std::vector<float> outputs;  // one piece, for training
  std::vector<float> output_gradients;

  // Lays the memory out for this network. Does nothing when it already fits.
  void prepare(const Network& network, bool for_training);
};

// Runs rows <= kPieceRows rows through the network; sequences [rows][T][F], context [rows][C], outputs
// [rows][outputs]. Keeps what backward() needs when the workspace is prepared for training.
void forward(const Network& network, Workspace::State& state, const float* sequences, const float* context, int rows,
             float* outputs);

// Before the first piece of a batch: turns the kernels, clears the gradients.
void begin_backward(const Network& network, Workspace::State& state);
// After forward() of the same rows: adds the gradient of every parameter, given that by the outputs [rows][outputs].
void backward(const Network& network, Workspace::State& state, const float* output_gradients, int rows);
// After the last piece: the batch's gradient in the order of Network::parameters().
void collect_gradient(const Network& network, const Workspace::State& state, std::span<float> gradient);

}  // namespace almanac::nn

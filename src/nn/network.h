#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "nn/aligned.h"

namespace almanac::nn {

enum class Activation { linear, relu, tanh, sigmoid, silu, softplus };

std::string_view to_string(Activation activation);

enum class LayerKind { sequence_input, context_input, lstm, dense, concatenate, average };

// Index of a layer in its network; layers are in topological order.
using LayerId = int;

// One weight matrix inside Network::parameters(), row-major, in Keras' shape and gate order:
//   LSTM   kernel [inputs][4 units], recurrent_kernel [units][4 units], bias [1][4 units]; gates i, f, c, o
//   Dense  kernel [inputs][units], bias [1][units]
struct Parameter {
  std::string name;  // "kernel", "recurrent_kernel", "bias"
  std::size_t offset = 0;
  std::size_t rows = 0;
  std::size_t columns = 0;

  std::size_t size() const { return rows * columns; }
};

struct Layer {
  LayerKind kind = LayerKind::dense;
  std::string name;                            // unique in the network
  std::vector<LayerId> inputs = {};            // earlier layers
  int units = 0;                               // width of the output (features of an input, units of LSTM and Dense)
  int steps = 0;                               // > 0: the output is a sequence [steps][units]; 0: a vector [units]
  Activation activation = Activation::linear;  // Dense only
  bool use_bias = true;                        // Dense only
  bool trainable = true;
  std::vector<Parameter> parameters = {};
};

class Workspace;

// A small feed-forward graph with LSTM layers, a value: copying it copies the weights. All weights are float32 in one
// contiguous buffer. Build one with NetworkBuilder; a Keras Sequential model is such a graph too.
//
// Reading (predict) is thread-safe as long as nobody writes the parameters and each thread has its own Workspace.
class Network {
 public:
  Network() = default;  // no layers; valid() is false

  bool valid() const { return !layers_.empty(); }
  std::span<const Layer> layers() const { return layers_; }
  LayerId output_layer() const { return output_; }

  int steps() const { return steps_; }        // T of the sequence input, 0 when there is none
  int features() const { return features_; }  // F of the sequence input
  int context() const { return context_; }    // C, width of the context input, 0 when there is none
  int outputs() const { return outputs_; }    // width of the output vector

  // Every weight, frozen ones included.
  std::span<float> parameters() { return {parameters_.data(), trainable_.size()}; }
  std::span<const float> parameters() const { return {parameters_.data(), trainable_.size()}; }
  // 1 where the optimizer may change the parameter at that offset, 0 where its layer is frozen.
  std::span<const std::uint8_t> trainable() const { return trainable_; }

  // Equal for networks of equal structure (weights and names aside).
  std::uint64_t structure() const { return structure_; }

  // Fresh weights as Keras would draw them: kernels Glorot uniform, recurrent kernels orthogonal, biases 0 but 1 for
  // the LSTM forget gate. Frozen layers keep theirs. The same seed gives the same weights on every machine.
  void initialise(std::uint64_t seed);

  // Sets the bias of a Dense layer (e.g. the output layer's, to the mean of the targets). Aborts when there is none.
  void set_bias(LayerId layer, std::span<const float> bias);

  // sequences [batch][steps][features], context [batch][context], outputs [batch][outputs], all row-major. Allocates
  // nothing once the workspace has seen a network of this shape. A row's result does not depend on its neighbours
  // beyond rounding (1e-6). Spans of the wrong length abort.
  void predict(std::span<const float> sequences, std::span<const float> context, std::size_t batch,
               std::span<float> outputs, Workspace& workspace) const;

 private:
  friend class NetworkBuilder;

  std::vector<Layer> layers_;
  AlignedFloats parameters_;  // ends in spare floats that vector code may read
  std::vector<std::uint8_t> trainable_;
  std::uint64_t structure_ = 0;
  LayerId output_ = -1;
  int steps_ = 0;
  int features_ = 0;
  int context_ = 0;
  int outputs_ = 0;
};

// Scratch memory of one thread for predict() and for training; fits itself to the network it is used with.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

  struct State;  // private to the engine
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// Collects layers; nothing is checked before build(), which names the layer that is wrong and why (invalid_input).
//
//   NetworkBuilder b;
//   auto sequence = b.sequence_input(28, 9);
//   auto context = b.context_input(40);
//   auto hidden = b.dense(b.concatenate({b.lstm(sequence, 32), context}), 64, {.activation = Activation::silu});
//   auto network = b.build(b.dense(hidden, 1));   // Result<Network>, weights zero until initialise(seed)
class NetworkBuilder {
 public:
  struct DenseOptions {
    Activation activation = Activation::linear;
    bool use_bias = true;
    bool trainable = true;
    std::vector<float> kernel = {};  // [inputs][units]; empty: zero until initialise()
    std::string name = {};
  };
  struct LstmOptions {
    bool return_sequences = false;
    bool trainable = true;
    std::string name = {};
  };

  // At most one sequence input and one context input a network. Empty names become "lstm", "lstm_1", "dense" ...
  LayerId sequence_input(int steps, int features, std::string name = {});
  LayerId context_input(int width, std::string name = {});
  LayerId lstm(LayerId input, int units, LstmOptions options);
  LayerId lstm(LayerId input, int units) { return lstm(input, units, LstmOptions{}); }
  LayerId dense(LayerId input, int units, DenseOptions options);
  LayerId dense(LayerId input, int units) { return dense(input, units, DenseOptions{}); }
  LayerId concatenate(std::vector<LayerId> inputs, std::string name = {});  // vectors, in this order
  LayerId average(std::vector<LayerId> inputs, std::string name = {});      // vectors of the same width

  // The network whose output is the vector `output`. Every layer must lead to it. At most 16 million weights.
  Result<Network> build(LayerId output) const;

 private:
  LayerId add(Layer layer, std::vector<float> kernel = {});

  std::vector<Layer> layers_;
  std::vector<std::vector<float>> kernels_;
};

// One network whose output is the mean of the members' outputs (several seeds of the same shape, or different nets over
// the same inputs). invalid_input when inputs or output widths differ or there is no member.
Result<Network> average_of(std::span<const Network> members);

// The instruction set the engine runs on, chosen once per process: the best the processor has, unless the environment
// variable ALMANAC_SIMD says "baseline" or "v3" (x86-64-v3: AVX2 and FMA). Asking for more than the processor has, or
// for an unknown level, gives the best there is.
enum class SimdLevel { baseline, v3 };

SimdLevel simd_level();
std::string_view to_string(SimdLevel level);
// For tests and benchmarks: use this level from now on. False when the processor does not have it.
bool set_simd_level(SimdLevel level);

}  // namespace almanac::nn

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace almanac::nn {

struct KerasGraph;  // the layers with their weights, private to the room

// A Keras model made elsewhere, for predicting only: a Sequential or Functional model over one window, of Keras 2 or 3,
// saved as .h5. It is evaluated layer by layer as Keras' documentation defines them, in float32, one window at a time;
// speed is no concern at one prediction a tick. Almanac's own networks are nn::Network.
//
// Layers: InputLayer, Dense, Activation, ReLU, LeakyReLU, ELU, Softmax, LSTM, GRU, SimpleRNN, Bidirectional and
// TimeDistributed around them, Conv1D, MaxPooling1D, AveragePooling1D, GlobalMaxPooling1D, GlobalAveragePooling1D,
// BatchNormalization, LayerNormalization, Flatten, RepeatVector, Concatenate, Add, Average; those that only act in
// training (Dropout and its kin) pass their input on.
class KerasModel {
 public:
  // Whether these are the bytes of a model that another program than Almanac saved, or of a form that only others save:
  // an HDF5 file without Almanac's seal, or a .keras archive. What it says of damaged files is no promise.
  static bool made_elsewhere(std::string_view bytes);

  // corrupt: damaged, weights that are missing, of another shape or not finite; unsupported: a layer, activation or
  // option that is not served, by its name. Messages begin with "model file: ".
  static Result<KerasModel> read(std::string_view bytes);

  KerasModel(KerasModel&&) noexcept;
  KerasModel& operator=(KerasModel&&) noexcept;
  ~KerasModel();

  int steps() const;     // of the input window; 1 for a model that reads a vector
  int features() const;  // of each step

  // What one output is: a vector [units], or a sequence [steps][units].
  struct Output {
    std::string name;  // of its layer
    int steps = 0;     // 0: a vector
    int units = 0;
    bool repeated = false;  // its steps come from a RepeatVector, not from the window: a decoder's steps ahead
  };
  const std::vector<Output>& outputs() const;

  // `window` [steps][features] row-major, of just that length. The values of output `index`, row-major.
  std::vector<float> predict(std::span<const float> window, std::size_t index = 0) const;

 private:
  explicit KerasModel(std::unique_ptr<KerasGraph> graph);
  std::unique_ptr<KerasGraph> graph_;
  std::vector<Output> outputs_;
};

}  // namespace almanac::nn

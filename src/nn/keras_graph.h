#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "nn/hdf5_io.h"
#include "nn/keras_layers.h"
#include "nn/keras_ops.h"

// Inside the room only: a foreign model as nodes that know their shape and how to compute themselves.
namespace almanac::nn {

struct KerasNode {
  using Inputs = std::vector<const KerasTensor*>;
  using Run = std::function<KerasTensor(const Inputs&)>;

  std::string name;
  std::vector<std::size_t> inputs;  // earlier nodes; none: the window
  int steps = 0, units = 0;         // of what it gives
  bool repeated = false;            // its steps come from a RepeatVector
  Run run;
};

struct KerasGraph {
  std::vector<KerasNode> nodes;
  std::vector<std::size_t> outputs;
  std::vector<std::unique_ptr<std::vector<float>>> weights;  // what the nodes' `run` refer to
  int steps = 0, features = 0;                               // of the window
};

// The graph of `layers` with the weights of `file`. Errors as KerasModel::read, without its context.
Result<std::unique_ptr<KerasGraph>> build_keras_graph(const KerasLayers& layers, const Hdf5Reader& file,
                                                      int keras_major);

}  // namespace almanac::nn

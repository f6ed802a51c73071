#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

// Inside the room only: what a Keras model_config lists, before anybody asks whether the layers can be served.
namespace almanac::nn {

using KerasJson = nlohmann::ordered_json;

struct KerasLayer {
  std::string name;  // unique, fit to be a path in the file
  std::string kind;  // "LSTM", "Dense", "InputLayer" ...
  KerasJson config;
  std::vector<std::string> inputs;  // names of layers
};

struct KerasLayers {
  std::vector<KerasLayer> layers;    // each once; a layer stands behind those that it reads
  std::vector<std::string> outputs;  // names of layers
};

// The layers of a Sequential or Functional model, of Keras 2 or 3. corrupt: not such a text, a circle, a layer that is
// not there; unsupported: more than one call of a layer, nested models, names that cannot be used.
Result<KerasLayers> list_keras_layers(std::string_view model_config);

// The sizes of an InputLayer behind the batch: [steps, features] or [width]. unsupported for others.
Result<std::vector<int>> keras_input_shape(const KerasLayer& layer);

// Reads one layer's settings and remembers the first that is wrong, so that the reading code needs no branches.
class KerasSettings {
 public:
  explicit KerasSettings(const KerasLayer& layer) : layer_(layer) {}

  bool flag(const char* key, bool otherwise);
  double number(const char* key, double otherwise);
  // A whole number of at least 1, alone or as the only element of a list (kernel sizes, strides).
  int size(const char* key, int otherwise = 0);
  std::string text(const char* key, std::string_view otherwise);
  // The name of an activation, null is "linear".
  std::string function(const char* key, std::string_view otherwise);
  // Else the layer cannot be served, and this is why.
  void demand(bool holds, std::string_view what);
  void check_type();
  const std::optional<Error>& error() const { return error_; }

 private:
  const KerasJson* find(const char* key) const;
  void wrong(std::string_view what, ErrorCode code);

  const KerasLayer& layer_;
  std::optional<Error> error_;
};

}  // namespace almanac::nn

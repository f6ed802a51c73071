#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "nn/network.h"

namespace almanac::nn {

// The layers in the order in which Keras lists a model rebuilt from to_keras_config(): weights are matched by it.
std::vector<LayerId> keras_order(const Network& network);

// A network as Keras' model_config JSON: Sequential for a plain chain, else Functional.
std::string to_keras_config(const Network& network);

// A network without weights from the model_config JSON of Keras 2 or 3. Its layers have the names of the file, where
// their weights are. corrupt when it is not such a text, unsupported when the engine lacks what it asks for: it serves
// and trains what Almanac itself writes; models made elsewhere are read by KerasModel.
Result<Network> from_keras_config(std::string_view json);

}  // namespace almanac::nn

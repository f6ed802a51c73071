#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "nn/network.h"

namespace almanac::nn {

// A network with what belongs to it. Attributes are UTF-8 texts, arrays are doubles (NaN allowed); names are non-empty
// and free of '/' and NUL.
struct ModelFile {
  Network network;
  std::map<std::string, std::string> attributes;
  std::map<std::string, std::vector<double>> arrays;
  std::string sha256;    // hex; over weights, structure, attributes and arrays. Empty for a file made elsewhere
  bool foreign = false;  // made by Keras, not by Almanac: no attributes, arrays or checksum
};

// The bytes of an HDF5 file in Keras' legacy layout: keras.models.load_model("x.h5") opens it and predicts the same
// (1e-5). Inputs are named "sequence" and "context". The same model gives the same bytes. See docs/formats.md.
Result<std::string> encode_model(const Network& network, const std::map<std::string, std::string>& attributes,
                                 const std::map<std::string, std::vector<double>>& arrays);

// Reads what encode_model wrote, and Keras 2 or 3 .h5 files of Sequential or Functional models made of Input, LSTM,
// Dense, Concatenate, Average and Dropout layers. Errors: corrupt (damaged, wrong checksum, weights that are not
// finite), unsupported (well-formed, but a layer, activation or option this engine does not have).
Result<ModelFile> decode_model(std::string_view bytes);

}  // namespace almanac::nn

#include "nn/model_file.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "nn/hdf5_io.h"
#include "nn/keras_config.h"

namespace almanac::nn {
namespace {

// Every file of ours starts with a user block, which HDF5 readers skip: this line, then the SHA-256 of all that follows
// the block. It is checked before libhdf5 sees a byte.
constexpr std::string_view kSeal = "almanac model, sha256 ";
constexpr std::size_t kSealBlock = 512;
constexpr std::string_view kHdf5Signature = "\x89HDF\r\n\x1a\n";
constexpr std::string_view kFormat = "1";

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

  Sha256& add(std::string_view bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
    return *this;
  }
  // Length first, so that neighbours cannot trade bytes.
  Sha256& add_field(std::string_view bytes) {
    add_number(bytes.size());
    return add(bytes);
  }
  Sha256& add_number(std::uint64_t value) {
    char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i) & 0xff);
    return add({bytes, sizeof bytes});
  }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &length);
    std::string text;
    for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string checksum(const Network& network, const std::map<std::string, std::string>& attributes,
                     const std::map<std::string, std::vector<double>>& arrays) {
  Sha256 sha;
  sha.add_field(to_keras_config(network));
  sha.add_number(network.parameters().size());
  // In the file's order: a network read back may keep its layers, and so its parameters, in another one.
  for (LayerId id : keras_order(network)) {
    for (const Parameter& p : network.layers()[static_cast<std::size_t>(id)].parameters) {
      for (float w : network.parameters().subspan(p.offset, p.size())) sha.add_number(std::bit_cast<std::uint32_t>(w));
    }
  }
  sha.add_number(attributes.size());
  for (const auto& [name, text] : attributes) sha.add_field(name).add_field(text);
  for (const auto& [name, values] : arrays) {
    sha.add_field(name).add_number(values.size());
    for (double v : values) sha.add_number(std::bit_cast<std::uint64_t>(v));
  }
  return sha.hex();
}

// Where Keras keeps a parameter under its layer's group.
std::string weight_name(const Layer& layer, const Parameter& p) {
  return fmt::format("{}/{}{}", layer.name, layer.kind == LayerKind::lstm ? "lstm_cell/" : "", p.name);
}

std::vector<std::size_t> weight_shape(const Parameter& p) {
  return p.name == "bias" ? std::vector<std::size_t>{p.columns} : std::vector<std::size_t>{p.rows, p.columns};
}

Result<void> check_names(const Network& network, const std::map<std::string, std::string>& attributes,
                         const std::map<std::string, std::vector<double>>& arrays) {
  const auto unusable = [](const std::string& name) {
    return name.empty() || name == "." || name.find_first_of(std::string_view("/\0", 2)) != std::string::npos;
  };
  for (const Layer& layer : network.layers()) {
    if (unusable(layer.name)) return fail(ErrorCode::invalid_input, "model file: a layer's name is empty or has a '/'");
  }
  for (const auto& [name, text] : attributes) {
    if (unusable(name)) return fail(ErrorCode::invalid_input, fmt::format("model file: attribute name \"{}\"", name));
    if (text.find('\0') != std::string::npos) {
      return fail(ErrorCode::invalid_input, fmt::format("model file: attribute \"{}\" holds a NUL", name));
    }
  }
  for (const auto& [name, values] : arrays) {
    if (unusable(name)) return fail(ErrorCode::invalid_input, fmt::format("model file: array name \"{}\"", name));
  }
  return {};
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

// Copies one layer's weights from its group, in the order of its weight_names, as Keras does.
Result<void> read_weights(const Hdf5Reader& file, const Layer& layer, std::span<float> parameters) {
  const std::string group = "model_weights/" + layer.name;
  const auto names = file.texts(group, "weight_names");
  if (!names) return fail(ErrorCode::corrupt, fmt::format("layer \"{}\": {}", layer.name, names.error().message));
  if (names->size() != layer.parameters.size()) {
    return fail(ErrorCode::corrupt, fmt::format("layer \"{}\": {} weights, expected {}", layer.name, names->size(),
                                                layer.parameters.size()));
  }
  for (std::size_t i = 0; i < names->size(); ++i) {
    const Parameter& p = layer.parameters[i];
    const auto array = file.floats(group + "/" + (*names)[i]);
    const auto wrong = [&](std::string_view what) {
      return fail(ErrorCode::corrupt, fmt::format("layer \"{}\": {}: {}", layer.name, p.name, what));
    };
    if (!array) {
      return tl::unexpected(
          Error{array.error().code == ErrorCode::unsupported ? ErrorCode::unsupported : ErrorCode::corrupt,
                fmt::format("layer \"{}\": {}: {}", layer.name, p.name, array.error().message)});
    }
    if (array->shape != weight_shape(p)) {
      return wrong(
          fmt::format("shape ({}), expected ({})", fmt::join(array->shape, ", "), fmt::join(weight_shape(p), ", ")));
    }
    if (!all_finite(array->values)) return wrong("a weight is not a finite number");
    std::copy(array->values.begin(), array->values.end(), parameters.begin() + static_cast<std::ptrdiff_t>(p.offset));
  }
  return {};
}

Result<void> read_own_group(const Hdf5Reader& file, ModelFile& model) {
  const auto damaged = [](std::string_view what) { return fail(ErrorCode::corrupt, std::string(what)); };
  const auto stored = file.text("almanac", "sha256");
  if (!stored) return damaged("the checksum is missing");
  const auto format = file.text("almanac", "format");
  if (!format) return damaged("the format's number is missing");
  if (*format != kFormat) {
    return fail(ErrorCode::unsupported,
                fmt::format("format {} is newer than this program, which reads {}", format->substr(0, 20), kFormat));
  }
  const auto names = file.attribute_names("almanac/attributes");
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    auto text = file.text("almanac/attributes", name);
    if (!text) return damaged(text.error().message);
    model.attributes[name] = std::move(*text);
  }
  const auto arrays = file.children("almanac/arrays");
  if (!arrays) return tl::unexpected(arrays.error());
  for (const std::string& name : *arrays) {
    auto array = file.doubles("almanac/arrays/" + name);
    if (!array) return damaged(array.error().message);
    model.arrays[name] = std::move(array->values);
  }
  model.sha256 = checksum(model.network, model.attributes, model.arrays);
  if (model.sha256 != *stored) return damaged("the checksum does not match: weights or attributes were changed");
  return {};
}

Result<void> check_seal(std::string_view bytes) {
  if (bytes.substr(0, kHdf5Signature.size()) == kHdf5Signature) return {};  // made elsewhere: no seal
  if (bytes.substr(0, kSeal.size()) != kSeal) return fail(ErrorCode::corrupt, "neither HDF5 nor an Almanac model");
  if (bytes.size() <= kSealBlock) return fail(ErrorCode::corrupt, "cut off");
  const std::string_view stored = bytes.substr(kSeal.size(), 64);
  if (Sha256().add(bytes.substr(kSealBlock)).hex() != stored) {
    return fail(ErrorCode::corrupt, "damaged or cut off: its bytes do not match their checksum");
  }
  return {};
}

Result<ModelFile> decode(std::string_view bytes) {
  if (auto ok = check_seal(bytes); !ok) return tl::unexpected(ok.error());
  const auto file = Hdf5Reader::open(bytes);
  if (!file) return tl::unexpected(file.error());
  const auto config = file->text("", "model_config");
  if (!config) {
    if (config.error().code != ErrorCode::not_found) return tl::unexpected(config.error());
    return fail(ErrorCode::unsupported, "an HDF5 file without model_config is no Keras model");
  }
  auto network = from_keras_config(*config);
  if (!network) return tl::unexpected(network.error());
  for (const Layer& layer : network->layers()) {
    if (layer.parameters.empty()) continue;
    if (auto ok = read_weights(*file, layer, network->parameters()); !ok) return tl::unexpected(ok.error());
  }
  ModelFile model;
  model.network = std::move(*network);
  model.foreign = !file->has_group("almanac");
  if (!model.foreign) {
    if (auto ok = read_own_group(*file, model); !ok) return tl::unexpected(ok.error());
  }
  return model;
}

}  // namespace

Result<std::string> encode_model(const Network& network, const std::map<std::string, std::string>& attributes,
                                 const std::map<std::string, std::vector<double>>& arrays) {
  if (!network.valid()) return fail(ErrorCode::invalid_input, "model file: a network without layers");
  if (!all_finite(network.parameters())) {
    return fail(ErrorCode::invalid_input, "model file: a weight is not a finite number");
  }
  if (auto ok = check_names(network, attributes, arrays); !ok) return tl::unexpected(ok.error());

  Hdf5Contents contents;
  // The version decides how Keras reads the configuration.
  const std::map<std::string, std::string> version = {{"keras_version", "3.0.0"}, {"backend", "numpy"}};
  contents.groups[""].texts = version;
  contents.groups[""].texts["model_config"] = to_keras_config(network);
  Hdf5Contents::Group& weights = contents.groups["model_weights"];
  weights.texts = version;
  contents.groups["model_weights/top_level_model_weights"].text_lists["weight_names"] = {};
  for (LayerId id : keras_order(network)) {
    const Layer& layer = network.layers()[static_cast<std::size_t>(id)];
    contents.groups["model_weights"].text_lists["layer_names"].push_back(layer.name);
    std::vector<std::string>& names = contents.groups["model_weights/" + layer.name].text_lists["weight_names"];
    for (const Parameter& p : layer.parameters) {
      names.push_back(weight_name(layer, p));
      contents.floats[fmt::format("model_weights/{}/{}", layer.name, names.back())] = {
          weight_shape(p), network.parameters().data() + p.offset};
    }
  }
  Hdf5Contents::Group& own = contents.groups["almanac"];
  own.texts = {{"format", std::string(kFormat)}, {"sha256", checksum(network, attributes, arrays)}};
  contents.groups["almanac/attributes"].texts = attributes;
  contents.groups["almanac/arrays"];
  for (const auto& [name, values] : arrays) contents.doubles["almanac/arrays/" + name] = values;

  auto body = write_hdf5(contents);
  if (!body) return body;
  std::string bytes = fmt::format("{}{}\n", kSeal, Sha256().add(*body).hex());
  bytes.resize(kSealBlock, '\0');
  return bytes + *body;
}

Result<ModelFile> decode_model(std::string_view bytes) {
  auto model = decode(bytes);
  if (!model) return tl::unexpected(with_context(model.error(), "model file"));
  return model;
}

}  // namespace almanac::nn

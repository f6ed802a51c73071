#include "nn/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "core/check.h"
#include "nn/initialise.h"
#include "nn/kernels.h"

namespace almanac::nn {
namespace {

constexpr std::size_t kMostWeights = 16'000'000;
constexpr int kWidest = 1'000'000;

bool is_input(LayerKind kind) {
  return kind == LayerKind::sequence_input || kind == LayerKind::context_input;
}

std::string_view base_name(LayerKind kind) {
  switch (kind) {
    case LayerKind::sequence_input:
      return "sequence";
    case LayerKind::context_input:
      return "context";
    case LayerKind::lstm:
      return "lstm";
    case LayerKind::dense:
      return "dense";
    case LayerKind::concatenate:
      return "concatenate";
    case LayerKind::average:
      return "average";
  }
  return "layer";
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (value >> (8 * byte) & 0xff)) * 0x100000001b3ULL;
  return hash;
}

std::uint64_t structure_of(std::span<const Layer> layers) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const Layer& layer : layers) {
    hash = mix(hash, static_cast<std::uint64_t>(layer.kind) * 64 + static_cast<std::uint64_t>(layer.activation));
    hash = mix(hash, static_cast<std::uint64_t>(layer.units));
    hash =
        mix(hash, static_cast<std::uint64_t>(layer.steps) * 4 + (layer.use_bias ? 2 : 0) + (layer.trainable ? 1 : 0));
    hash = mix(hash, layer.inputs.size());
    for (LayerId input : layer.inputs) hash = mix(hash, static_cast<std::uint64_t>(input));
  }
  return hash;
}

// What is wrong with one layer, given the finished layers before it; completes the width of joins.
std::optional<std::string> check_layer(std::span<const Layer> before, Layer& layer) {
  const bool join = layer.kind == LayerKind::concatenate || layer.kind == LayerKind::average;
  if (!is_input(layer.kind) && layer.inputs.empty()) return "has no input";
  long width = 0;
  for (LayerId id : layer.inputs) {
    if (id < 0 || id >= static_cast<LayerId>(before.size())) return "an input is not an earlier layer";
    const Layer& input = before[static_cast<std::size_t>(id)];
    if (layer.kind == LayerKind::lstm && input.steps == 0) return "an LSTM needs a sequence, its input is a vector";
    if (layer.kind != LayerKind::lstm && input.steps > 0) return "needs vectors, its input is a sequence";
    if (layer.kind == LayerKind::average && width != 0 && width != input.units) return "inputs differ in width";
    width = layer.kind == LayerKind::average ? input.units : width + input.units;
  }
  if (join) layer.units = static_cast<int>(std::min<long>(width, kWidest + 1));
  if (layer.units <= 0 || layer.units > kWidest) return fmt::format("width {} is not in 1..{}", layer.units, kWidest);
  if (layer.kind == LayerKind::sequence_input && (layer.steps <= 0 || layer.steps > kWidest)) {
    return fmt::format("{} steps are not in 1..{}", layer.steps, kWidest);
  }
  if (layer.kind == LayerKind::lstm && layer.steps != 0) layer.steps = before[layer.inputs[0]].steps;
  return std::nullopt;
}

void declare_parameters(std::span<const Layer> before, Layer& layer, std::size_t& offset) {
  layer.parameters.clear();
  const auto add = [&](std::string name, std::size_t rows, std::size_t columns) {
    layer.parameters.push_back({std::move(name), offset, rows, columns});
    offset += rows * columns;
  };
  if (layer.inputs.empty()) return;
  const auto inputs = static_cast<std::size_t>(before[layer.inputs[0]].units);
  const auto units = static_cast<std::size_t>(layer.units);
  if (layer.kind == LayerKind::lstm) {
    // Kernel and recurrent kernel are neighbours: [x, h] times both is one product.
    add("kernel", inputs, 4 * units);
    add("recurrent_kernel", units, 4 * units);
    add("bias", 1, 4 * units);
  } else if (layer.kind == LayerKind::dense) {
    add("kernel", inputs, units);
    if (layer.use_bias) add("bias", 1, units);
  }
}

void name_layers(std::vector<Layer>& layers) {
  std::map<std::string, int> taken;
  for (const Layer& layer : layers) {
    if (!layer.name.empty()) ++taken[layer.name];
  }
  for (Layer& layer : layers) {
    if (!layer.name.empty()) continue;
    const std::string base(base_name(layer.kind));
    layer.name = base;
    for (int n = 1; taken.contains(layer.name); ++n) layer.name = fmt::format("{}_{}", base, n);
    ++taken[layer.name];
  }
}

}  // namespace

std::string_view to_string(Activation activation) {
  switch (activation) {
    case Activation::linear:
      return "linear";
    case Activation::relu:
      return "relu";
    case Activation::tanh:
      return "tanh";
    case Activation::sigmoid:
      return "sigmoid";
    case Activation::silu:
      return "silu";
    case Activation::softplus:
      return "softplus";
  }
  return "linear";
}

void Network::initialise(std::uint64_t seed) {
  initialise_weights(layers_, parameters(), seed);
}

void Network::set_bias(LayerId id, std::span<const float> bias) {
  ALMANAC_CHECK(id >= 0 && id < static_cast<LayerId>(layers_.size()), "no such layer");
  const Layer& layer = layers_[static_cast<std::size_t>(id)];
  ALMANAC_CHECK(layer.kind == LayerKind::dense && layer.use_bias, "the layer has no bias");
  ALMANAC_CHECK(bias.size() == static_cast<std::size_t>(layer.units), "one bias a unit");
  std::copy(bias.begin(), bias.end(), parameters_.begin() + static_cast<std::ptrdiff_t>(layer.parameters[1].offset));
}

LayerId NetworkBuilder::add(Layer layer, std::vector<float> kernel) {
  layers_.push_back(std::move(layer));
  kernels_.push_back(std::move(kernel));
  return static_cast<LayerId>(layers_.size()) - 1;
}

LayerId NetworkBuilder::sequence_input(int steps, int features, std::string name) {
  Layer layer{.kind = LayerKind::sequence_input, .name = std::move(name)};
  layer.units = features;
  layer.steps = steps;
  return add(std::move(layer));
}

LayerId NetworkBuilder::context_input(int width, std::string name) {
  Layer layer{.kind = LayerKind::context_input, .name = std::move(name)};
  layer.units = width;
  return add(std::move(layer));
}

LayerId NetworkBuilder::lstm(LayerId input, int units, LstmOptions options) {
  Layer layer{.kind = LayerKind::lstm, .name = std::move(options.name), .inputs = {input}};
  layer.units = units;
  layer.steps = options.return_sequences ? 1 : 0;  // build() puts in the number
  layer.trainable = options.trainable;
  return add(std::move(layer));
}

LayerId NetworkBuilder::dense(LayerId input, int units, DenseOptions options) {
  Layer layer{.kind = LayerKind::dense, .name = std::move(options.name), .inputs = {input}};
  layer.units = units;
  layer.activation = options.activation;
  layer.use_bias = options.use_bias;
  layer.trainable = options.trainable;
  return add(std::move(layer), std::move(options.kernel));
}

LayerId NetworkBuilder::concatenate(std::vector<LayerId> inputs, std::string name) {
  return add({.kind = LayerKind::concatenate, .name = std::move(name), .inputs = std::move(inputs)});
}

LayerId NetworkBuilder::average(std::vector<LayerId> inputs, std::string name) {
  return add({.kind = LayerKind::average, .name = std::move(name), .inputs = std::move(inputs)});
}

Result<Network> NetworkBuilder::build(LayerId output) const {
  Network network;
  std::vector<Layer> layers = layers_;
  name_layers(layers);
  if (output < 0 || output >= static_cast<LayerId>(layers.size())) {
    return fail(ErrorCode::invalid_input, "network: the output is not one of its layers");
  }

  std::size_t weights = 0;
  std::map<std::string_view, int> names;
  std::vector<bool> used(layers.size(), false);
  used[static_cast<std::size_t>(output)] = true;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Layer& layer = layers[i];
    const std::span<const Layer> before(layers.data(), i);
    const auto wrong = [&](std::string_view what) {
      return fail(ErrorCode::invalid_input, fmt::format("network: layer {} \"{}\": {}", i, layer.name, what));
    };
    if (auto problem = check_layer(before, layer)) return wrong(*problem);
    if (++names[layer.name] > 1) return wrong("its name is taken");
    declare_parameters(before, layer, weights);
    if (weights > kMostWeights) return wrong(fmt::format("more than {} weights", kMostWeights));
    if (!kernels_[i].empty() && kernels_[i].size() != layer.parameters[0].size()) {
      return wrong(
          fmt::format("its kernel has {} values, expected {}", kernels_[i].size(), layer.parameters[0].size()));
    }
    int& input_width = layer.kind == LayerKind::sequence_input ? network.features_ : network.context_;
    if (is_input(layer.kind)) {
      if (input_width != 0) return wrong("a second input of its kind");
      input_width = layer.units;
      if (layer.kind == LayerKind::sequence_input) network.steps_ = layer.steps;
    }
    for (LayerId input : layer.inputs) used[static_cast<std::size_t>(input)] = true;
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!used[i]) {
      return fail(ErrorCode::invalid_input, fmt::format("network: layer {} \"{}\": leads nowhere", i, layers[i].name));
    }
  }
  const Layer& last = layers[static_cast<std::size_t>(output)];
  if (last.steps > 0 || is_input(last.kind)) {
    return fail(ErrorCode::invalid_input, "network: the output must be a computed vector");
  }

  network.output_ = output;
  network.outputs_ = last.units;
  network.structure_ = structure_of(layers);
  network.parameters_.assign(weights + kOverrun, 0.0f);
  network.trainable_.assign(weights, 1);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    for (const Parameter& p : layers[i].parameters) {
      if (!layers[i].trainable) std::fill_n(network.trainable_.begin() + static_cast<long>(p.offset), p.size(), 0);
    }
    if (!kernels_[i].empty()) {
      std::copy(kernels_[i].begin(), kernels_[i].end(),
                network.parameters_.begin() + static_cast<long>(layers[i].parameters[0].offset));
    }
  }
  network.layers_ = std::move(layers);
  return network;
}

Result<Network> average_of(std::span<const Network> members) {
  if (members.empty()) return fail(ErrorCode::invalid_input, "average of no networks");
  NetworkBuilder builder;
  LayerId sequence = -1;
  LayerId context = -1;
  std::vector<LayerId> outputs;
  std::vector<float> parameters;
  for (std::size_t m = 0; m < members.size(); ++m) {
    const Network& member = members[m];
    if (!member.valid() || member.steps() != members[0].steps() || member.features() != members[0].features() ||
        member.context() != members[0].context() || member.outputs() != members[0].outputs()) {
      return fail(ErrorCode::invalid_input, fmt::format("average: network {} has other inputs or outputs", m));
    }
    std::vector<LayerId> ids;
    for (const Layer& layer : member.layers()) {
      std::vector<LayerId> inputs;
      for (LayerId input : layer.inputs) inputs.push_back(ids[static_cast<std::size_t>(input)]);
      const std::string name = fmt::format("m{}_{}", m, layer.name);
      switch (layer.kind) {
        case LayerKind::sequence_input:
          if (sequence < 0) sequence = builder.sequence_input(layer.steps, layer.units, layer.name);
          ids.push_back(sequence);
          break;
        case LayerKind::context_input:
          if (context < 0) context = builder.context_input(layer.units, layer.name);
          ids.push_back(context);
          break;
        case LayerKind::lstm:
          ids.push_back(builder.lstm(inputs[0], layer.units, {layer.steps > 0, layer.trainable, name}));
          break;
        case LayerKind::dense:
          ids.push_back(
              builder.dense(inputs[0], layer.units, {layer.activation, layer.use_bias, layer.trainable, {}, name}));
          break;
        case LayerKind::concatenate:
          ids.push_back(builder.concatenate(std::move(inputs), name));
          break;
        case LayerKind::average:
          ids.push_back(builder.average(std::move(inputs), name));
          break;
      }
    }
    outputs.push_back(ids[static_cast<std::size_t>(member.output_layer())]);
    parameters.insert(parameters.end(), member.parameters().begin(), member.parameters().end());
  }
  auto network = builder.build(builder.average(std::move(outputs)));
  // Layers were added member by member, so their parameters follow each other in the same order.
  if (network) std::copy(parameters.begin(), parameters.end(), network->parameters().begin());
  return network;
}

}  // namespace almanac::nn

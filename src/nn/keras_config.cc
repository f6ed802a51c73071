#include "nn/keras_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "nn/keras_layers.h"

namespace almanac::nn {
namespace {

using Json = KerasJson;

// --- writing ---

bool is_chain(const Network& network) {
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    const Layer& layer = network.layers()[i];
    if (i == 0 && !layer.inputs.empty()) return false;
    if (i > 0 && (layer.inputs.size() != 1 || layer.inputs[0] != static_cast<LayerId>(i) - 1)) return false;
    if (layer.kind == LayerKind::concatenate || layer.kind == LayerKind::average) return false;
  }
  return network.output_layer() == static_cast<LayerId>(network.layers().size()) - 1;
}

Json shape_of(const Layer& layer) {
  return layer.steps > 0 ? Json{nullptr, layer.steps, layer.units} : Json{nullptr, layer.units};
}

std::string class_of(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::sequence_input:
    case LayerKind::context_input:
      return "InputLayer";
    case LayerKind::lstm:
      return "LSTM";
    case LayerKind::dense:
      return "Dense";
    case LayerKind::concatenate:
      return "Concatenate";
    case LayerKind::average:
      return "Average";
  }
  return "";
}

Json config_of(const Layer& layer) {
  Json config = {{"name", layer.name}, {"dtype", "float32"}};
  switch (layer.kind) {
    case LayerKind::sequence_input:
    case LayerKind::context_input:
      config["batch_shape"] = shape_of(layer);
      return config;
    case LayerKind::lstm:
      config.update({{"trainable", layer.trainable}, {"units", layer.units}, {"return_sequences", layer.steps > 0}});
      config.update({{"activation", "tanh"}, {"recurrent_activation", "sigmoid"}, {"use_bias", true}});
      config["unit_forget_bias"] = true;
      return config;
    case LayerKind::dense:
      config.update({{"trainable", layer.trainable}, {"units", layer.units}, {"use_bias", layer.use_bias}});
      config["activation"] = to_string(layer.activation);
      return config;
    case LayerKind::concatenate:
      config["axis"] = -1;
      return config;
    case LayerKind::average:
      return config;
  }
  return config;
}

// How a layer names its inputs: one tensor, or for joins a list of them.
Json inbound_of(const Network& network, const Layer& layer) {
  if (layer.inputs.empty()) return Json::array();
  Json tensors = Json::array();
  for (LayerId id : layer.inputs) {
    const Layer& input = network.layers()[static_cast<std::size_t>(id)];
    const Json config = {{"shape", shape_of(input)}, {"dtype", "float32"}, {"keras_history", {input.name, 0, 0}}};
    tensors.push_back({{"class_name", "__keras_tensor__"}, {"config", config}});
  }
  const bool join = layer.kind == LayerKind::concatenate || layer.kind == LayerKind::average;
  Json arguments = Json::array();
  arguments.push_back(join ? tensors : tensors[0]);
  Json call = Json::object();
  call["args"] = arguments;
  call["kwargs"] = Json::object();
  Json calls = Json::array();
  calls.push_back(call);
  return calls;
}

void number_layers(const Network& network, LayerId id, std::vector<int>& numbers, int& next) {
  int& number = numbers[static_cast<std::size_t>(id)];
  if (number >= 0) return;
  number = next++;
  for (LayerId input : network.layers()[static_cast<std::size_t>(id)].inputs) {
    number_layers(network, input, numbers, next);
  }
}

// --- reading ---

tl::unexpected<Error> corrupt(std::string what) {
  return fail(ErrorCode::corrupt, "model_config: " + std::move(what));
}
tl::unexpected<Error> unsupported(std::string what) {
  return fail(ErrorCode::unsupported, "model_config: " + std::move(what));
}

std::optional<Activation> activation_named(const std::string& name) {
  if (name == "swish") return Activation::silu;
  for (Activation kind : {Activation::linear, Activation::relu, Activation::tanh, Activation::sigmoid, Activation::silu,
                          Activation::softplus}) {
    if (name == to_string(kind)) return kind;
  }
  return std::nullopt;
}

class Reader {
 public:
  Result<Network> read(const KerasLayers& file);

 private:
  Result<void> add(const KerasLayer& layer);
  Result<void> add_input(const KerasLayer& layer);

  NetworkBuilder builder_;
  std::map<std::string, LayerId> ids_;
};

Result<void> Reader::add_input(const KerasLayer& layer) {
  const auto sizes = keras_input_shape(layer);
  if (!sizes) return tl::unexpected(sizes.error());
  KerasSettings settings(layer);
  settings.check_type();
  if (settings.error()) return tl::unexpected(*settings.error());
  ids_[layer.name] = sizes->size() == 2 ? builder_.sequence_input((*sizes)[0], (*sizes)[1], layer.name)
                                        : builder_.context_input((*sizes)[0], layer.name);
  return {};
}

Result<void> Reader::add(const KerasLayer& layer) {
  if (layer.kind == "InputLayer") return add_input(layer);
  std::vector<LayerId> inputs;
  for (const std::string& name : layer.inputs) inputs.push_back(ids_.at(name));
  const bool join = layer.kind == "Concatenate" || layer.kind == "Average";
  if (inputs.empty() || (!join && inputs.size() != 1)) {
    return corrupt(fmt::format("layer \"{}\" has {} inputs", layer.name, inputs.size()));
  }
  KerasSettings s(layer);
  s.check_type();
  const bool trainable = s.flag("trainable", true);
  if (layer.kind == "LSTM") {
    s.demand(s.function("activation", "tanh") == "tanh", "only activation tanh is supported");
    s.demand(s.function("recurrent_activation", "sigmoid") == "sigmoid",
             "only recurrent_activation sigmoid is supported");
    s.demand(s.flag("use_bias", true), "only use_bias true is supported");
    for (const char* key : {"go_backwards", "return_state", "stateful", "time_major"}) {
      s.demand(!s.flag(key, false), fmt::format("{} is not supported", key));
    }
    const bool sequences = s.flag("return_sequences", false);
    ids_[layer.name] = builder_.lstm(inputs[0], s.size("units"), {sequences, trainable, layer.name});
  } else if (layer.kind == "Dense") {
    const std::string name = s.function("activation", "linear");
    const auto activation = activation_named(name);
    s.demand(activation.has_value(), fmt::format("activation \"{}\" is not supported", name.substr(0, 40)));
    const bool bias = s.flag("use_bias", true);
    ids_[layer.name] = builder_.dense(inputs[0], s.size("units"),
                                      {activation.value_or(Activation::linear), bias, trainable, {}, layer.name});
  } else if (layer.kind == "Concatenate") {
    s.demand(!layer.config.contains("axis") || layer.config["axis"] == -1 || layer.config["axis"] == 1,
             "only the last axis is supported");
    ids_[layer.name] = builder_.concatenate(std::move(inputs), layer.name);
  } else if (layer.kind == "Average") {
    ids_[layer.name] = builder_.average(std::move(inputs), layer.name);
  } else if (layer.kind == "Dropout") {
    ids_[layer.name] = inputs[0];  // does nothing when predicting
  } else {
    return unsupported(
        fmt::format("layer \"{}\" is a {}, which is not supported", layer.name, layer.kind.substr(0, 40)));
  }
  if (s.error()) return tl::unexpected(*s.error());
  return {};
}

Result<Network> Reader::read(const KerasLayers& file) {
  for (const KerasLayer& layer : file.layers) {
    if (auto ok = add(layer); !ok) return tl::unexpected(ok.error());
  }
  if (file.outputs.size() != 1)
    return unsupported(fmt::format("one output expected, there are {}", file.outputs.size()));
  auto network = builder_.build(ids_.at(file.outputs[0]));
  if (!network) return fail(ErrorCode::unsupported, "model_config: " + network.error().message);
  return network;
}

}  // namespace

std::vector<LayerId> keras_order(const Network& network) {
  const std::size_t n = network.layers().size();
  std::vector<LayerId> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<LayerId>(i);
  if (is_chain(network)) return order;
  // Farthest from the output first; among equals, as met on a walk from the output along the inputs.
  std::vector<int> depth(n, 0);
  for (std::size_t i = n; i-- > 0;) {
    for (LayerId input : network.layers()[i].inputs) {
      int& d = depth[static_cast<std::size_t>(input)];
      d = std::max(d, depth[i] + 1);
    }
  }
  std::vector<int> numbers(n, -1);
  int next = 0;
  number_layers(network, network.output_layer(), numbers, next);
  std::sort(order.begin(), order.end(), [&](LayerId a, LayerId b) {
    const auto i = static_cast<std::size_t>(a);
    const auto j = static_cast<std::size_t>(b);
    return depth[i] != depth[j] ? depth[i] > depth[j] : numbers[i] < numbers[j];
  });
  return order;
}

std::string to_keras_config(const Network& network) {
  const bool chain = is_chain(network);
  Json layers = Json::array();
  Json inputs = Json::array();
  for (LayerId id : keras_order(network)) {
    const Layer& layer = network.layers()[static_cast<std::size_t>(id)];
    Json entry = {{"class_name", class_of(layer)}, {"config", config_of(layer)}};
    if (!chain) {
      entry["name"] = layer.name;
      entry["inbound_nodes"] = inbound_of(network, layer);
    }
    layers.push_back(std::move(entry));
  }
  for (LayerKind kind : {LayerKind::sequence_input, LayerKind::context_input}) {
    for (const Layer& layer : network.layers()) {
      if (layer.kind == kind) inputs.push_back(Json{layer.name, 0, 0});
    }
  }
  Json config = {{"name", "almanac"}, {"trainable", true}, {"layers", std::move(layers)}};
  if (!chain) {
    config["input_layers"] = std::move(inputs);
    config["output_layers"] = Json{network.layers()[static_cast<std::size_t>(network.output_layer())].name, 0, 0};
  }
  Json root = {{"class_name", chain ? "Sequential" : "Functional"}};
  root["config"] = std::move(config);
  return root.dump();
}

Result<Network> from_keras_config(std::string_view text) {
  const auto layers = list_keras_layers(text);
  if (!layers) return tl::unexpected(layers.error());
  return Reader().read(*layers);
}

}  // namespace almanac::nn

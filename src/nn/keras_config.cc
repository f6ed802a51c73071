#include "nn/keras_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace almanac::nn {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 40;
constexpr std::size_t kMostLayers = 1000;

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

// Reads one layer's settings and remembers the first that is wrong, so that the reading code needs no branches.
class Settings {
 public:
  Settings(const Json& config, std::string layer) : config_(config), layer_(std::move(layer)) {}

  bool flag(const char* key, bool otherwise) {
    const auto found = config_.find(key);
    if (found == config_.end() || found->is_null()) return otherwise;
    if (!found->is_boolean()) wrong(fmt::format("\"{}\" must be true or false", key), ErrorCode::corrupt);
    return found->is_boolean() ? found->get<bool>() : otherwise;
  }
  int units() {
    const auto found = config_.find("units");
    if (found == config_.end() || !found->is_number_integer() || *found < 1 || *found > 1'000'000) {
      wrong("\"units\" must be a number in 1..1000000", ErrorCode::corrupt);
      return 1;
    }
    return found->get<int>();
  }
  std::string function(const char* key, std::string_view otherwise) {
    const auto found = config_.find(key);
    if (found == config_.end()) return std::string(otherwise);
    if (found->is_null()) return "linear";
    if (found->is_string()) return found->get<std::string>();
    wrong(fmt::format("\"{}\" must be the name of an activation", key), ErrorCode::unsupported);
    return std::string(otherwise);
  }
  void demand(bool holds, std::string_view what) {
    if (!holds) wrong(what, ErrorCode::unsupported);
  }
  void check_type() {
    const auto found = config_.find("dtype");
    if (found == config_.end() || found->is_null()) return;
    const Json* name = &*found;
    if (name->is_object() && name->contains("config") && (*name)["config"].is_object()) name = &(*name)["config"];
    if (name->is_object() && name->contains("name")) name = &(*name)["name"];
    demand(name->is_string() && name->get<std::string>() == "float32", "only dtype float32 is supported");
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  void wrong(std::string_view what, ErrorCode code) {
    if (!error_) error_ = Error{code, fmt::format("model_config: layer \"{}\": {}", layer_, what)};
  }

  const Json& config_;
  std::string layer_;
  std::optional<Error> error_;
};

std::optional<Activation> activation_named(const std::string& name) {
  if (name == "swish") return Activation::silu;
  for (Activation kind : {Activation::linear, Activation::relu, Activation::tanh, Activation::sigmoid, Activation::silu,
                          Activation::softplus}) {
    if (name == to_string(kind)) return kind;
  }
  return std::nullopt;
}

struct FileLayer {
  std::string name;
  std::string kind;
  Json config;
  std::vector<std::string> inputs;
};

// "keras_history" of Keras 3, ["name", 0, 0, {}] of Keras 2: every name in the tree of arguments, in order.
void collect_inputs(const Json& node, std::vector<std::string>& names) {
  if (node.is_object()) {
    if (node.contains("config") && node["config"].is_object() && node["config"].contains("keras_history")) {
      const Json& history = node["config"]["keras_history"];
      if (history.is_array() && !history.empty() && history[0].is_string()) {
        names.push_back(history[0].get<std::string>());
      }
    } else if (node.contains("args")) {
      collect_inputs(node["args"], names);
    }
  } else if (node.is_array()) {
    if (node.size() >= 3 && node[0].is_string() && node[1].is_number() && node[2].is_number()) {
      names.push_back(node[0].get<std::string>());
    } else {
      for (const Json& child : node) collect_inputs(child, names);
    }
  }
}

class Reader {
 public:
  Result<Network> read(const Json& root);

 private:
  Result<void> list_layers(const Json& list, bool sequential);
  Result<void> add(const FileLayer& layer);
  Result<void> add_input(const FileLayer& layer);
  Result<void> add_ready_layers();
  Result<LayerId> output_of(const Json& config, bool sequential) const;

  NetworkBuilder builder_;
  std::vector<FileLayer> layers_;
  std::map<std::string, LayerId> ids_;
};

Result<void> Reader::list_layers(const Json& list, bool sequential) {
  if (!list.is_array() || list.empty()) return corrupt("\"layers\" must be a list of layers");
  if (list.size() > kMostLayers) return unsupported(fmt::format("more than {} layers", kMostLayers));
  std::set<std::string> names;
  for (const Json& entry : list) {
    if (!entry.is_object() || !entry.contains("class_name") || !entry["class_name"].is_string() ||
        !entry.contains("config") || !entry["config"].is_object()) {
      return corrupt(fmt::format("layer {} has no \"class_name\" and \"config\"", layers_.size()));
    }
    FileLayer layer{{}, entry["class_name"].get<std::string>(), entry["config"], {}};
    if (!layer.config.contains("name") || !layer.config["name"].is_string()) {
      return corrupt(fmt::format("layer {} has no name", layers_.size()));
    }
    layer.name = layer.config["name"].get<std::string>();
    const bool plain = !layer.name.empty() && layer.name.size() < 200 &&
                       layer.name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
    if (!plain) return unsupported(fmt::format("layer {} has an unusable name", layers_.size()));
    if (!names.insert(layer.name).second) return corrupt(fmt::format("two layers are named \"{}\"", layer.name));
    if (sequential) {
      // Before Keras 3 the input may be no layer of its own but a setting of the first.
      for (const char* key : {"batch_input_shape", "batch_shape"}) {
        if (!layers_.empty() || layer.kind == "InputLayer" || !layer.config.contains(key)) continue;
        layers_.push_back({"sequence_input", "InputLayer", {{"batch_shape", layer.config[key]}}, {}});
      }
      if (!layers_.empty()) layer.inputs = {layers_.back().name};
    } else if (entry.contains("inbound_nodes")) {
      if (!entry["inbound_nodes"].is_array() || entry["inbound_nodes"].size() > 1) {
        return unsupported(fmt::format("layer \"{}\" is used more than once", layer.name));
      }
      collect_inputs(entry["inbound_nodes"], layer.inputs);
    }
    layers_.push_back(std::move(layer));
  }
  return {};
}

Result<void> Reader::add_input(const FileLayer& layer) {
  const Json* shape = nullptr;
  for (const char* key : {"batch_shape", "batch_input_shape"}) {
    if (layer.config.contains(key)) shape = &layer.config[key];
  }
  if (!shape || !shape->is_array() || shape->size() < 2 || shape->size() > 3) {
    return unsupported(
        fmt::format("input \"{}\" must have the shape [batch, steps, features] or [batch, width]", layer.name));
  }
  std::vector<int> sizes;
  for (std::size_t i = 1; i < shape->size(); ++i) {
    const Json& size = (*shape)[i];
    if (!size.is_number_integer() || size < 1 || size > 1'000'000) {
      return unsupported(fmt::format("input \"{}\" must have fixed sizes in 1..1000000", layer.name));
    }
    sizes.push_back(size.get<int>());
  }
  Settings settings(layer.config, layer.name);
  settings.check_type();
  if (settings.error()) return tl::unexpected(*settings.error());
  ids_[layer.name] = sizes.size() == 2 ? builder_.sequence_input(sizes[0], sizes[1], layer.name)
                                       : builder_.context_input(sizes[0], layer.name);
  return {};
}

Result<void> Reader::add(const FileLayer& layer) {
  if (layer.kind == "InputLayer") return add_input(layer);
  std::vector<LayerId> inputs;
  for (const std::string& name : layer.inputs) inputs.push_back(ids_.at(name));
  const bool join = layer.kind == "Concatenate" || layer.kind == "Average";
  if (inputs.empty() || (!join && inputs.size() != 1)) {
    return corrupt(fmt::format("layer \"{}\" has {} inputs", layer.name, inputs.size()));
  }
  Settings s(layer.config, layer.name);
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
    ids_[layer.name] = builder_.lstm(inputs[0], s.units(), {sequences, trainable, layer.name});
  } else if (layer.kind == "Dense") {
    const std::string name = s.function("activation", "linear");
    const auto activation = activation_named(name);
    s.demand(activation.has_value(), fmt::format("activation \"{}\" is not supported", name.substr(0, 40)));
    const bool bias = s.flag("use_bias", true);
    ids_[layer.name] = builder_.dense(inputs[0], s.units(),
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

// Layers need not be listed in topological order: takes those whose inputs are there until none is left.
Result<void> Reader::add_ready_layers() {
  std::vector<bool> done(layers_.size(), false);
  for (std::size_t left = layers_.size(); left > 0;) {
    const std::size_t before = left;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const auto& inputs = layers_[i].inputs;
      if (done[i] || !std::all_of(inputs.begin(), inputs.end(), [&](const auto& n) { return ids_.contains(n); }))
        continue;
      if (auto ok = add(layers_[i]); !ok) return ok;
      done[i] = true;
      --left;
    }
    if (left == before) return corrupt("layers refer to each other in a circle, or to a layer that is not there");
  }
  return {};
}

Result<LayerId> Reader::output_of(const Json& config, bool sequential) const {
  if (sequential) return ids_.at(layers_.back().name);
  std::vector<std::string> names;
  if (config.contains("output_layers")) collect_inputs(config["output_layers"], names);
  if (names.size() != 1) return unsupported(fmt::format("one output expected, there are {}", names.size()));
  const auto found = ids_.find(names[0]);
  if (found == ids_.end()) return corrupt("the output is not one of the layers");
  return found->second;
}

Result<Network> Reader::read(const Json& root) {
  if (!root.is_object() || !root.contains("class_name") || !root.contains("config")) {
    return corrupt("\"class_name\" and \"config\" expected");
  }
  const Json& kind = root["class_name"];
  const bool sequential = kind == "Sequential";
  if (!sequential && kind != "Functional" && kind != "Model") return unsupported("neither Sequential nor Functional");
  const Json& config = root["config"];
  const bool bare_list = sequential && config.is_array();
  if (!bare_list && (!config.is_object() || !config.contains("layers"))) return corrupt("\"layers\" expected");
  if (auto ok = list_layers(bare_list ? config : config["layers"], sequential); !ok) return tl::unexpected(ok.error());
  if (auto ok = add_ready_layers(); !ok) return tl::unexpected(ok.error());
  const auto output = output_of(config, sequential);
  if (!output) return tl::unexpected(output.error());
  auto network = builder_.build(*output);
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
  bool too_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > kDeepest;
    return depth <= kDeepest;
  };
  try {
    const Json root = Json::parse(text, watch_depth, false);
    if (root.is_discarded() || too_deep) return corrupt("not JSON, or too deeply nested");
    return Reader().read(root);
  } catch (const Json::exception& error) {
    return corrupt(error.what());
  }
}

}  // namespace almanac::nn

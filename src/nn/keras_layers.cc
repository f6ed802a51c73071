#include "nn/keras_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace almanac::nn {
namespace {

using Json = KerasJson;

constexpr int kDeepest = 40;
constexpr std::size_t kMostLayers = 1000;

tl::unexpected<Error> corrupt(std::string what) {
  return fail(ErrorCode::corrupt, "model_config: " + std::move(what));
}
tl::unexpected<Error> unsupported(std::string what) {
  return fail(ErrorCode::unsupported, "model_config: " + std::move(what));
}

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

bool usable(const std::string& name) {
  return !name.empty() && name.size() < 200 && name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
}

class Lister {
 public:
  Result<KerasLayers> list(const Json& root);

 private:
  Result<void> add_all(const Json& list, bool sequential);
  Result<void> add(const Json& entry, bool sequential);
  Result<void> sort();

  KerasLayers found_;
  std::set<std::string> names_;
};

Result<void> Lister::add(const Json& entry, bool sequential) {
  const std::size_t place = found_.layers.size();
  if (!entry.is_object() || !entry.contains("class_name") || !entry["class_name"].is_string() ||
      !entry.contains("config") || !entry["config"].is_object()) {
    return corrupt(fmt::format("layer {} has no \"class_name\" and \"config\"", place));
  }
  KerasLayer layer{{}, entry["class_name"].get<std::string>(), entry["config"], {}};
  if (!layer.config.contains("name") || !layer.config["name"].is_string()) {
    return corrupt(fmt::format("layer {} has no name", place));
  }
  layer.name = layer.config["name"].get<std::string>();
  if (!usable(layer.name)) return unsupported(fmt::format("layer {} has an unusable name", place));
  if (!names_.insert(layer.name).second) return corrupt(fmt::format("two layers are named \"{}\"", layer.name));
  if (sequential) {
    // Before Keras 3 the input may be no layer of its own but a setting of the first.
    for (const char* key : {"batch_input_shape", "batch_shape"}) {
      if (!found_.layers.empty() || layer.kind == "InputLayer" || !layer.config.contains(key)) continue;
      found_.layers.push_back({"sequence_input", "InputLayer", {{"batch_shape", layer.config[key]}}, {}});
    }
    if (!found_.layers.empty()) layer.inputs = {found_.layers.back().name};
  } else if (entry.contains("inbound_nodes")) {
    if (!entry["inbound_nodes"].is_array() || entry["inbound_nodes"].size() > 1) {
      return unsupported(fmt::format("layer \"{}\" is used more than once", layer.name));
    }
    collect_inputs(entry["inbound_nodes"], layer.inputs);
  }
  found_.layers.push_back(std::move(layer));
  return {};
}

Result<void> Lister::add_all(const Json& list, bool sequential) {
  if (!list.is_array() || list.empty()) return corrupt("\"layers\" must be a list of layers");
  if (list.size() > kMostLayers) return unsupported(fmt::format("more than {} layers", kMostLayers));
  for (const Json& entry : list) {
    if (auto ok = add(entry, sequential); !ok) return ok;
  }
  return {};
}

// Layers need not be listed in topological order: takes those whose inputs are there until none is left.
Result<void> Lister::sort() {
  std::vector<KerasLayer> sorted;
  std::set<std::string> there;
  while (!found_.layers.empty()) {
    const auto ready = std::stable_partition(found_.layers.begin(), found_.layers.end(), [&](const KerasLayer& layer) {
      return !std::all_of(layer.inputs.begin(), layer.inputs.end(), [&](const auto& n) { return there.contains(n); });
    });
    if (ready == found_.layers.end())
      return corrupt("layers refer to each other in a circle, or to a layer that is not there");
    for (auto layer = ready; layer != found_.layers.end(); ++layer) {
      there.insert(layer->name);
      sorted.push_back(std::move(*layer));
    }
    found_.layers.erase(ready, found_.layers.end());
  }
  found_.layers = std::move(sorted);
  return {};
}

Result<KerasLayers> Lister::list(const Json& root) {
  if (!root.is_object() || !root.contains("class_name") || !root.contains("config")) {
    return corrupt("\"class_name\" and \"config\" expected");
  }
  const Json& kind = root["class_name"];
  const bool sequential = kind == "Sequential";
  if (!sequential && kind != "Functional" && kind != "Model") return unsupported("neither Sequential nor Functional");
  const Json& config = root["config"];
  const bool bare_list = sequential && config.is_array();
  if (!bare_list && (!config.is_object() || !config.contains("layers"))) return corrupt("\"layers\" expected");
  if (auto ok = add_all(bare_list ? config : config["layers"], sequential); !ok) return tl::unexpected(ok.error());
  if (sequential) {
    found_.outputs = {found_.layers.back().name};
  } else if (config.contains("output_layers")) {
    collect_inputs(config["output_layers"], found_.outputs);
  }
  if (auto ok = sort(); !ok) return tl::unexpected(ok.error());
  for (const std::string& name : found_.outputs) {
    if (!names_.contains(name) && name != "sequence_input") return corrupt("the output is not one of the layers");
  }
  return std::move(found_);
}

}  // namespace

Result<KerasLayers> list_keras_layers(std::string_view text) {
  bool too_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > kDeepest;
    return depth <= kDeepest;
  };
  try {
    const Json root = Json::parse(text, watch_depth, false);
    if (root.is_discarded() || too_deep) return corrupt("not JSON, or too deeply nested");
    return Lister().list(root);
  } catch (const Json::exception& error) {
    return corrupt(error.what());
  }
}

Result<std::vector<int>> keras_input_shape(const KerasLayer& layer) {
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
  return sizes;
}

const KerasJson* KerasSettings::find(const char* key) const {
  const auto found = layer_.config.find(key);
  return found == layer_.config.end() ? nullptr : &*found;
}

bool KerasSettings::flag(const char* key, bool otherwise) {
  const Json* found = find(key);
  if (!found || found->is_null()) return otherwise;
  if (!found->is_boolean()) wrong(fmt::format("\"{}\" must be true or false", key), ErrorCode::corrupt);
  return found->is_boolean() ? found->get<bool>() : otherwise;
}

double KerasSettings::number(const char* key, double otherwise) {
  const Json* found = find(key);
  if (!found || found->is_null()) return otherwise;
  if (!found->is_number()) wrong(fmt::format("\"{}\" must be a number", key), ErrorCode::corrupt);
  return found->is_number() ? found->get<double>() : otherwise;
}

int KerasSettings::size(const char* key, int otherwise) {
  const Json* found = find(key);
  if (found && found->is_array() && found->size() == 1) found = &(*found)[0];
  if ((!found || found->is_null()) && otherwise > 0) return otherwise;
  if (!found || !found->is_number_integer() || *found < 1 || *found > 1'000'000) {
    wrong(fmt::format("\"{}\" must be a number in 1..1000000", key), ErrorCode::corrupt);
    return 1;
  }
  return found->get<int>();
}

std::string KerasSettings::text(const char* key, std::string_view otherwise) {
  const Json* found = find(key);
  if (!found || found->is_null()) return std::string(otherwise);
  if (!found->is_string()) wrong(fmt::format("\"{}\" must be a text", key), ErrorCode::corrupt);
  return found->is_string() ? found->get<std::string>() : std::string(otherwise);
}

std::string KerasSettings::function(const char* key, std::string_view otherwise) {
  const Json* found = find(key);
  if (!found) return std::string(otherwise);
  if (found->is_null()) return "linear";
  // Keras 2.12 and later may write {"class_name": "function", "config": "relu", ...}.
  if (found->is_object() && found->contains("config") && (*found)["config"].is_string()) found = &(*found)["config"];
  if (found->is_string()) return found->get<std::string>();
  wrong(fmt::format("\"{}\" must be the name of an activation", key), ErrorCode::unsupported);
  return std::string(otherwise);
}

void KerasSettings::demand(bool holds, std::string_view what) {
  if (!holds) wrong(what, ErrorCode::unsupported);
}

void KerasSettings::check_type() {
  const Json* name = find("dtype");
  if (!name || name->is_null()) return;
  if (name->is_object() && name->contains("config") && (*name)["config"].is_object()) name = &(*name)["config"];
  if (name->is_object() && name->contains("name")) name = &(*name)["name"];
  demand(name->is_string() && name->get<std::string>() == "float32", "only dtype float32 is supported");
}

void KerasSettings::wrong(std::string_view what, ErrorCode code) {
  if (!error_) error_ = Error{code, fmt::format("model_config: layer \"{}\": {}", layer_.name, what)};
}

}  // namespace almanac::nn

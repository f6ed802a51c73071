#include "nn/keras_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace almanac::nn {
namespace {

using Inputs = KerasNode::Inputs;

struct Shape {
  int steps = 0, units = 0;
  bool operator==(const Shape&) const = default;
};

// Layers that only act in training.
bool passes_on(const std::string& kind) {
  static const std::set<std::string> kKinds = {"Dropout",         "SpatialDropout1D", "GaussianNoise",
                                               "GaussianDropout", "AlphaDropout",     "ActivityRegularization"};
  return kKinds.contains(kind);
}

class Builder {
 public:
  Builder(const Hdf5Reader& file, int keras_major) : file_(file), keras_major_(keras_major) {}

  Result<std::unique_ptr<KerasGraph>> build(const KerasLayers& layers);

 private:
  Result<KerasNode> make(const KerasLayer& layer);
  // Each kind sets the node's shape and how it runs; what is wrong is kept in `settings` or in problem_.
  void input(const KerasLayer& layer, KerasNode& node);
  void dense(KerasSettings& settings, const Shape& from, KerasNode& node);
  void activation(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node);
  void recurrent(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node);
  void bidirectional(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node);
  void convolution(KerasSettings& settings, const Shape& from, KerasNode& node);
  void pooling(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node);
  void normalisation(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node);
  void reshaping(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node);
  void join(KerasSettings& settings, const KerasLayer& layer, const std::vector<Shape>& from, KerasNode& node);

  KerasActivation activation_of(KerasSettings& settings, const char* key, std::string_view otherwise);
  KerasRecurrent recurrent_of(KerasSettings& settings, const KerasLayer& layer, int inputs);
  std::optional<KerasLayer> wrapped(KerasSettings& settings, const KerasLayer& layer, const char* key = "layer");
  // The layer's next array, of one of these shapes.
  const std::vector<float>* weight(const char* name, std::vector<std::vector<std::size_t>> shapes);
  void open_weights(const std::string& layer);
  void wrong(ErrorCode code, std::string what) {
    if (!problem_) problem_ = Error{code, fmt::format("layer \"{}\": {}", layer_, what)};
  }

  const Hdf5Reader& file_;
  int keras_major_;
  std::unique_ptr<KerasGraph> graph_ = std::make_unique<KerasGraph>();
  std::map<std::string, std::size_t> places_;
  std::string layer_;  // being made
  std::vector<std::string> weight_names_;
  std::size_t next_weight_ = 0;
  std::optional<Error> problem_;
};

void Builder::open_weights(const std::string& layer) {
  layer_ = layer;
  next_weight_ = 0;
  problem_.reset();
  auto names = file_.texts("model_weights/" + layer, "weight_names");
  weight_names_ = names ? std::move(*names) : std::vector<std::string>();
}

const std::vector<float>* Builder::weight(const char* name, std::vector<std::vector<std::size_t>> shapes) {
  static const std::vector<float> kNothing;
  const auto refuse = [&](ErrorCode code, const std::string& what) {
    wrong(code, fmt::format("{}: {}", name, what));
    return &kNothing;
  };
  if (next_weight_ >= weight_names_.size()) return refuse(ErrorCode::corrupt, "the file lacks this weight");
  auto array = file_.floats(fmt::format("model_weights/{}/{}", layer_, weight_names_[next_weight_++]));
  if (!array)
    return refuse(array.error().code == ErrorCode::unsupported ? ErrorCode::unsupported : ErrorCode::corrupt,
                  array.error().message);
  if (std::find(shapes.begin(), shapes.end(), array->shape) == shapes.end()) {
    return refuse(ErrorCode::corrupt, fmt::format("shape ({}), expected ({})", fmt::join(array->shape, ", "),
                                                  fmt::join(shapes.front(), ", ")));
  }
  if (!std::all_of(array->values.begin(), array->values.end(), [](float v) { return std::isfinite(v); }))
    return refuse(ErrorCode::corrupt, "a weight is not a finite number");
  graph_->weights.push_back(std::make_unique<std::vector<float>>(std::move(array->values)));
  return graph_->weights.back().get();
}

std::size_t width(int value) {
  return static_cast<std::size_t>(value);
}

KerasActivation Builder::activation_of(KerasSettings& settings, const char* key, std::string_view otherwise) {
  const std::string name = settings.function(key, otherwise);
  const auto activation = keras_activation(name, keras_major_);
  settings.demand(activation.has_value(), fmt::format("{} \"{}\" is not supported", key, name.substr(0, 40)));
  return activation.value_or(KerasActivation{});
}

void Builder::input(const KerasLayer& layer, KerasNode& node) {
  const auto sizes = keras_input_shape(layer);
  if (!sizes) {
    problem_ = sizes.error();
    return;
  }
  if (graph_->features > 0) return wrong(ErrorCode::unsupported, "a second input is not supported");
  const bool sequence = sizes->size() == 2;
  node.steps = sequence ? (*sizes)[0] : 0;
  node.units = sizes->back();
  graph_->steps = std::max(1, node.steps);
  graph_->features = node.units;
}

void Builder::dense(KerasSettings& settings, const Shape& from, KerasNode& node) {
  KerasDense layer{from.units, settings.size("units"), nullptr, nullptr,
                   activation_of(settings, "activation", "linear")};
  if (settings.error()) return;
  layer.kernel = weight("kernel", {{width(layer.inputs), width(layer.units)}});
  if (settings.flag("use_bias", true)) layer.bias = weight("bias", {{width(layer.units)}});
  node.steps = from.steps;
  node.units = layer.units;
  node.run = [layer](const Inputs& in) { return run_dense(layer, *in[0]); };
}

void Builder::activation(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node) {
  KerasActivation applied;
  using Kind = KerasActivation::Kind;
  if (layer.kind == "Activation") {
    applied = activation_of(settings, "activation", "linear");
  } else if (layer.kind == "Softmax") {
    applied.kind = Kind::softmax;
  } else if (layer.kind == "ELU") {
    applied = {Kind::elu, static_cast<float>(settings.number("alpha", 1)), false};
  } else if (layer.kind == "LeakyReLU") {
    const double slope = settings.number("alpha", 0.3);  // of Keras 2
    applied = {Kind::leaky_relu, static_cast<float>(settings.number("negative_slope", slope)), false};
  } else {  // ReLU
    settings.demand(settings.number("threshold", 0) == 0, "a ReLU with a threshold is not supported");
    const double most = settings.number("max_value", 0);
    settings.demand(most == 0 || most == 6, "a ReLU with a max_value other than 6 is not supported");
    const auto slope = static_cast<float>(settings.number("negative_slope", 0));
    settings.demand(most == 0 || slope == 0, "a ReLU with both max_value and negative_slope is not supported");
    applied = slope != 0 ? KerasActivation{Kind::leaky_relu, slope, false}
                         : KerasActivation{most == 6 ? Kind::relu6 : Kind::relu, 0, false};
  }
  node.steps = from.steps;
  node.units = from.units;
  node.run = [applied](const Inputs& in) {
    KerasTensor output = *in[0];
    for (int r = 0; r < output.rows(); ++r) applied.apply(output.row(r), output.units);
    return output;
  };
}

KerasRecurrent Builder::recurrent_of(KerasSettings& settings, const KerasLayer& layer, int inputs) {
  KerasRecurrent made;
  made.cell = layer.kind == "LSTM" ? KerasCell::lstm : layer.kind == "GRU" ? KerasCell::gru : KerasCell::simple;
  made.inputs = inputs;
  made.units = settings.size("units");
  made.activation = activation_of(settings, "activation", "tanh");
  if (made.cell != KerasCell::simple)
    made.recurrent_activation =
        activation_of(settings, "recurrent_activation", keras_major_ < 3 ? "hard_sigmoid" : "sigmoid");
  made.return_sequences = settings.flag("return_sequences", false);
  made.go_backwards = settings.flag("go_backwards", false);
  // `stateful` keeps the state between calls in training; a prediction of one window starts from zero.
  for (const char* key : {"return_state", "time_major"})
    settings.demand(!settings.flag(key, false), fmt::format("{} is not supported", key));
  const bool biased = settings.flag("use_bias", true);
  if (settings.error()) return made;
  const int gates = made.cell == KerasCell::lstm ? 4 : made.cell == KerasCell::gru ? 3 : 1;
  const std::size_t columns = width(gates * made.units);
  made.kernel = weight("kernel", {{width(inputs), columns}});
  made.recurrent = weight("recurrent_kernel", {{width(made.units), columns}});
  if (made.cell == KerasCell::gru) {
    made.reset_after = settings.flag("reset_after", false);
    if (biased)
      made.bias =
          weight("bias", {made.reset_after ? std::vector<std::size_t>{2, columns} : std::vector<std::size_t>{columns}});
  } else if (biased) {
    made.bias = weight("bias", {{columns}});
  }
  return made;
}

void Builder::recurrent(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node) {
  settings.demand(from.steps > 0, "needs a sequence, its input is a vector (return_sequences of the layer before it)");
  const KerasRecurrent made = recurrent_of(settings, layer, from.units);
  node.steps = made.return_sequences ? from.steps : 0;
  node.units = made.units;
  node.run = [made](const Inputs& in) { return run_recurrent(made, *in[0]); };
}

std::optional<KerasLayer> Builder::wrapped(KerasSettings& settings, const KerasLayer& layer, const char* key) {
  const auto inner = layer.config.find(key);
  const bool whole = inner != layer.config.end() && inner->is_object() && inner->contains("class_name") &&
                     (*inner)["class_name"].is_string() && inner->contains("config") && (*inner)["config"].is_object();
  settings.demand(whole, "does not say which layer it holds");
  if (!whole) return std::nullopt;
  return KerasLayer{layer.name, (*inner)["class_name"].get<std::string>(), (*inner)["config"], layer.inputs};
}

void Builder::bidirectional(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node) {
  const auto one = wrapped(settings, layer);
  // Keras 3 always writes the other direction's layer too, older versions only where it was given.
  const bool told = layer.config.contains("backward_layer") && !layer.config["backward_layer"].is_null();
  const auto two = told ? wrapped(settings, layer, "backward_layer") : one;
  settings.demand(from.steps > 0, "needs a sequence, its input is a vector");
  const std::string merge = settings.text("merge_mode", "concat");
  settings.demand(merge == "concat" || merge == "sum" || merge == "mul" || merge == "ave",
                  fmt::format("merge_mode \"{}\" is not supported", merge.substr(0, 40)));
  if (settings.error() || !one || !two) return;
  if (one->kind != two->kind || (one->kind != "LSTM" && one->kind != "GRU" && one->kind != "SimpleRNN"))
    return wrong(ErrorCode::unsupported,
                 fmt::format("Bidirectional around a {} is not supported", one->kind.substr(0, 40)));
  KerasSettings inside(*one), inside_back(*two);
  const KerasRecurrent ahead = recurrent_of(inside, *one, from.units);
  KerasRecurrent back = recurrent_of(inside_back, *two, from.units);
  if (inside.error() || inside_back.error()) {
    problem_ = inside.error() ? inside.error() : inside_back.error();
    return;
  }
  if (!told) back.go_backwards = !ahead.go_backwards;
  if (back.go_backwards == ahead.go_backwards || back.units != ahead.units ||
      back.return_sequences != ahead.return_sequences)
    return wrong(ErrorCode::unsupported, "its two directions differ in more than their direction");
  node.steps = ahead.return_sequences ? from.steps : 0;
  node.units = merge == "concat" ? 2 * ahead.units : ahead.units;
  node.run = [ahead, back, merge](const Inputs& in) {
    const KerasTensor forth = run_recurrent(ahead, *in[0]), round = run_recurrent(back, *in[0]);
    KerasTensor output = keras_tensor(forth.steps, merge == "concat" ? 2 * forth.units : forth.units);
    for (int r = 0; r < forth.rows(); ++r) {
      // What was read backwards is turned round again, so that both speak of the same step.
      const float *a = forth.row(r), *b = round.row(forth.rows() - 1 - r);
      float* o = output.row(r);
      if (merge == "concat") {
        std::copy_n(a, forth.units, o);
        std::copy_n(b, forth.units, o + forth.units);
        continue;
      }
      for (int u = 0; u < forth.units; ++u)
        o[u] = merge == "mul" ? a[u] * b[u] : merge == "sum" ? a[u] + b[u] : (a[u] + b[u]) / 2;
    }
    return output;
  };
}

void Builder::convolution(KerasSettings& settings, const Shape& from, KerasNode& node) {
  KerasConv made;
  made.inputs = from.units;
  made.filters = settings.size("filters");
  made.width = settings.size("kernel_size");
  made.stride = settings.size("strides", 1);
  made.dilation = settings.size("dilation_rate", 1);
  made.activation = activation_of(settings, "activation", "linear");
  const std::string padding = settings.text("padding", "valid");
  settings.demand(padding == "valid" || padding == "same" || padding == "causal", "this padding is not supported");
  made.padding = padding == "same"     ? KerasConv::Padding::same
                 : padding == "causal" ? KerasConv::Padding::causal
                                       : KerasConv::Padding::valid;
  settings.demand(from.steps > 0, "needs a sequence, its input is a vector");
  settings.demand(settings.size("groups", 1) == 1, "groups are not supported");
  settings.demand(settings.text("data_format", "channels_last") == "channels_last", "only channels_last is supported");
  if (settings.error()) return;
  settings.demand(conv_steps(made, from.steps) > 0, "its kernel is longer than the sequence");
  made.kernel = weight("kernel", {{width(made.width), width(made.inputs), width(made.filters)}});
  if (settings.flag("use_bias", true)) made.bias = weight("bias", {{width(made.filters)}});
  node.steps = conv_steps(made, from.steps);
  node.units = made.filters;
  node.run = [made](const Inputs& in) { return run_conv(made, *in[0]); };
}

void Builder::pooling(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node) {
  const bool global = layer.kind.starts_with("Global");
  const bool highest = layer.kind.find("Max") != std::string::npos;
  settings.demand(from.steps > 0, "needs a sequence, its input is a vector");
  settings.demand(settings.text("data_format", "channels_last") == "channels_last", "only channels_last is supported");
  settings.demand(settings.text("padding", "valid") == "valid", "only padding valid is supported");
  const int size = global ? std::max(1, from.steps) : settings.size("pool_size", 2);
  const int stride = global ? 1 : settings.size("strides", size);
  settings.demand(size <= from.steps, "its pool is longer than the sequence");
  if (settings.error()) return;
  const int steps = (from.steps - size) / stride + 1;
  const bool keep = settings.flag("keepdims", false);
  node.steps = global && !keep ? 0 : steps;
  node.units = from.units;
  node.run = [size, stride, steps, highest, out = node.steps](const Inputs& in) {
    KerasTensor output = keras_tensor(out, in[0]->units);
    for (int t = 0; t < steps; ++t) {
      for (int u = 0; u < output.units; ++u) {
        float most = in[0]->row(t * stride)[u], sum = 0;
        for (int k = 0; k < size; ++k) {
          const float value = in[0]->row(t * stride + k)[u];
          most = std::max(most, value);
          sum += value;
        }
        output.row(t)[u] = highest ? most : sum / static_cast<float>(size);
      }
    }
    return output;
  };
}

void Builder::normalisation(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node) {
  const bool batch = layer.kind == "BatchNormalization";
  const auto epsilon = static_cast<float>(settings.number("epsilon", 1e-3));
  // The axis of the features: -1, or its number; either may stand in a list.
  const auto given = layer.config.find("axis");
  const KerasJson* axis = given == layer.config.end() ? nullptr : &*given;
  if (axis != nullptr && axis->is_array() && axis->size() == 1) axis = &(*axis)[0];
  settings.demand(axis == nullptr || *axis == -1 || *axis == (from.steps > 0 ? 2 : 1),
                  "only the last axis is supported");
  const bool scale = settings.flag("scale", true), centre = settings.flag("center", true);
  if (settings.error()) return;
  const std::vector<std::vector<std::size_t>> shape = {{width(from.units)}};
  const auto* gamma = scale ? weight("gamma", shape) : nullptr;
  const auto* beta = centre ? weight("beta", shape) : nullptr;
  const auto* mean = batch ? weight("moving_mean", shape) : nullptr;
  const auto* variance = batch ? weight("moving_variance", shape) : nullptr;
  node.steps = from.steps;
  node.units = from.units;
  node.run = [=](const Inputs& in) {
    KerasTensor output = *in[0];
    for (int r = 0; r < output.rows(); ++r) {
      float* row = output.row(r);
      float average = 0, spread = 0;
      for (int u = 0; u < output.units; ++u) average += row[u] / static_cast<float>(output.units);
      for (int u = 0; u < output.units; ++u)
        spread += (row[u] - average) * (row[u] - average) / static_cast<float>(output.units);
      for (int u = 0; u < output.units; ++u) {
        const std::size_t i = width(u);
        const float m = mean != nullptr ? (*mean)[i] : average, v = variance != nullptr ? (*variance)[i] : spread;
        row[u] = (row[u] - m) / std::sqrt(v + epsilon) * (gamma != nullptr ? (*gamma)[i] : 1) +
                 (beta != nullptr ? (*beta)[i] : 0);
      }
    }
    return output;
  };
}

// Flatten, RepeatVector, and layers that pass their input on.
void Builder::reshaping(KerasSettings& settings, const KerasLayer& layer, const Shape& from, KerasNode& node) {
  node.steps = from.steps;
  node.units = from.units;
  if (layer.kind == "Flatten") {
    node.steps = 0;
    node.units = std::max(1, from.steps) * from.units;
  } else if (layer.kind == "RepeatVector") {
    settings.demand(from.steps == 0, "needs a vector, its input is a sequence");
    node.steps = settings.size("n");
    node.repeated = true;
  }
  node.run = [steps = node.steps, units = node.units](const Inputs& in) {
    KerasTensor output = keras_tensor(steps, units);
    for (std::size_t i = 0; i < output.values.size(); ++i) output.values[i] = in[0]->values[i % in[0]->values.size()];
    return output;
  };
}

void Builder::join(KerasSettings& settings, const KerasLayer& layer, const std::vector<Shape>& from, KerasNode& node) {
  const bool concatenate = layer.kind == "Concatenate";
  const auto axis = layer.config.find("axis");
  settings.demand(!concatenate || axis == layer.config.end() || *axis == -1 || *axis == (from[0].steps > 0 ? 2 : 1),
                  "only the last axis is supported");
  node.steps = from[0].steps;
  for (const Shape& shape : from) {
    settings.demand(shape.steps == node.steps && (concatenate || shape.units == from[0].units),
                    "its inputs differ in shape");
    node.units = concatenate ? node.units + shape.units : shape.units;
  }
  const bool mean = layer.kind == "Average";
  node.run = [concatenate, mean, steps = node.steps, units = node.units](const Inputs& in) {
    KerasTensor output = keras_tensor(steps, units);
    for (int r = 0; r < output.rows(); ++r) {
      float* at = output.row(r);
      for (const KerasTensor* one : in) {
        for (int u = 0; u < one->units; ++u) at[u] += one->row(r)[u] / (mean ? static_cast<float>(in.size()) : 1.0F);
        if (concatenate) at += one->units;
      }
    }
    return output;
  };
}

Result<KerasNode> Builder::make(const KerasLayer& layer) {
  KerasNode node;
  node.name = layer.name;
  open_weights(layer.name);
  KerasSettings settings(layer);
  settings.check_type();
  std::vector<Shape> from;
  for (const std::string& name : layer.inputs) {
    node.inputs.push_back(places_.at(name));
    const KerasNode& input = graph_->nodes[node.inputs.back()];
    from.push_back({input.steps, input.units});
    node.repeated |= input.repeated;
  }
  const std::string& kind = layer.kind;
  const bool joins = kind == "Concatenate" || kind == "Add" || kind == "Average";
  if (kind == "InputLayer") {
    input(layer, node);
  } else if (from.empty() || (!joins && from.size() != 1)) {
    return fail(ErrorCode::corrupt, fmt::format("layer \"{}\" has {} inputs", layer.name, from.size()));
  } else if (joins) {
    join(settings, layer, from, node);
  } else if (kind == "Dense") {
    dense(settings, from[0], node);
  } else if (kind == "TimeDistributed") {
    const auto inner = wrapped(settings, layer);
    const bool is_dense = inner && inner->kind == "Dense";
    settings.demand(is_dense, "TimeDistributed around another layer than Dense is not supported");
    if (is_dense) {
      KerasSettings inside(*inner);
      dense(inside, from[0], node);
      if (inside.error()) return tl::unexpected(*inside.error());
    }
  } else if (kind == "Activation" || kind == "ReLU" || kind == "LeakyReLU" || kind == "ELU" || kind == "Softmax") {
    activation(settings, layer, from[0], node);
  } else if (kind == "LSTM" || kind == "GRU" || kind == "SimpleRNN") {
    recurrent(settings, layer, from[0], node);
  } else if (kind == "Bidirectional") {
    bidirectional(settings, layer, from[0], node);
  } else if (kind == "Conv1D") {
    convolution(settings, from[0], node);
  } else if (kind == "MaxPooling1D" || kind == "AveragePooling1D" || kind == "GlobalMaxPooling1D" ||
             kind == "GlobalAveragePooling1D") {
    pooling(settings, layer, from[0], node);
  } else if (kind == "BatchNormalization" || kind == "LayerNormalization") {
    normalisation(settings, layer, from[0], node);
  } else if (kind == "Flatten" || kind == "RepeatVector" || passes_on(kind)) {
    reshaping(settings, layer, from[0], node);
  } else {
    return fail(ErrorCode::unsupported,
                fmt::format("layer \"{}\" is a {}, which is not supported", layer.name, kind.substr(0, 40)));
  }
  if (settings.error()) return tl::unexpected(*settings.error());
  if (problem_) return tl::unexpected(*problem_);
  constexpr long long kMostValues = 16'000'000;
  if (static_cast<long long>(std::max(1, node.steps)) * node.units > kMostValues)
    return fail(ErrorCode::unsupported, fmt::format("layer \"{}\" gives too many values", layer.name));
  return node;
}

Result<std::unique_ptr<KerasGraph>> Builder::build(const KerasLayers& layers) {
  for (const KerasLayer& layer : layers.layers) {
    auto node = make(layer);
    if (!node) return tl::unexpected(node.error());
    places_[layer.name] = graph_->nodes.size();
    graph_->nodes.push_back(std::move(*node));
  }
  if (graph_->features == 0) return fail(ErrorCode::unsupported, "the model says nothing of its input's shape");
  if (layers.outputs.empty()) return fail(ErrorCode::corrupt, "the model has no output");
  for (const std::string& name : layers.outputs) graph_->outputs.push_back(places_.at(name));
  return std::move(graph_);
}

}  // namespace

Result<std::unique_ptr<KerasGraph>> build_keras_graph(const KerasLayers& layers, const Hdf5Reader& file,
                                                      int keras_major) {
  return Builder(file, keras_major).build(layers);
}

}  // namespace almanac::nn

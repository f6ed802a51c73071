#include "nn/keras_model.h"

#include <algorithm>

#include "core/check.h"
#include "nn/keras_graph.h"

namespace almanac::nn {
namespace {

constexpr std::string_view kHdf5Signature = "\x89HDF\r\n\x1a\n", kZipSignature = "PK\x03\x04";

Result<std::unique_ptr<KerasGraph>> read_graph(std::string_view bytes) {
  if (bytes.starts_with(kZipSignature)) {
    return fail(ErrorCode::unsupported, "a .keras archive; expected HDF5: save it with model.save(\"lstm_model.h5\")");
  }
  const auto file = Hdf5Reader::open(bytes);
  if (!file) return tl::unexpected(file.error());
  const auto config = file->text("", "model_config");
  if (!config) {
    if (config.error().code != ErrorCode::not_found) return tl::unexpected(config.error());
    return fail(
        ErrorCode::unsupported,
        "an HDF5 file without model_config is no Keras model (weights alone are not enough: save the whole model)");
  }
  const auto version = file->text("", "keras_version");
  const int major = version && version->starts_with("3") ? 3 : 2;
  const auto layers = list_keras_layers(*config);
  if (!layers) return tl::unexpected(layers.error());
  return build_keras_graph(*layers, *file, major);
}

}  // namespace

KerasModel::KerasModel(std::unique_ptr<KerasGraph> graph) : graph_(std::move(graph)) {
  for (const std::size_t at : graph_->outputs) {
    const KerasNode& node = graph_->nodes[at];
    outputs_.push_back({node.name, node.steps, node.units, node.repeated && node.steps > 0});
  }
}
KerasModel::KerasModel(KerasModel&&) noexcept = default;
KerasModel& KerasModel::operator=(KerasModel&&) noexcept = default;
KerasModel::~KerasModel() = default;

bool KerasModel::made_elsewhere(std::string_view bytes) {
  return bytes.starts_with(kHdf5Signature) || bytes.starts_with(kZipSignature);
}

Result<KerasModel> KerasModel::read(std::string_view bytes) {
  auto graph = read_graph(bytes);
  if (!graph) return tl::unexpected(with_context(graph.error(), "model file"));
  return KerasModel(std::move(*graph));
}

int KerasModel::steps() const {
  return graph_->steps;
}
int KerasModel::features() const {
  return graph_->features;
}
const std::vector<KerasModel::Output>& KerasModel::outputs() const {
  return outputs_;
}

std::vector<float> KerasModel::predict(std::span<const float> window, std::size_t index) const {
  ALMANAC_CHECK(window.size() == static_cast<std::size_t>(steps()) * static_cast<std::size_t>(features()),
                "a window of the model's length");
  ALMANAC_CHECK(index < outputs_.size(), "an output of the model");
  std::vector<KerasTensor> values(graph_->nodes.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const KerasNode& node = graph_->nodes[i];
    if (node.inputs.empty()) {
      values[i] = {node.steps, node.units, {window.begin(), window.end()}};
      continue;
    }
    KerasNode::Inputs inputs;
    for (const std::size_t input : node.inputs) inputs.push_back(&values[input]);
    values[i] = node.run(inputs);
  }
  return std::move(values[graph_->outputs[index]].values);
}

}  // namespace almanac::nn

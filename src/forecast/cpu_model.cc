#include "forecast/cpu_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace almanac::forecast {
namespace {

constexpr std::size_t kColumns = 4;
using Values = std::array<std::optional<double>, kColumns>;
constexpr std::array<std::string_view, kColumns> kNames = {"cpu_utilization", "network_in", "request_count",
                                                           "is_sale_active"};

Values values_of(const Row& row) {
  return {row.cpu_utilization, row.network_in, row.request_count, row.is_sale_active};
}

struct Range {
  double low = 0, high = 0;
  bool known = false;

  void add(double value) {
    low = known ? std::min(low, value) : value;
    high = known ? std::max(high, value) : value;
    known = true;
  }
  double scaled(double value) const { return high > low ? (value - low) / (high - low) : 0.0; }
  double unscaled(double value) const { return low + value * (high - low); }
};

Result<std::size_t> output_of_cpu(const std::vector<nn::KerasModel::Output>& outputs) {
  if (outputs.size() == 1) return std::size_t{0};
  std::vector<std::size_t> named;
  std::vector<std::string> all;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::string name = outputs[i].name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name.find("cpu") != std::string::npos) named.push_back(i);
    all.push_back('"' + outputs[i].name + '"');
  }
  if (named.size() == 1) return named[0];
  return fail(
      ErrorCode::unsupported,
      fmt::format("it has the outputs {}; expected one, or one that is named for the CPU", fmt::join(all, ", ")));
}

}  // namespace

Result<CpuModel> CpuModel::from_bytes(std::string_view bytes) {
  if (!nn::KerasModel::made_elsewhere(bytes))
    return fail(ErrorCode::unsupported, "not a Keras model made elsewhere, which would predict CPU from windows");
  auto model = nn::KerasModel::read(bytes);
  if (!model) return tl::unexpected(model.error());
  if (model->features() > static_cast<int>(kColumns) || model->steps() < 2)
    return fail(ErrorCode::unsupported,
                fmt::format("it reads windows of ({}, {}); expected (steps, 1 to {}): steps of {}", model->steps(),
                            model->features(), kColumns, fmt::join(kNames, ", ")));
  const auto output = output_of_cpu(model->outputs());
  if (!output) return tl::unexpected(output.error());
  return CpuModel(std::move(*model), *output);
}

std::size_t CpuModel::value_index() const {
  const auto& output = model_.outputs()[output_];
  const bool last_step = output.steps > 0 && !output.repeated;
  return last_step ? static_cast<std::size_t>((output.steps - 1) * output.units) : 0;
}

std::string CpuModel::layout() const {
  const auto& output = model_.outputs()[output_];
  std::string text =
      fmt::format("{} steps of {}", steps(), fmt::join(kNames.begin(), kNames.begin() + model_.features(), ", "));
  if (model_.outputs().size() > 1) text += fmt::format("; of its outputs \"{}\"", output.name);
  if (output.steps > 0) text += fmt::format("; the {} of {} steps", output.repeated ? "first" : "last", output.steps);
  if (output.units == 1) return text;
  if (output.units == model_.features()) return text + fmt::format("; the CPU's of {} columns", output.units);
  return text + fmt::format("; the next of {} intervals", output.units);
}

Result<double> CpuModel::predict(std::span<const Row> rows, Duration interval, Timestamp now) const {
  const auto wanted = static_cast<std::size_t>(steps());
  if (rows.size() < wanted)
    return fail(ErrorCode::unavailable, fmt::format("{} rows; the model reads the last {}", rows.size(), wanted));
  std::array<Range, kColumns> ranges;
  for (const Row& row : rows) {
    const Values values = values_of(row);
    for (std::size_t c = 0; c < kColumns; ++c)
      if (values[c]) ranges[c].add(*values[c]);
  }
  const auto columns = static_cast<std::size_t>(model_.features());
  std::vector<float> window;
  for (std::size_t step = 0; step < wanted; ++step) {
    const Row& row = rows[rows.size() - wanted + step];
    const Timestamp expected = now - interval * static_cast<long long>(wanted - step);
    const Values values = values_of(row);
    for (std::size_t c = 0; c < columns; ++c) {
      if (row.start != expected || !values[c])
        return fail(ErrorCode::unavailable, fmt::format("the interval {} lacks {}, which the model reads",
                                                        format_timestamp(expected), kNames[c]));
      window.push_back(static_cast<float>(ranges[c].scaled(*values[c])));
    }
  }
  const float output = model_.predict(window, output_)[value_index()];
  if (!std::isfinite(output)) return fail(ErrorCode::unavailable, "the model's value is not a finite number");
  return std::clamp(ranges[0].unscaled(output), 0.0, 1000.0);
}

}  // namespace almanac::forecast

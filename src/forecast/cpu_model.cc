#include "forecast/cpu_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "nn/model_file.h"

namespace almanac::forecast {
namespace {

constexpr std::size_t kColumns = 4;
using Values = std::array<std::optional<double>, kColumns>;

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

}  // namespace

Result<CpuModel> CpuModel::from_bytes(std::string_view bytes) {
  auto file = nn::decode_model(bytes);
  if (!file) return tl::unexpected(file.error());
  const nn::Network& network = file->network;
  if (!file->foreign || network.features() != static_cast<int>(kColumns) || network.steps() < 1 ||
      network.context() != 0 || network.outputs() != 1)
    return fail(
        ErrorCode::unsupported,
        fmt::format(
            "expected a Keras model from windows of (steps, 4) to one CPU value; this one reads ({}, {}) and gives {}",
            network.steps(), network.features(), network.outputs()));
  return CpuModel(std::move(file->network));
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
  std::vector<float> window;
  for (std::size_t step = 0; step < wanted; ++step) {
    const Row& row = rows[rows.size() - wanted + step];
    const Timestamp expected = now - interval * static_cast<long long>(wanted - step);
    const Values values = values_of(row);
    for (std::size_t c = 0; c < kColumns; ++c) {
      if (row.start != expected || !values[c])
        return fail(ErrorCode::unavailable,
                    fmt::format("the interval {} lacks a value that the model reads", format_timestamp(expected)));
      window.push_back(static_cast<float>(ranges[c].scaled(*values[c])));
    }
  }
  nn::Workspace workspace;
  float output = 0;
  network_.predict(window, {}, 1, {&output, 1}, workspace);
  return std::clamp(ranges[0].unscaled(output), 0.0, 1000.0);
}

}  // namespace almanac::forecast

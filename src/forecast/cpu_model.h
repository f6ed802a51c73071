#pragma once

#include <span>
#include <string_view>

#include "core/result.h"
#include "core/row.h"
#include "nn/network.h"

namespace almanac::forecast {

// A Keras model trained elsewhere that predicts the CPU % of the next interval from windows of
// (cpu_utilization, network_in, request_count, is_sale_active): a Sequential of LSTM and Dense layers with one output,
// usually on 12 steps. It has no uncertainty, so it serves the policy `threshold` and the predicted CPU, not the
// newsvendor.
//
// Such files carry no scaling. As in the usual recipe every column is scaled to 0..1 by its minimum and maximum over
// the history given, and the output back by those of the CPU; a column that never moved scales to 0.
class CpuModel {
 public:
  // unsupported when the network does not read (steps, 4) or has more than one output; corrupt as decode_model.
  static Result<CpuModel> from_bytes(std::string_view bytes);

  int steps() const { return network_.steps(); }

  // CPU % expected in [now, now + interval), from rows on the grid (ascending) that end at `now`. unavailable when one
  // of the last steps() intervals, or one of its values, is missing: missing is not zero.
  Result<double> predict(std::span<const Row> rows, Duration interval, Timestamp now) const;

 private:
  explicit CpuModel(nn::Network network) : network_(std::move(network)) {}
  nn::Network network_;
};

}  // namespace almanac::forecast

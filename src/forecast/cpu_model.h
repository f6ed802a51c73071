#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.h"
#include "core/row.h"
#include "nn/keras_model.h"

namespace almanac::forecast {

// A Keras model trained elsewhere that predicts the CPU % of the next interval from windows of the first one to four of
// (cpu_utilization, network_in, request_count, is_sale_active), usually on 12 steps. It has no uncertainty, so it
// serves the policy `threshold` and the predicted CPU, not the newsvendor.
//
// Which of its values is the next CPU, by the layout:
//   one value                     that one
//   as many as columns it reads   one for each column, the CPU first
//   any other number              the CPU of so many intervals ahead, the next one first
//   a sequence as long as the window   each step's next value: of its last step
//   a sequence behind a RepeatVector   the intervals ahead: of its first step
//   several outputs               the one whose layer is named for the CPU
//
// Such files carry no scaling. As in the usual recipe every column is scaled to 0..1 by its minimum and maximum over
// the history given, and the output back by those of the CPU; a column that never moved scales to 0.
class CpuModel {
 public:
  // unsupported: not made elsewhere, layers that are not served (nn::KerasModel), another window, outputs of which none
  // is the CPU's; corrupt as nn::KerasModel::read.
  static Result<CpuModel> from_bytes(std::string_view bytes);

  int steps() const { return model_.steps(); }
  // "12 steps of cpu_utilization, network_in; the first of 12 values": what is read and which value is taken.
  std::string layout() const;

  // CPU % expected in [now, now + interval), from rows on the grid (ascending) that end at `now`. unavailable when one
  // of the last steps() intervals, or one of the values that the model reads, is missing: missing is not zero.
  Result<double> predict(std::span<const Row> rows, Duration interval, Timestamp now) const;

 private:
  CpuModel(nn::KerasModel model, std::size_t output) : model_(std::move(model)), output_(output) {}
  std::size_t value_index() const;  // of the next CPU in the output's values

  nn::KerasModel model_;
  std::size_t output_;
};

}  // namespace almanac::forecast

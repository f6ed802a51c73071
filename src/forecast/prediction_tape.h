#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "forecast/features.h"
#include "forecast/forecaster.h"

namespace almanac::forecast {

// The predictions of one walk forward, before calibration. Fitting is nearly all that a walk costs, and what comes
// after it (calibration, the choice of forecaster, planning) changes no prediction: a benchmark records one walk and
// makes it again with another calibration in seconds, to the same bits. For the same features, settings and seed only.
//
// Recording is for one thread; what is sealed may be read by many.
class PredictionTape {
 public:
  // From now on nothing is fitted, and predictions are read.
  void seal() { sealed_ = true; }
  bool sealed() const { return sealed_; }

  // What track `track` of the model said. Origins have lead 0. The same origin may come again with the same prediction;
  // another one aborts: the tape would then hold two walks.
  void write(std::size_t track, std::span<const Origin> origins, std::span<const Prediction> predictions);
  // Aborts for an origin that was never recorded.
  void read(std::size_t track, std::span<const Origin> origins, std::span<Prediction> out) const;

 private:
  struct Entry {
    Prediction prediction{};
    bool known = false;
  };
  bool sealed_ = false;
  std::vector<std::vector<Entry>> tracks_;  // by track, by anchor
};

}  // namespace almanac::forecast

#pragma once

#include <memory>
#include <string>
#include <vector>

namespace almanac::forecast {

class PredictionTape;

// Which parts of the method are in use: all of them, unless a benchmark takes one away to see what it was worth.
// Production has no such switches.
struct Method {
  bool situations = true;                  // errors near events are calibrated apart from the others
  bool volatility = true;                  // spreads follow how large errors are at present
  bool additive = true;                    // errors in instances are mixed with relative ones
  std::string forecaster;                  // always this one; empty: the one with the lowest out-of-sample loss
  std::vector<std::string> blank_context;  // context values that are always 0
  std::shared_ptr<PredictionTape> tape;    // records predictions; sealed: they are read and nothing is fitted

  bool operator==(const Method&) const = default;
};

}  // namespace almanac::forecast

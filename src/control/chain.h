#pragma once

#include <map>

#include "core/distribution.h"
#include "core/time.h"
#include "forecast/history.h"

namespace almanac::control {

// Forecasts of one window behind another, each made as if the medians before it had come true. What each may be wrong
// by adds up: the logs of quantile / median as independent errors, which errs on the wide side.
class Chain {
 public:
  struct Link {
    double median = 0;                   // busy instances
    std::map<double, double> quantiles;  // .1, .5, .9, .99
    Distribution peak;                   // the whole of it, of which they are a part
  };
  // The next window, by its own forecast.
  Link add(const Distribution& peak);

 private:
  std::map<double, double> variance_;  // of log(quantile / median), summed over the windows so far
};

// How far the mean of an interval lay under its peak minute in the last day of `history`; 1 where nothing is known.
double mean_to_peak(const forecast::History& history);

// As if `mean` and `peak` had been the demand of the intervals in [from, to): replaces what is missing at the end of
// `history` and extends it.
void imagine(forecast::History& history, TimeRange range, double mean, double peak);

}  // namespace almanac::control

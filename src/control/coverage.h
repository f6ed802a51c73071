#pragma once

#include <memory>
#include <span>

#include "core/time.h"
#include "planning/observe.h"
#include "records/record.h"

namespace almanac::control {

// What a tick forecast of its cover window's peak, busy instances.
struct Foretold {
  Timestamp at{};  // the tick
  TimeRange window{};
  double q50 = 0, q99 = 0;
};
// Of those records that hold a forecast.
std::vector<Foretold> foretold_by(std::span<const std::shared_ptr<const records::Record>> records);
// Of a decision; empty where it holds no forecast.
std::optional<Foretold> foretold_by(const Decision& decision);

// How often forecasts held: shares of cover windows that are over, and known whole, whose peak was at most the
// quantile.
struct Coverage {
  int windows = 0;
  double at50 = 0;
  double at99 = 0;
};
Coverage measure_coverage(const planning::KnownLoad& load, std::span<const Foretold> foretold);

// Over the last days of `foretold` (ascending) before `now`.
inline constexpr Duration kCoverageOver{3 * kDay};

// Whether the forecast's uncertainty cannot be trusted at `now`: of enough windows of the last days, far more peaks
// were above the 99 % quantile than the one in a hundred it promises, or nearly none below the median; and the windows
// of the last half day are no better. Those show a model that has learned what is new long before the bad days are
// gone.
bool calibration_broken(const Coverage& days, const Coverage& latest);

// The measure of both at `now`, with the words for it where the calibration is broken.
std::optional<std::string> why_broken(const planning::KnownLoad& load, std::span<const Foretold> foretold,
                                      Timestamp now);

}  // namespace almanac::control

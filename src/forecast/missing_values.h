#pragma once

#include <algorithm>

#include "core/series.h"

// What a network is told where nothing is known.
namespace almanac::forecast {

inline constexpr double kClip = 4.0;  // log ratios beyond e^4 say no more than "very much"

inline double or_zero(double log_ratio) {
  return is_missing(log_ratio) ? 0.0 : std::clamp(log_ratio, -kClip, kClip);
}
inline double or_else(double value, double other) {
  return is_missing(value) ? other : value;
}

}  // namespace almanac::forecast

#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/time.h"

namespace almanac {

// In regular series a missing value is NaN, so that arithmetic on it stays missing.
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
inline bool is_missing(double value) {
  return std::isnan(value);
}

// Values on a regular grid: values[i] holds for [start + i*step, start + (i+1)*step).
struct Series {
  Timestamp start;
  Duration step{300};
  std::vector<double> values;

  std::size_t size() const { return values.size(); }
  Timestamp end() const { return start + step * static_cast<long long>(values.size()); }
  Timestamp time_at(std::size_t i) const { return start + step * static_cast<long long>(i); }
};

}  // namespace almanac

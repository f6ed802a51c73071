#include "planning/limits.h"

#include <algorithm>
#include <cmath>

namespace almanac::planning {

int instances_for(double busy, double utilisation) {
  const double needed = std::ceil(busy / utilisation - 1e-9);
  if (!(needed > 1)) return 1;
  return static_cast<int>(std::min(needed, static_cast<double>(kMostInstances)));
}

Limits within_group(const Limits& stated, const Limits& group) {
  const int min = std::clamp(stated.min, group.min, std::max(group.min, group.max));
  return {min, std::clamp(stated.max, min, std::max(group.max, min))};
}

}  // namespace almanac::planning

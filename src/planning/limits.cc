#include "planning/limits.h"

#include <algorithm>

namespace almanac::planning {

Limits within_group(const Limits& stated, const Limits& group) {
  const int min = std::clamp(stated.min, group.min, std::max(group.min, group.max));
  return {min, std::clamp(stated.max, min, std::max(group.max, min))};
}

}  // namespace almanac::planning

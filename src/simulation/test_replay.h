#pragma once

#include <vector>

#include "planning/planner.h"
#include "simulation/almanac_replay.h"

namespace almanac::simulation {

// What is decided at every price from the smallest group.
inline std::vector<int> capacities(const ReplayTick& tick, const Plant& plant) {
  planning::Policy policy;
  policy.utilisation = plant.objective;
  policy.min = plant.min;
  policy.max = plant.max;
  std::vector<int> all;
  for (const double price : planning::lambda_grid()) {
    policy.fixed_lambda = price;
    all.push_back(decide_at(tick, plant.min, policy, {}).desired);
  }
  return all;
}

}  // namespace almanac::simulation

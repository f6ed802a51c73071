#include "simulation/policy.h"

#include <algorithm>

#include "core/check.h"

namespace almanac::simulation {

std::size_t View::finished(std::size_t minute) const {
  ALMANAC_CHECK(minute < now_, "a policy asked for a minute that has not finished");
  return minute;
}

std::size_t View::measured(std::size_t minute) const {
  ALMANAC_CHECK(minute < published_, "a policy asked for a minute that has not finished or is not published");
  return minute;
}

std::vector<int> play(const Series& demand, const Plant& plant, Policy& policy, std::size_t from, std::size_t to,
                      int initial, std::size_t delay) {
  ALMANAC_CHECK(from <= to && to <= demand.size(), "the played minutes lie outside the trace");
  PlantState group(plant, initial);
  std::vector<int> desired(to, group.desired());
  std::vector<int> ready(to, group.desired());
  for (std::size_t t = from; t < to; ++t) {
    group.set(policy.decide(View(demand, plant, desired, ready, t, group.desired(), delay)));
    desired[t] = group.desired();
    ready[t] = group.ready();
    group.tick();
  }
  return desired;
}

}  // namespace almanac::simulation

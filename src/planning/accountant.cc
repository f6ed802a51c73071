#include "planning/accountant.h"

#include <algorithm>

#include "core/check.h"
#include "core/series.h"

namespace almanac::planning {

std::vector<double> served(const KnownLoad& load, std::span<const Asked> asked, Timestamp from) {
  std::vector<double> capacity(load.size(), kMissing);
  if (asked.empty()) return capacity;
  auto behind = asked.begin();  // of the last that was asked at the interval's beginning or before
  for (std::size_t i = load.index_from(std::max(from, asked.front().at)); i < load.size(); ++i) {
    const Timestamp time = load.time_at(i);
    while (behind != asked.end() && behind->at <= time) ++behind;
    for (auto one = behind; one != asked.begin();) {
      --one;
      capacity[i] = is_missing(capacity[i]) ? one->capacity : std::min(capacity[i], one->capacity);
      // What was in force when the oldest launch that may still be booting was asked for counts too.
      if (one->at <= time - one->lead_time) break;
    }
  }
  return capacity;
}

std::vector<Consumption> consumption(const KnownLoad& load, std::span<const double> capacity, double utilisation,
                                     Timestamp from) {
  ALMANAC_CHECK(capacity.size() >= load.size(), "a capacity for each interval");
  std::vector<Consumption> spent;
  const double minutes = std::max(1.0, static_cast<double>(load.interval.count()) / 60.0);
  for (std::size_t i = load.index_from(from); i < load.size(); ++i) {
    const double demand = load.mean[i];
    if (is_missing(demand) || is_missing(capacity[i])) continue;
    const double limit = utilisation * capacity[i];
    spent.push_back({load.time_at(i), demand, violating_demand(demand, load.peak[i], minutes, limit)});
  }
  return spent;
}

double hourly_mean(const KnownLoad& load, Timestamp now) {
  double sum = 0;
  std::size_t count = 0;
  for (const double mean : load.until(now).mean.subspan(load.until(now).index_from(now - kWeek))) {
    if (is_missing(mean)) continue;
    sum += mean;
    ++count;
  }
  const double per_hour = static_cast<double>(kHour.count()) / static_cast<double>(load.interval.count());
  return count == 0 ? 0 : sum / static_cast<double>(count) * per_hour;
}

ErrorBudget account(ErrorBudget budget, const KnownLoad& load, std::span<const double> capacity, const Policy& policy,
                    Timestamp now) {
  const Timestamp hour = floor_to(now, kHour);
  if (!budget.counted_until) budget.counted_until = hour;
  if (hour <= *budget.counted_until) return budget;
  const auto spent = consumption(load.until(now), capacity, policy.utilisation, *budget.counted_until);
  return count_hours(budget, spent, policy.objective, hourly_mean(load, now));
}

}  // namespace almanac::planning

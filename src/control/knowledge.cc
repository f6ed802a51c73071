#include "control/knowledge.h"

#include <algorithm>
#include <cmath>

#include "core/series.h"

namespace almanac::control {
namespace {

std::size_t index_after(const forecast::History& history, Timestamp t) {
  if (t <= history.start) return 0;
  const auto steps = (t - history.start + history.interval - Duration{1}) / history.interval;
  return std::min(history.size(), static_cast<std::size_t>(steps));
}

}  // namespace

Knowledge know(std::span<const Row> rows, const GroupSettings& settings, Timestamp until) {
  while (!rows.empty() && rows.back().start >= until) rows = rows.first(rows.size() - 1);
  Knowledge known;
  known.rows = static_cast<int>(rows.size());
  known.unit_capacity = settings.capacity_per_instance;
  if (!known.unit_capacity) known.unit_capacity = forecast::estimate_unit_capacity(rows, settings.interval);
  known.history = forecast::build_history(rows, settings.interval, known.unit_capacity);
  forecast::History& history = known.history;
  if (rows.empty()) history.start = until;
  history.interval = settings.interval;
  const auto size = static_cast<std::size_t>(std::max<long long>(0, (until - history.start) / settings.interval));
  for (auto* values : {&history.mean, &history.peak, &history.network, &history.active}) values->resize(size, kMissing);
  known.in_service.assign(size, kMissing);
  for (const Row& row : rows) {
    const auto index = static_cast<std::size_t>((row.start - history.start) / settings.interval);
    if (index < size && row.in_service_instances) known.in_service[index] = *row.in_service_instances;
  }
  const auto kept = std::lower_bound(rows.begin(), rows.end(), until - 28 * kDay,
                                     [](const Row& row, Timestamp t) { return row.start < t; });
  known.recent_rows.assign(kept, rows.end());
  for (std::size_t i = size; i > 0 && !known.last_demand; --i) {
    if (!is_missing(history.mean[i - 1])) known.last_demand = history.time_at(i);
  }
  return known;
}

std::vector<planning::Consumption> consumption(const Knowledge& known, std::span<const double> capacity,
                                               double utilisation, Timestamp from) {
  std::vector<planning::Consumption> spent;
  const forecast::History& history = known.history;
  const double minutes = std::max(1.0, static_cast<double>(history.interval.count()) / 60.0);
  for (std::size_t i = index_after(history, from); i < history.size(); ++i) {
    const double demand = history.mean[i];
    if (is_missing(demand) || is_missing(capacity[i])) continue;
    const double limit = utilisation * capacity[i];
    spent.push_back({history.time_at(i), demand, planning::violating_demand(demand, history.peak[i], minutes, limit)});
  }
  return spent;
}

double hourly_mean(const forecast::History& history) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = index_after(history, history.end() - kWeek); i < history.size(); ++i) {
    if (is_missing(history.mean[i])) continue;
    sum += history.mean[i];
    ++count;
  }
  const double per_hour = static_cast<double>(kHour.count()) / static_cast<double>(history.interval.count());
  return count == 0 ? 0 : sum / static_cast<double>(count) * per_hour;
}

std::vector<double> capacity_of_decisions(const forecast::History& history,
                                          std::span<const std::shared_ptr<const Record>> records) {
  std::vector<double> capacity(history.size(), kMissing);
  if (records.empty()) return capacity;
  for (std::size_t i = index_after(history, records.front()->decision.now); i < history.size(); ++i) {
    const Timestamp time = history.time_at(i);
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      const Decision& decision = (*record)->decision;
      if (decision.now > time) continue;
      // The decision in force when the oldest launch that may still be booting was asked for counts too.
      const double desired = decision.desired;
      capacity[i] = is_missing(capacity[i]) ? desired : std::min(capacity[i], desired);
      if (decision.now <= time - decision.lead_time) break;
    }
  }
  return capacity;
}

Coverage measure_coverage(const forecast::History& history, std::span<const std::shared_ptr<const Record>> records) {
  Coverage coverage;
  int within50 = 0;
  int within99 = 0;
  for (const auto& record : records) {
    const Decision& d = record->decision;
    const auto q50 = d.demand_quantiles.find(0.5);
    const auto q99 = d.demand_quantiles.find(0.99);
    if (q50 == d.demand_quantiles.end() || q99 == d.demand_quantiles.end()) continue;
    if (d.cover_window.start < history.start || d.cover_window.end > history.end()) continue;
    double peak = 0;
    for (std::size_t i = index_after(history, d.cover_window.start); i < index_after(history, d.cover_window.end);
         ++i) {
      peak = is_missing(history.peak[i]) ? kMissing : std::max(peak, history.peak[i]);
      if (is_missing(peak)) break;
    }
    if (is_missing(peak)) continue;
    ++coverage.windows;
    within50 += peak <= q50->second ? 1 : 0;
    within99 += peak <= q99->second ? 1 : 0;
  }
  if (coverage.windows > 0) {
    coverage.at50 = static_cast<double>(within50) / coverage.windows;
    coverage.at99 = static_cast<double>(within99) / coverage.windows;
  }
  return coverage;
}

bool calibration_broken(const Coverage& coverage) {
  constexpr int kEnough = 144;  // half a day of five-minute ticks; a burst of an hour is not a broken calibration
  return coverage.windows >= kEnough && (coverage.at99 < 0.85 || coverage.at50 < 0.05);
}

}  // namespace almanac::control

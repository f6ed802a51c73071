#include "forecast/history.h"

#include <algorithm>
#include <cmath>

namespace almanac::forecast {
namespace {

constexpr double kSecondsOf(Duration d) {
  return static_cast<double>(d.count());
}

std::optional<double> busy_instances(const Row& row) {
  if (!row.cpu_utilization || !row.in_service_instances) return std::nullopt;
  return *row.cpu_utilization / 100.0 * *row.in_service_instances;
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::optional<double> estimate_unit_capacity(std::span<const Row> rows, Duration interval) {
  std::vector<double> ratios;
  for (const Row& row : rows) {
    const auto busy = busy_instances(row);
    if (!busy || !row.request_count || *row.request_count <= 0) continue;
    if (*row.cpu_utilization < 10 || *row.cpu_utilization > 90) continue;
    ratios.push_back(*row.request_count / kSecondsOf(interval) / *busy);
  }
  if (ratios.size() < 12) return std::nullopt;
  return median_of(std::move(ratios));
}

History build_history(std::span<const Row> rows, Duration interval, std::optional<double> unit_capacity) {
  History history;
  history.interval = interval;
  if (rows.empty()) return history;
  history.start = floor_to(rows.front().start, interval);
  const auto n = static_cast<std::size_t>((floor_to(rows.back().start, interval) - history.start) / interval) + 1;
  history.mean.assign(n, kMissing);
  history.peak.assign(n, kMissing);
  history.network.assign(n, kMissing);
  history.active.assign(n, kMissing);
  add_rows(history, rows, unit_capacity);
  return history;
}

void add_rows(History& history, std::span<const Row> rows, std::optional<double> unit_capacity) {
  const Duration interval = history.interval;
  for (const Row& row : rows) {
    const auto i = static_cast<std::size_t>((floor_to(row.start, interval) - history.start) / interval);
    history.network[i] = row.network_in.value_or(kMissing);
    history.active[i] = row.is_sale_active.value_or(kMissing);
    if (unit_capacity && row.request_count) {
      const double scale = 1.0 / kSecondsOf(interval) / *unit_capacity;
      history.mean[i] = *row.request_count * scale;
      history.peak[i] = std::max(history.mean[i], row.request_peak.value_or(*row.request_count) * scale);
    } else if (const auto busy = busy_instances(row)) {
      history.mean[i] = history.peak[i] = *busy;
    }
  }
}

}  // namespace almanac::forecast

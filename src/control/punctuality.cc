#include "control/punctuality.h"

#include <algorithm>
#include <vector>

namespace almanac::control {
namespace {

constexpr int kTicksBefore = 3;     // whose best says what to wait for
constexpr int kNothingToAwait = 3;  // intervals: metrics that are older hold anyway
constexpr std::size_t kEnough = 12;

std::optional<Duration> age_of(const records::Record& record) {
  if (!record.decided_at || !record.metrics_until) return std::nullopt;
  return *record.decided_at - *record.metrics_until;
}

// How many whole intervals the metrics of a decision were behind its tick.
int lag_of(const records::Record& record, Duration interval) {
  if (!record.metrics_until) return kNothingToAwait;
  const auto behind = (record.decision.now - *record.metrics_until) / interval;
  return static_cast<int>(std::clamp<long long>(behind, 0, kNothingToAwait));
}

// How long after its time a tick is decided at the latest.
Duration patience(Duration interval) {
  return std::max(Duration{0}, interval - kMinute);
}

Duration round_to_minutes(Duration value) {
  return (value + kMinute / 2) / kMinute * kMinute;
}

}  // namespace

std::optional<Timestamp> whole_until(std::span<const Row> rows, Duration interval) {
  if (rows.empty()) return std::nullopt;
  const Timestamp hour_ago = rows.back().start - kHour;
  const auto first =
      std::upper_bound(rows.begin(), rows.end(), hour_ago, [](Timestamp t, const Row& row) { return t < row.start; });
  const auto any = [&](auto has) { return std::any_of(first, rows.end(), has); };
  // Requests that are 0 throughout are a placeholder, and say nothing.
  const bool counted = any([](const Row& row) { return row.request_count.value_or(0) > 0; });
  const bool has_group = any([](const Row& row) { return row.cpu_utilization && row.in_service_instances; });
  for (auto row = rows.end(); row != first;) {
    --row;
    const bool whole = counted     ? row->request_count.has_value()
                       : has_group ? row->cpu_utilization && row->in_service_instances
                                   : row->cpu_utilization.has_value();
    if (whole) return row->start + interval;
  }
  return std::nullopt;
}

Punctuality punctuality(std::span<const std::shared_ptr<const records::Record>> recent, Timestamp tick,
                        Duration interval) {
  Punctuality usual;
  std::vector<const records::Record*> dated;  // newest first
  for (auto record = recent.rbegin(); record != recent.rend(); ++record) {
    const Decision& d = (*record)->decision;
    if (d.now >= tick || d.now < tick - kDay || d.dry_run || !(*record)->decided_at) continue;
    dated.push_back(record->get());
  }
  if (dated.empty()) return usual;
  const auto before = std::span(dated).first(std::min<std::size_t>(dated.size(), kTicksBefore));
  usual.lag = kNothingToAwait;
  for (const records::Record* record : before) usual.lag = std::min(usual.lag, lag_of(*record, interval));
  // Metrics that have become faster are noticed once an hour.
  const bool anew = tick == floor_to(tick, kHour);
  if (anew) usual.lag = 0;

  std::optional<Duration> soonest;
  std::vector<Duration> ages;
  for (const records::Record* record : dated) {
    const auto age = age_of(*record);
    if (age && *age < interval * (kNothingToAwait + 1)) ages.push_back(*age);
    const Duration after = *record->decided_at - record->decision.now;
    const bool in_vain = lag_of(*record, interval) > 0 && after >= patience(interval);
    if (record->decision.now < tick - kHour || lag_of(*record, interval) > usual.lag || in_vain) continue;
    if (!soonest || after < *soonest) soonest = after;
  }
  if (soonest && !anew) usual.first_look = std::max(Duration{0}, *soonest / kMinute * kMinute);
  if (ages.size() < kEnough) return usual;
  const std::size_t rank = (ages.size() * 9 + 9) / 10;  // ceil(0.9 n), from 1
  std::nth_element(ages.begin(), ages.begin() + static_cast<std::ptrdiff_t>(rank - 1), ages.end());
  usual.age = round_to_minutes(ages[rank - 1]);
  return usual;
}

bool is_due(const Punctuality& usual, Timestamp tick, Timestamp now, std::optional<Timestamp> whole,
            Duration interval) {
  if (usual.lag >= kNothingToAwait) return true;
  if (whole && *whole >= tick - interval * usual.lag) return true;
  return now >= tick + patience(interval);
}

}  // namespace almanac::control

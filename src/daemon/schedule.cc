#include "daemon/schedule.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace almanac::daemon {
namespace {

struct Mean {
  double sum = 0;
  int count = 0;
};

std::optional<int> least(const std::array<Mean, 24>& hours) {
  std::optional<int> best;
  for (int hour = 0; hour < 24; ++hour) {
    const Mean& mean = hours[static_cast<std::size_t>(hour)];
    if (mean.count == 0) return std::nullopt;  // not a whole day is known
    const auto value = [&](int h) {
      const Mean& m = hours[static_cast<std::size_t>(h)];
      return m.sum / m.count;
    };
    if (!best || value(hour) < value(*best)) best = hour;
  }
  return best;
}

}  // namespace

int quiet_hour(std::span<const Row> rows) {
  constexpr int kUsual = 3;
  std::array<Mean, 24> requests, cpu;
  const auto add = [](std::array<Mean, 24>& hours, Timestamp start, const std::optional<double>& value) {
    if (!value) return;
    Mean& mean = hours[static_cast<std::size_t>((start - floor_to(start, kDay)) / kHour)];
    mean.sum += *value;
    ++mean.count;
  };
  for (const Row& row : rows) {
    add(requests, row.start, row.request_count);
    add(cpu, row.start, row.cpu_utilization);
  }
  if (const auto hour = least(requests)) return *hour;
  return least(cpu).value_or(kUsual);
}

Duration training_jitter(std::string_view group) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : group) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash ^= hash >> 32U;
  return Duration{static_cast<long long>(hash % static_cast<std::uint64_t>(kHour.count()))};
}

Timestamp next_training(std::optional<Timestamp> trained_until, int hour, Duration jitter, Timestamp now) {
  const Duration at = hour * kHour + jitter;
  Timestamp last = floor_to(now, kDay) + at;
  if (last > now) last -= kDay;
  if (!trained_until || *trained_until <= last - kDay) return now;
  return last + kDay;
}

TickDue tick_due(std::optional<Timestamp> last, Timestamp now, Duration interval) {
  const Timestamp tick = floor_to(now, interval);
  TickDue due;
  due.next = tick + interval;
  if (!last || tick > *last) {
    due.tick = tick;
    if (last) due.missed = (tick - *last) / interval - 1;
  } else if (tick < *last) {
    due.clock_went_back = *last - now >= interval;
    if (due.clock_went_back) {
      due.tick = tick;
    } else {
      due.next = *last + interval;
    }
  }
  return due;
}

}  // namespace almanac::daemon

#include "insight/load_trace.h"

#include <algorithm>

#include "core/series.h"

namespace almanac::insight {

simulation::Trace load_trace(const control::Knowledge& known, TimeRange range) {
  const forecast::History& history = known.history;
  const auto minutes = static_cast<std::size_t>(std::max<long long>(1, history.interval / kMinute));
  const auto index = [&](Timestamp t) {
    const Timestamp inside = std::clamp(t, history.start, history.end());
    return static_cast<std::size_t>((inside - history.start) / history.interval);
  };
  const std::size_t first = index(range.start), end = index(range.end);
  simulation::Trace trace;
  trace.name = "history";
  trace.native_step = kMinute;
  trace.demand.start = history.time_at(first);
  trace.demand.step = kMinute;
  Series network{trace.demand.start, kMinute, {}};
  const double count = static_cast<double>(minutes);
  for (std::size_t i = first; i < end; ++i) {
    const double mean = history.mean[i];
    const double peak = is_missing(history.peak[i]) ? mean : std::min(history.peak[i], count * mean);
    const double rest = minutes > 1 ? (mean * count - peak) / (count - 1) : mean;
    for (std::size_t minute = 0; minute < minutes; ++minute) {
      trace.demand.values.push_back(minutes > 1 && minute == minutes / 2 ? peak : rest);
      network.values.push_back(history.network[i] / count);
    }
  }
  trace.metrics.emplace("network_in", std::move(network));
  return trace;
}

}  // namespace almanac::insight

#include "planning/observe.h"

#include <algorithm>

#include "core/series.h"
#include "forecast/growth.h"

namespace almanac::planning {
namespace {

std::optional<double> highest(std::span<const double> values) {
  std::optional<double> best;
  for (const double value : values) {
    if (!is_missing(value) && (!best || value > *best)) best = value;
  }
  return best;
}

}  // namespace

std::size_t KnownLoad::index_from(Timestamp t) const {
  if (t <= start) return 0;
  const auto steps = (t - start + interval - Duration{1}) / interval;
  return std::min(size(), static_cast<std::size_t>(steps));
}

KnownLoad KnownLoad::until(Timestamp t) const {
  const std::size_t count = index_from(t);
  return {start, interval, mean.first(count), peak.first(count)};
}

std::optional<Timestamp> KnownLoad::newest() const {
  for (std::size_t i = size(); i > 0; --i) {
    if (!is_missing(mean[i - 1])) return time_at(i);
  }
  return std::nullopt;
}

KnownLoad load_of(const forecast::History& history) {
  return {history.start, history.interval, history.mean, history.peak};
}

Observation observe(Observation group, const KnownLoad& load, Timestamp now, const calendar::Calendar& calendar,
                    Duration cover) {
  Observation seen = std::move(group);
  seen.cover = cover;
  const KnownLoad past = load.until(now);
  const auto newest = past.newest();
  seen.metrics_age = newest ? now - *newest : kNeverKnown;
  seen.recent_demand.reset();
  seen.recent_growth = 1;
  if (newest && !is_stale(seen, load.interval)) {
    const auto known = past.mean.first(past.index_from(*newest));
    seen.recent_demand = known.back();
    seen.recent_growth =
        forecast::growth_over(known, load.interval, static_cast<std::size_t>(seen.metrics_age / load.interval));
  }
  const auto peaks_since = [&](Duration back) { return past.peak.subspan(past.index_from(now - back)); };
  seen.recent_peak = highest(peaks_since(load.interval * kStaleIntervals));
  seen.max_28_days = highest(peaks_since(28 * kDay));
  seen.events = calendar.between({now, now + cover});
  return seen;
}

bool is_stale(const Observation& seen, Duration interval) {
  return seen.metrics_age >= interval * kStaleIntervals;
}

}  // namespace almanac::planning

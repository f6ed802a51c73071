#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "calendar/calendar.h"
#include "core/time.h"
#include "forecast/history.h"
#include "planning/planner.h"

namespace almanac::planning {

// A group's demand as it is known at some time: of each interval [start + i x interval, + interval) the mean and the
// highest minute, in busy instances, kMissing where unknown. Both have one length. Nothing is owned.
struct KnownLoad {
  Timestamp start{};
  Duration interval{300};
  std::span<const double> mean, peak;

  std::size_t size() const { return mean.size(); }
  Timestamp time_at(std::size_t i) const { return start + interval * static_cast<long long>(i); }
  Timestamp end() const { return time_at(size()); }
  // The first interval that begins at `t` or later; size() behind the last.
  std::size_t index_from(Timestamp t) const;
  // The load as it was known when the intervals from `t` on were not.
  KnownLoad until(Timestamp t) const;
  // The end of the newest interval with a mean; empty where there is none.
  std::optional<Timestamp> newest() const;
};

KnownLoad load_of(const forecast::History& history);

// Metrics are stale when the last so many intervals hold no demand: what forecasts are relative to.
inline constexpr int kStaleIntervals = 3;

// `group`, of which name, unit, capacities, lead time and what people set are known, with what is known of its load at
// `now`: the newest demand of the last three intervals and what it may have grown by unseen, the highest minutes of the
// last 15 minutes and 28 days, and the events that touch [now, now + cover). Production, training and backtests see
// through this function alone.
Observation observe(Observation group, const KnownLoad& load, Timestamp now, const calendar::Calendar& calendar,
                    Duration cover);

// Whether so little is known of the last intervals that nothing may be forecast from it.
bool is_stale(const Observation& seen, Duration interval);

}  // namespace almanac::planning

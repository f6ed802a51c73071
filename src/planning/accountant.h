#pragma once

#include <span>
#include <vector>

#include "core/time.h"
#include "planning/error_budget.h"
#include "planning/observe.h"
#include "planning/planner.h"

namespace almanac::planning {

// The accountant of the error budget: what capacity served, what of the demand it met violated, and what the hours that
// are over cost. Production counts with it what was in service, training and backtests what would have been.

// A capacity that was asked for, and how long a launch took then.
struct Asked {
  Timestamp at{};
  double capacity = 0;
  Duration lead_time{0};
};

// What serves in each interval of a group that does what it is asked, a launch later: the least that was in force in
// the lead time before the interval begins. `asked` ascends. One value for each interval of `load`, kMissing before
// `from` and before anything was asked.
std::vector<double> served(const KnownLoad& load, std::span<const Asked> asked, Timestamp from);

// What each interval from `from` on spent, with `capacity` in service (one value for each interval of `load`); those of
// which demand or capacity is missing are left out.
std::vector<Consumption> consumption(const KnownLoad& load, std::span<const double> capacity, double utilisation,
                                     Timestamp from);

// Mean demand per hour over the week before `now`, busy instances x intervals; 0 where nothing is known.
double hourly_mean(const KnownLoad& load, Timestamp now);

// Counts the hours that are over at `now` and not counted yet, with `capacity` in service as above. A budget that never
// counted begins with the present hour.
ErrorBudget account(ErrorBudget budget, const KnownLoad& load, std::span<const double> capacity, const Policy& policy,
                    Timestamp now);

}  // namespace almanac::planning

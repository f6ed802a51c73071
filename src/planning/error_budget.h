#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/time.h"

namespace almanac::planning {

// The prices of violating demand between which the knob moves: instances worth paying to spare one busy instance of
// violating demand. 22 points geometric from 0.6 to 120, then 250, 600, 2000, 30000.
std::span<const double> lambda_grid();

// The knob of the error-budget controller: a position on lambda_grid(), moved once an hour by how much of the budget
// the hour consumed. No constants for the user to tune. Idempotent: an hour that was already counted is not counted
// again.
struct ErrorBudget {
  double position = 16;  // 0 .. 25, fractional positions interpolate capacity between neighbours
  double hours = 0;      // hours since the start; the gain falls with it
  std::optional<Timestamp> counted_until;

  bool operator==(const ErrorBudget&) const = default;
};

ErrorBudget initial_budget(double objective);

// What one finished interval consumed.
struct Consumption {
  Timestamp start;
  double demand = 0;     // busy instances x intervals
  double violating = 0;  // the part of it that met a utilisation above the objective's
};

// What an interval's row says of violating demand: `mean` and `peak` (its highest minute) in busy instances, `limit`
// the demand that the capacity in service serves at the objective's utilisation. An interval whose mean is above the
// limit violates whole; one with only its peak minute above it, by that minute.
double violating_demand(double mean, double peak, double minutes, double limit);

// Counts the finished hours in `consumption` (ascending, one entry an interval) after budget.counted_until.
// daily_mean: mean demand per hour over the last 7 days, in the unit of Consumption::demand per hour.
ErrorBudget count_hours(ErrorBudget budget, std::span<const Consumption> consumption, double objective,
                        double hourly_mean);

}  // namespace almanac::planning

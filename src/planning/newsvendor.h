#pragma once

#include <vector>

#include "core/distribution.h"

namespace almanac::planning {

// The number of instances n in [1, ...] that minimises  n + lambda * E[Y; Y > utilisation * n]:  paying for n against
// paying for the demand expected to meet a utilisation above the objective's (a newsvendor). `peak` in busy instances
// and not empty; lambda >= 0 in instances per busy instance; grows with lambda.
int newsvendor_capacity(const Distribution& peak, double lambda, double utilisation);

// The same for every lambda of lambda_grid(), ascending.
std::vector<int> capacity_curve(const Distribution& peak, double utilisation);

// The fractional position of a price on lambda_grid(), by its logarithm; the ends for what lies outside.
double position_of(double lambda);

// Capacity at a fractional position on lambda_grid(): linear between the neighbours, rounded up.
int capacity_at(const std::vector<int>& curve, double position);

}  // namespace almanac::planning

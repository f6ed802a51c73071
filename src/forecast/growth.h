#pragma once

#include <cstddef>
#include <span>

#include "core/time.h"

namespace almanac::forecast {

// The factor by which demand may have grown in so many intervals that nobody has seen yet: what one of twenty rises of
// the group exceeded over that span in the last 28 days of `mean` (mean demand of each interval, busy instances,
// kMissing where unknown), at least 1. While fewer than a day of such pairs is known, a quarter an interval. It applies
// to demand plus a tenth of an instance, as forecasts do, so that an idle night makes no mountains.
double growth_over(std::span<const double> mean, Duration interval, std::size_t intervals);

// `demand` after that growth.
double grown(double demand, double factor);

}  // namespace almanac::forecast

#pragma once

#include "adapters/prometheus/prometheus_metric_source.h"
#include "core/finding.h"

namespace almanac::adapters::prometheus {

// What `almanac doctor` says of a source: whether the server answers and what it is; of each query that it gives one
// series, its newest value and how much of the last hour is known, and what looks like another unit.
Findings examine(const PrometheusMetricSource& source, Timestamp now);

}  // namespace almanac::adapters::prometheus

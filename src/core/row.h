#pragma once

#include <optional>

#include "core/time.h"

namespace almanac {

// What was observed in one finished interval [start, start + interval). An empty optional is a missing value; it is
// never the same as zero.
struct Row {
  Timestamp start;
  std::optional<double> cpu_utilization;       // %, average over in-service instances, 0..100
  std::optional<double> network_in;            // bytes received in the interval, all instances
  std::optional<double> request_count;         // requests in the interval
  std::optional<double> is_sale_active;        // number of active calendar events (0/1 in older history)
  std::optional<double> in_service_instances;  // average number of instances in service
  std::optional<double> request_peak;          // highest 1-minute request count of the interval x 5 (per 5 minutes)

  bool operator==(const Row&) const = default;
};

}  // namespace almanac

#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/row.h"
#include "core/time.h"

namespace almanac::ports {

// Where observations come from: a simulated group, a CSV replay, the metrics service of a cloud.
class MetricSource {
 public:
  virtual ~MetricSource() = default;

  // One row for each interval of the grid that starts in `range` and about which anything is known, ascending; `range`
  // is aligned to `interval` and holds finished intervals only; of others nothing is told. A value the source does not
  // know is missing in its row, never 0; is_sale_active is always missing (the collector joins the calendar).
  // unavailable, throttled, permission_denied.
  virtual Result<std::vector<Row>> read(TimeRange range, Duration interval) = 0;

  // What the source knows of `range`, which was read before, but could not give, each for people to read.
  virtual std::vector<std::string> left_out(TimeRange /*range*/) const { return {}; }
};

}  // namespace almanac::ports

#pragma once

#include <map>
#include <optional>
#include <vector>

#include "ports/metric_source.h"

namespace almanac::ports {

// Metrics that a test states by hand.
class FakeMetricSource final : public MetricSource {
 public:
  Result<std::vector<Row>> read(TimeRange range, Duration) override {
    reads.push_back(range);
    if (failure && (!fail_from || range.end > *fail_from)) return tl::unexpected(*failure);
    std::vector<Row> found;
    for (auto row = rows.lower_bound(range.start); row != rows.end() && row->first < range.end; ++row) {
      found.push_back(row->second);
    }
    return found;
  }

  void put(const Row& row) { rows[row.start] = row; }

  std::map<Timestamp, Row> rows;
  std::optional<Error> failure;        // every read fails so ...
  std::optional<Timestamp> fail_from;  // ... or only those that reach beyond this time
  std::vector<TimeRange> reads;
};

}  // namespace almanac::ports

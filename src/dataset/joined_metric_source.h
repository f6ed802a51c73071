#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/metric_source.h"

namespace almanac::dataset {

// Rows whose columns come from several sources: CPU from one place, requests from another. Each column has one source,
// so what it means never depends on who answered.
//
// A source that fails leaves its columns missing (never 0, and never filled by another), the others' rows are given,
// and failures() names it. Only where all fail read() does, with the first one's error.
class JoinedMetricSource final : public ports::MetricSource {
 public:
  struct Part {
    std::string name;                  // for people: "cloudwatch"
    std::vector<std::string> columns;  // that it feeds, as kFields calls them; no two parts have one in common
    std::shared_ptr<ports::MetricSource> source;
  };
  explicit JoinedMetricSource(std::vector<Part> parts) : parts_(std::move(parts)) {}

  Result<std::vector<Row>> read(TimeRange range, Duration interval) override;
  std::vector<std::string> left_out(TimeRange range) const override;
  std::vector<Error> failures(TimeRange range) const override;

 private:
  struct Failure {
    TimeRange range;
    Error error;
  };
  std::vector<Part> parts_;
  std::vector<Failure> failures_;  // of ranges that were not read again since
};

}  // namespace almanac::dataset

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dataset/intervals.h"
#include "ports/metric_source.h"

namespace almanac::adapters {

// Replays a CSV file as if its rows were observed now: whatever dataset::parse_rows reads, of any spacing, in a file
// that another system appends to or replaces. A last line that has no line end yet is left for the next reading. The
// file is read again only when its size or time of change is another. What the last row says is given once `range`
// reaches its end: until then it may still grow (an hour's row that another system keeps up to date).
//
// not_found when there is no such file, invalid_input when it cannot be read as rows, permission_denied.
class CsvMetricSource final : public ports::MetricSource {
 public:
  explicit CsvMetricSource(std::filesystem::path path) : path_(std::move(path)) {}

  Result<std::vector<Row>> read(TimeRange range, Duration interval) override;

  // Rows that cover too little of their interval.
  std::vector<std::string> left_out(TimeRange range) const override;

  // What was odd in the file when it was read last.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  Result<void> refresh(Duration interval);

  std::filesystem::path path_;
  std::string version_;  // of the file that `rows_` come from
  Duration interval_{0};
  std::vector<Row> rows_;
  TimeRange last_row_{};  // the intervals that the file's last row reaches into
  std::vector<dataset::Uncovered> uncovered_;
  std::vector<std::string> warnings_;
};

}  // namespace almanac::adapters

#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataset/intervals.h"
#include "dataset/lines_ahead.h"
#include "ports/clock.h"
#include "ports/metric_source.h"

namespace almanac::adapters {

// Replays a CSV file as if its rows were observed now: whatever dataset::parse_rows reads, of any spacing, in a file
// that another system appends to or replaces. A last line that has no line end yet is left for the next reading. The
// file is read again only when its size or time of change is another. What the last row says is given once `range`
// reaches its end: until then it may still grow (an hour's row that another system keeps up to date). Rows that lie
// ahead of the clock by mistake (dataset/lines_ahead.h) are left out and named by left_out().
//
// not_found when there is no such file, invalid_input when it cannot be read as rows, permission_denied.
class CsvMetricSource final : public ports::MetricSource {
 public:
  CsvMetricSource(std::filesystem::path path, std::shared_ptr<const ports::Clock> clock)
      : path_(std::move(path)), clock_(std::move(clock)) {}

  Result<std::vector<Row>> read(TimeRange range, Duration interval) override;

  // Rows that cover too little of their interval, and, whatever the range, those that lie ahead by mistake.
  std::vector<std::string> left_out(TimeRange range) const override;

  // What was odd in the file when it was read last.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  Result<void> refresh(Duration interval);

  std::filesystem::path path_;
  std::shared_ptr<const ports::Clock> clock_;
  std::string version_;  // of the file that `rows_` come from
  Duration interval_{0};
  TimeRange holds_at_{};  // the times at which the file would be understood as it was
  std::vector<Row> rows_;
  TimeRange last_row_{};  // the intervals that the file's last row reaches into
  std::vector<dataset::Uncovered> uncovered_;
  std::optional<dataset::LinesAhead> ahead_;
  std::vector<std::string> warnings_;
};

}  // namespace almanac::adapters

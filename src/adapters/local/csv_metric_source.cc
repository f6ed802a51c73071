#include "adapters/local/csv_metric_source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "adapters/local/file.h"
#include "dataset/csv.h"
#include "dataset/grid.h"
#include "dataset/intervals.h"

namespace almanac::adapters {
namespace {

Result<std::string> version_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return tl::unexpected(system_error(errno, "cannot open", path));
  return fmt::format("{}:{}:{}:{}.{}", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec);
}

}  // namespace

Result<void> CsvMetricSource::refresh(Duration interval) {
  // The version is taken before the bytes: a change in between is seen next time.
  const auto version = version_of(path_);
  if (!version) return tl::unexpected(version.error());
  const Timestamp now = clock_->now();
  if (*version == version_ && interval == interval_ && holds_at_.contains(now)) return {};
  const auto text = read_file(path_);
  if (!text) return tl::unexpected(text.error());
  auto parsed = dataset::parse_rows(*text, path_.string(), {.skip_unterminated = true});
  if (!parsed) return tl::unexpected(parsed.error());
  ahead_ = dataset::take_out_lines_ahead(*parsed, now);
  holds_at_ = {now, ahead_ ? ahead_->earliest_start + Duration{1} : Timestamp::max()};
  if (parsed->period) {
    if (auto apart = dataset::check_step(*parsed, *parsed->period, "the file's period", path_.string()); !apart)
      return tl::unexpected(apart.error());
  }
  const dataset::Spacing spacing = dataset::spacing_of(*parsed, interval);
  rows_ = dataset::resample(parsed->rows, spacing.of_row, interval);
  uncovered_ = dataset::uncovered(parsed->rows, spacing.of_row, rows_, interval);
  last_row_ = {};
  if (!parsed->rows.empty()) {
    const Timestamp last = parsed->rows.back().start;
    last_row_ = {floor_to(last, interval), last + spacing.of_row.back()};
  }
  for (Row& row : rows_) row.is_sale_active.reset();  // the calendar's business, not the metrics'
  warnings_ = std::move(parsed->warnings);
  version_ = *version;
  interval_ = interval;
  return {};
}

Result<std::vector<Row>> CsvMetricSource::read(TimeRange range, Duration interval) {
  if (auto fresh = refresh(interval); !fresh) return tl::unexpected(fresh.error());
  std::vector<Row> rows;
  // Of a row that is longer than the interval, the file may hold only what has come of it so far.
  const bool runs = last_row_.end > range.end;
  std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(rows),
               [&](const Row& row) { return range.contains(row.start) && !(runs && last_row_.contains(row.start)); });
  return rows;
}

std::vector<std::string> CsvMetricSource::left_out(TimeRange range) const {
  std::vector<std::string> texts;
  if (ahead_) texts.push_back(describe(*ahead_, path_.string(), clock_->now()));
  for (dataset::Uncovered few : uncovered_) {
    // To the interval of the last row more may come.
    std::erase_if(few.starts, [&](Timestamp t) { return !range.contains(t) || last_row_.contains(t); });
    if (!few.starts.empty()) texts.push_back(fmt::format("{}: {}", path_.string(), describe(few, interval_)));
  }
  return texts;
}

}  // namespace almanac::adapters

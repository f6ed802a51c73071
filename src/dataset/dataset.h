#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/row.h"
#include "core/time.h"
#include "ports/object_store.h"

namespace almanac::dataset {

// What an append did, in rows.
struct AppendSummary {
  std::size_t added = 0;      // intervals that were not there
  std::size_t changed = 0;    // intervals that were there and got a value that was missing or different
  std::size_t unchanged = 0;  // intervals that were there and say the same already
};

// Rows of a time that has not come: a mistyped date, or a clock that went back since they were written.
struct RowsAhead {
  std::size_t rows = 0;
  TimeRange range{};  // from the first one's start to the last one's end

  bool operator==(const RowsAhead&) const = default;
};

// The history of one group: rows kept in month files `<group>/multi_metric_data/YYYY-MM.csv`. A single
// `<group>/multi_metric_data.csv`, left by an earlier system, is read as older history, resampled to the interval as an
// import is (where both know a value, the month file's counts), and never written.
//
// Any number of Datasets, in threads and processes, may work on one group at once: each month file is replaced whole,
// by a conditional put, and merged again when another writer came first. One Dataset object belongs to one thread; it
// keeps the last month files that it touched in memory (checked by etag), so that a tick parses nothing twice.
//
// Errors, beside those of the store: corrupt, which names the file and the line, when a stored file cannot be read;
// such a file is left as it is.
class Dataset {
 public:
  static constexpr Timestamp kFirstTime{Duration{0}};
  static constexpr Timestamp kEndOfTime = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + kDay;

  // `store` must outlive the dataset; `interval` > 0 is the grid of the rows.
  Dataset(ports::ObjectStore& store, std::string group, Duration interval);

  // Merges rows (in any order) into the history: a value that a row knows replaces the one that is there, a missing one
  // does not. Doing it again changes nothing. Costs one read and one write a month touched, whatever the length of the
  // history. Rows of several months are written month by month, ascending: after an error the earlier months may be
  // there; append again.
  //
  // invalid_input, and nothing is written, for a row off the interval's grid, outside of 1970..9999 or with a value
  // that is negative or not finite. conflict only when many attempts all met another writer.
  Result<AppendSummary> append(std::span<const Row> rows);
  Result<AppendSummary> append(const Row& row) { return append(std::span(&row, 1)); }

  // Rows that start in `range`, ascending; intervals about which nothing is known are left out.
  Result<std::vector<Row>> read(TimeRange range);
  Result<std::vector<Row>> read_all();

  // Differs from what it was when a file that holds rows of `range` has changed (in whatever part). Reads the files,
  // but parses none.
  Result<std::string> version(TimeRange range);

  // Start of the latest interval in month files that starts before `before`; empty without one. What the single older
  // file knows does not count: a collector that begins beside it reads what its source knows of the same time.
  Result<std::optional<Timestamp>> last_collected(Timestamp before);

  // The same of everything known: the older file counts while there is no such row in a month file.
  Result<std::optional<Timestamp>> last_row_time(Timestamp before = kEndOfTime);

  // Rows of month files that start after `now`.
  Result<std::optional<RowsAhead>> rows_after(Timestamp now);

  // Rows of month files that start in `range`, without the older file's: what remove() would take.
  Result<std::vector<Row>> removable(TimeRange range);

  // Takes the rows that start in `range` out of their month files, month by month, and returns them. Before each write
  // `keep` gets what will go, several times where other writers come between; an error of it ends the removal.
  using Keep = std::function<Result<void>(std::span<const Row>)>;
  Result<std::vector<Row>> remove(TimeRange range, const Keep& keep);

  // What was odd in the files read since the last call; a file reports whenever it is parsed.
  std::vector<std::string> take_warnings();

  const std::string& group() const { return group_; }
  Duration interval() const { return interval_; }

 private:
  struct File {
    std::string etag;
    std::vector<Row> rows;
    std::string unwritable;  // why the file must not be rewritten; empty when it may
  };
  struct Loaded {
    const File* file = nullptr;  // null when there is no such object; valid until the next load
    std::string bytes;
  };

  Result<Loaded> load(const std::string& key);
  const File& remember(const std::string& key, File file);
  Result<std::vector<std::chrono::year_month>> months();
  Result<AppendSummary> append_to_month(std::chrono::year_month month, std::span<const Row> rows);
  Result<std::vector<std::chrono::year_month>> months_of(TimeRange range);
  Result<std::vector<Row>> read_months(TimeRange range);
  Result<std::vector<Row>> remove_from_month(std::chrono::year_month month, TimeRange range, const Keep& keep);
  std::string month_key(std::chrono::year_month month) const;
  std::string older_key() const;

  ports::ObjectStore& store_;
  std::string group_;
  Duration interval_;
  std::map<std::string, File> cache_;
  std::vector<std::string> recent_;  // keys of cache_, the latest used last
  std::vector<std::string> warnings_;
};

}  // namespace almanac::dataset

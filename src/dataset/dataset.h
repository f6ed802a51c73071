#pragma once

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

// The history of one group: rows kept in month files `<group>/multi_metric_data/YYYY-MM.csv`. A single
// `<group>/multi_metric_data.csv`, left by an earlier system, is read as older history (where both know a value, the
// month file's counts) and never written.
//
// Any number of Datasets, in threads and processes, may work on one group at once: each month file is replaced whole,
// by a conditional put, and merged again when another writer came first. One Dataset object belongs to one thread; it
// keeps the last month files that it touched in memory (checked by etag), so that a tick parses nothing twice.
//
// Errors, beside those of the store: corrupt, which names the file and the line, when a stored file cannot be read;
// such a file is left as it is.
class Dataset {
 public:
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

  // Start of the latest interval known; empty without history. The single older file counts only while there is no row
  // in a month file.
  Result<std::optional<Timestamp>> last_row_time();

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
  Result<std::vector<Row>> read_months(std::span<const std::chrono::year_month> months, TimeRange range);
  std::string month_key(std::chrono::year_month month) const;

  ports::ObjectStore& store_;
  std::string group_;
  Duration interval_;
  std::map<std::string, File> cache_;
  std::vector<std::string> recent_;  // keys of cache_, the latest used last
  std::vector<std::string> warnings_;
};

}  // namespace almanac::dataset

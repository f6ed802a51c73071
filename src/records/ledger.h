#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "ports/object_store.h"
#include "records/record.h"

namespace almanac::records {

// The record of decisions, one line a tick, in one object a UTC day: <group>/decisions/YYYY-MM-DD.jsonl
// (docs/decisions/0001-ledger-day-files.md). Lines are only ever appended; what changes later is the outcome
// of a line that was still open, and whether its messages went out. Safe with several writers: every put is conditional
// and retried on the newer version. A damaged line is kept as it is and skipped.
class Ledger {
 public:
  // What between() remembers of the days it read: all, or of all but a day's last decisions only the numbers (times,
  // quantiles, capacities, health), which is what a process that keeps a thousand groups can afford.
  enum class Keeps { all, numbers };
  Ledger(ports::ObjectStore& store, std::string group, Keeps keeps = Keeps::all)
      : keeps_(keeps), store_(store), group_(std::move(group)) {}

  struct Added {
    Record record;  // what the ledger holds for the tick now
    bool is_new;    // false: the tick had been decided before, and `record` is that decision
  };
  // Adds the record unless its (now, dry_run) is there already.
  Result<Added> add(const Record& record);
  // Sets the outcome of the line at (now, dry_run) if it is open or refused; any other is left alone. not_found.
  Result<void> complete(Timestamp now, bool dry_run, const Outcome& outcome);
  // Sets notices and conditions of the line at (now, dry_run). not_found.
  Result<void> annotate(Timestamp now, bool dry_run, const std::vector<std::string>& notices,
                        const std::vector<Condition>& conditions);

  // The decision of exactly this tick.
  Result<std::optional<Record>> find(Timestamp now, bool dry_run) const;
  // The latest record at or before `time` that `accept` takes.
  Result<std::optional<Record>> latest(
      Timestamp time, const std::function<bool(const Record&)>& accept = [](const Record&) { return true; }) const;
  // Records with now in `range`, in the order of the file. Shared with this object's memory of the days it read: a tick
  // looks at hundreds and must not copy them. With Keeps::numbers only the last real decisions of a day are whole.
  Result<std::vector<std::shared_ptr<const Record>>> between(TimeRange range);

 private:
  std::string key_of(Timestamp time) const;
  // Reads the day's object, lets `change` edit its bytes (false: nothing to do) and puts it back.
  Result<void> edit(Timestamp day, const std::function<Result<bool>(std::string& bytes)>& change);
  // Lets `change` edit the record at (now, dry_run) (false: nothing to do). not_found.
  Result<void> amend(Timestamp now, bool dry_run, const std::function<bool(Record&)>& change);
  // The records of one day's object. Lines that were parsed before are not parsed again; a day that is `over` is not
  // even read again.
  struct Line {
    std::size_t end;  // in `bytes`
    std::shared_ptr<const Record> record;
    bool whole = true;
  };
  static void keep_numbers(std::vector<Line>& lines);
  struct Day {
    std::string bytes;
    std::vector<Line> lines;
  };
  Result<const Day*> read_day(const std::string& key, bool over);

  Keeps keeps_;
  std::map<std::string, Day> days_;  // the last few read
  ports::ObjectStore& store_;
  std::string group_;
};

}  // namespace almanac::records

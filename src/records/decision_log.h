#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "ports/object_store.h"
#include "records/decision_point.h"
#include "records/record.h"

namespace almanac::records {

// A group's ledger for readers: the points of weeks of ticks from memory, whole records a few at a time. Days that are
// over are read once. Not thread-safe.
class DecisionLog {
 public:
  DecisionLog(ports::ObjectStore& store, std::string group) : store_(store), group_(std::move(group)) {}

  // The points with now in `range`, ascending, dry runs left out. Days of more than `kDaysKept` days are read anew
  // every time.
  Result<std::vector<DecisionPoint>> between(TimeRange range);

  // Whole records with now in `range`, newest first, dry runs left out, at most `limit`.
  Result<std::vector<Record>> newest(TimeRange range, std::size_t limit) const;

  // What a refresh after a tick needs, from the end of today's and yesterday's object only: the points from `since` on,
  // ascending, and the last real record at or before `until`.
  struct Tail {
    std::vector<DecisionPoint> points;
    std::optional<Record> latest;
  };
  Result<Tail> tail(Timestamp since, Timestamp until) const;

  static constexpr std::size_t kDaysKept = 40;

 private:
  struct Day {
    std::string etag;
    std::vector<DecisionPoint> points;
    bool over = false;  // it cannot grow any more
  };
  Result<const Day*> day_of(const std::string& key, bool over);
  std::string key_of(Timestamp time) const;

  ports::ObjectStore& store_;
  std::string group_;
  std::map<std::string, Day> days_;
};

}  // namespace almanac::records

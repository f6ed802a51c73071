#pragma once

#include <optional>
#include <string>

#include "control/knowledge.h"
#include "core/result.h"
#include "dataset/dataset.h"

namespace almanac::control {

// The rows that decisions at `tick` rest on; the beginning moves once a day.
inline TimeRange history_range(Timestamp tick) {
  return {floor_to(tick, kDay) - kHistoryKept, tick};
}

// What is known of a group, kept from tick to tick: know() of all the rows, to the bit, at the price of reading the
// last two days. The whole history is read again in the first tick of each hour, which is when an import or a backfill
// of older rows by another process is noticed.
class Memory {
 public:
  explicit Memory(GroupSettings settings) : settings_(std::move(settings)) {}

  struct Recalled {
    const Knowledge& known;        // valid until the next call
    Timestamp changed;             // rows that start before are what they were in the call before
    std::optional<Error> problem;  // why the rows could not be read: nothing is known
  };
  Recalled recall(dataset::Dataset& dataset, Timestamp until);

 private:
  std::optional<Timestamp> extend_known(dataset::Dataset& dataset, Timestamp until);

  GroupSettings settings_;
  std::optional<Knowledge> known_;
  std::string version_;  // of the files that held the older rows when they were read
};

}  // namespace almanac::control

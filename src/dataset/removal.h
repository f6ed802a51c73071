#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/row.h"
#include "core/time.h"
#include "dataset/dataset.h"
#include "ports/object_store.h"

namespace almanac::dataset {

struct Removal {
  std::vector<Row> rows;  // that went, or would
  std::string copy;       // key of the object that holds them; empty when nothing went
  std::size_t older = 0;  // intervals of the range that the single older file still knows: it is never written
};

// Takes the rows that start in `range` out of the dataset's history and keeps them as
// <group>/removed_rows/YYYYMMDDTHHMMSSZ.csv of `now`, which import_csv brings back. The copy is there before a row
// goes. `dry_run` only says what would go. Errors of the store; corrupt for a month file that cannot be read.
Result<Removal> remove_rows(ports::ObjectStore& store, Dataset& dataset, TimeRange range, Timestamp now, bool dry_run);

}  // namespace almanac::dataset

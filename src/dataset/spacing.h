#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/row.h"
#include "core/time.h"

namespace almanac::dataset {

// How long the rows of a file last: each of them on its own, since a file may hold hours, then minutes.
struct Spacing {
  struct Part {
    Duration step;
    std::size_t rows = 0;
  };

  std::vector<Duration> of_row;  // how long each row lasts; never past the start of the next one
  std::vector<Part> parts;       // the different spacings, the most frequent first; empty for no rows
  // Rows before a gap at which the spacing changes: they may last as long as the rows before them, which was assumed,
  // or as those after it.
  std::vector<Timestamp> unsure;

  // The most frequent spacing; 0 for no rows.
  Duration step() const { return parts.empty() ? Duration{0} : parts.front().step; }
};

// Tells the spacing of ascending rows row by row: a row lasts until the next one, unless that distance is a gap. A
// distance is a spacing rather than a gap where several neighbours in a row have it (a few seconds more or less do not
// matter: a collector's clock), and most of its occurrences in the file are of that kind; a row before a gap, and the
// last one, last as long as the rows before them. `interval` is the spacing where distances do not tell: for fewer than
// two rows, for rows more than a day apart, and where some neighbours are exactly `interval` apart and all else looks
// like gaps.
Spacing infer_spacing(std::span<const Row> rows, Duration interval);

// All rows last `step`, whatever their distances.
Spacing same_spacing(std::size_t rows, Duration step);

// "5m"; "1m (1440 rows) and 5m (288 rows)".
std::string describe(const Spacing& spacing);

}  // namespace almanac::dataset

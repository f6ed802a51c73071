#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "dataset/csv.h"

namespace almanac::dataset {

// Rows of a file that cannot be of the time they name: a mistyped year, as a rule.
struct LinesAhead {
  std::size_t lines = 0;
  std::size_t first_line = 0;  // the first of them in the text,
  Timestamp start_of_first{};  // and its time
  Timestamp earliest_start{};  // of all; fewer lie ahead from then on
};

// Takes out of `parsed` the rows that start at `now` or later although a later line is more than a day earlier, and
// says which they were. A file that another system writes as time goes by holds such a row by mistake only; one whose
// lines go on into the future in their order is a replay, and keeps them.
std::optional<LinesAhead> take_out_lines_ahead(ParsedRows& parsed, Timestamp now);

// "metrics.csv: line 3 lies ahead (2027-11-27T08:05:00Z, it is 2026-11-27T09:00:00Z now), not used; is a date
// mistyped?"
std::string describe(const LinesAhead& ahead, std::string_view name, Timestamp now);

}  // namespace almanac::dataset

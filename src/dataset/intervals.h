#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/row.h"
#include "core/time.h"
#include "dataset/csv.h"
#include "dataset/spacing.h"

namespace almanac::dataset {

// Takes out what an earlier collector wrote where it knew nothing: the zeros of rows in which CPU, network and requests
// are all 0 (an instance that runs has both), and request counts that are 0 in every row though CPU is not. Such rows
// stay, with nothing known. Says what it took out, each with `name`; empty where there was nothing.
std::vector<std::string> forget_placeholders(std::vector<Row>& rows, std::string_view name);

// How long each of the parsed rows lasts: `step`, else what the file says, else what their distances tell.
Spacing spacing_of(const ParsedRows& parsed, Duration interval, std::optional<Duration> step = std::nullopt);

// Values that went into no interval, since they cover less than half of those they touch.
struct Uncovered {
  std::string_view column;        // of the values; empty: all that their rows know
  std::vector<Timestamp> starts;  // of their rows, ascending
};

// Those of `rows`, of which row i lasts lasts[i], that left no trace in `made`, which resample() made of them: the rows
// of which nothing is in use, then the columns of others.
std::vector<Uncovered> uncovered(std::span<const Row> rows, std::span<const Duration> lasts, std::span<const Row> made,
                                 Duration interval);

// "120 rows cover less than half of their interval of 5m and are not used, the first 2026-11-04T00:00:00Z"
std::string describe(const Uncovered& uncovered, Duration interval);

// invalid_input, with `name` and line, where rows that are said to last `step` start before the one before them ends
// (by more than a collector's clock does): `said` names what says so. Each would count for a part of what it holds.
Result<void> check_step(const ParsedRows& parsed, Duration step, std::string_view said, std::string_view name);

// The rows of the single file that an earlier system left, of any spacing and off the grid, on the grid of `interval`:
// without its placeholders, and without a last interval that its rows do not reach the end of. Adds to `warnings`.
std::vector<Row> older_rows(ParsedRows parsed, Duration interval, std::string_view name,
                            std::vector<std::string>& warnings);

}  // namespace almanac::dataset

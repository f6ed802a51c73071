#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "dataset/csv.h"
#include "dataset/dataset.h"
#include "dataset/spacing.h"

namespace almanac::dataset {

struct ImportReport {
  std::size_t rows_read = 0;  // rows of the file
  Spacing spacing;            // how long each lasts, as given or inferred
  TimeRange range{};          // what they cover; empty when no interval came of them
  AppendSummary appended;     // in intervals of the dataset
  std::vector<TimeRange> gaps;
  std::vector<std::string> warnings;
};

// Merges the rows of a CSV text (anything parse_rows reads; `name` is for messages) into the history. Rows of another
// spacing, of several, or off the dataset's grid are resampled; rows longer than the interval are spread evenly, with a
// warning, since they hide the peaks. What an earlier collector wrote for "no data" is taken as missing (intervals.h).
// Rows and intervals that still run at `now` are left out, with a warning; so are values that cover less than half of
// their interval. What cannot be believed (credibility.h) is
// imported as it is, with a warning. Importing the same text again changes
// nothing. `step` is the spacing of the rows where infer_spacing would guess wrong; rows that then overlap are refused.
//
// A file that can be read only in part is not imported at all: invalid_input names the line. So does a row that starts
// at `now` or later: its date is mistyped.
Result<ImportReport> import_csv(Dataset& dataset, std::string_view text, std::string_view name, Timestamp now,
                                std::optional<Duration> step = std::nullopt);

// The whole history, or what starts in `range`, as the text of a single multi_metric_data.csv.
Result<std::string> export_csv(Dataset& dataset, RowForm form = RowForm::full);
Result<std::string> export_csv(Dataset& dataset, TimeRange range, RowForm form = RowForm::full);

}  // namespace almanac::dataset

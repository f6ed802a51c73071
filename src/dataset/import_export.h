#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "dataset/csv.h"
#include "dataset/dataset.h"

namespace almanac::dataset {

struct ImportReport {
  std::size_t rows_read = 0;  // rows of the file
  Duration step{0};           // their spacing, as given or inferred
  TimeRange range{};          // what they cover
  AppendSummary appended;     // in intervals of the dataset
  std::vector<TimeRange> gaps;
  std::vector<std::string> warnings;
};

// Merges the rows of a CSV text (anything parse_rows reads; `name` is for messages) into the history. Rows of another
// spacing or off the dataset's grid are resampled; spacing wider than the interval is spread evenly, with a warning,
// since it hides the peaks. What cannot be believed (credibility.h) is imported as it is, with a warning. Importing the
// same text again changes nothing. A file that can be read only in part is not imported at all: invalid_input names the
// line. `step` is the spacing of the rows where infer_step would guess wrong.
Result<ImportReport> import_csv(Dataset& dataset, std::string_view text, std::string_view name,
                                std::optional<Duration> step = std::nullopt);

// The whole history, or what starts in `range`, as the text of a single multi_metric_data.csv.
Result<std::string> export_csv(Dataset& dataset, RowForm form = RowForm::full);
Result<std::string> export_csv(Dataset& dataset, TimeRange range, RowForm form = RowForm::full);

}  // namespace almanac::dataset

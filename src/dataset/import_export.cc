#include "dataset/import_export.h"

#include <fmt/format.h>

#include "dataset/credibility.h"
#include "dataset/grid.h"

namespace almanac::dataset {

Result<ImportReport> import_csv(Dataset& dataset, std::string_view text, std::string_view name,
                                std::optional<Duration> step) {
  auto parsed = parse_rows(text, name);
  if (!parsed) return tl::unexpected(parsed.error());
  const Duration interval = dataset.interval();
  ImportReport report;
  report.rows_read = parsed->rows.size();
  report.warnings = std::move(parsed->warnings);
  if (step && *step <= Duration{0}) return fail(ErrorCode::invalid_input, "the spacing of rows must be positive");
  report.step = step.value_or(infer_step(parsed->rows, interval));
  if (report.step > interval)
    report.warnings.push_back(
        fmt::format("{}: rows are {} apart and are spread over intervals of {}; the peaks between "
                    "them are not known",
                    name, format_duration(report.step), format_duration(interval)));
  const std::vector<Row> rows = resample(parsed->rows, report.step, interval);
  if (rows.empty()) return report;
  report.range = {rows.front().start, rows.back().start + interval};
  report.gaps = to_grid(rows, interval).gaps;
  for (std::string& doubt : describe_all(judge(rows, {.interval = interval}).doubts, name))
    report.warnings.push_back(std::move(doubt));
  const auto appended = dataset.append(rows);
  if (!appended) return tl::unexpected(with_context(appended.error(), name));
  report.appended = *appended;
  return report;
}

Result<std::string> export_csv(Dataset& dataset, RowForm form) {
  const auto rows = dataset.read_all();
  if (!rows) return tl::unexpected(rows.error());
  return format_rows(*rows, form);
}

Result<std::string> export_csv(Dataset& dataset, TimeRange range, RowForm form) {
  const auto rows = dataset.read(range);
  if (!rows) return tl::unexpected(rows.error());
  return format_rows(*rows, form);
}

}  // namespace almanac::dataset

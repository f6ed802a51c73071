#include "dataset/import_export.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataset/credibility.h"
#include "dataset/grid.h"
#include "dataset/intervals.h"

namespace almanac::dataset {

namespace {

// Refuses rows that lie ahead, and leaves out the last one while it runs.
Result<void> keep_what_has_happened(ParsedRows& parsed, Spacing& spacing, Timestamp now, std::string_view name,
                                    std::vector<std::string>& warnings) {
  const auto ahead = std::lower_bound(parsed.rows.begin(), parsed.rows.end(), now,
                                      [](const Row& row, Timestamp t) { return row.start < t; });
  if (ahead != parsed.rows.end()) {
    const auto first = static_cast<std::size_t>(ahead - parsed.rows.begin());
    const auto more = parsed.rows.size() - first - 1;
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: line {}: {} has not come yet, now is {}{}; is a date mistyped, or in another zone? "
                            "Nothing was imported",
                            name, parsed.lines[first], format_timestamp(ahead->start), format_timestamp(now),
                            more == 0 ? "" : fmt::format(" ({} more rows lie ahead)", more)));
  }
  if (parsed.rows.empty() || parsed.rows.back().start + spacing.of_row.back() <= now) return {};
  warnings.push_back(
      fmt::format("{}: line {}: the row of {} lasts until {}, after now ({}); left out, import it again "
                  "when it is whole",
                  name, parsed.lines.back(), format_timestamp(parsed.rows.back().start),
                  format_timestamp(parsed.rows.back().start + spacing.of_row.back()), format_timestamp(now)));
  parsed.rows.pop_back();
  spacing.of_row.pop_back();
  return {};
}

void warn_of_spacing(const Spacing& spacing, Duration interval, std::string_view name,
                     std::vector<std::string>& warnings) {
  if (spacing.parts.size() > 1)
    warnings.push_back(
        fmt::format("{}: rows are {} apart; each counts for the time until the next", name, describe(spacing)));
  const auto longer = std::count_if(spacing.of_row.begin(), spacing.of_row.end(),
                                    [&](Duration lasts) { return lasts > interval + interval / 20; });
  if (longer > 0 && spacing.parts.size() == 1)
    warnings.push_back(
        fmt::format("{}: rows are {} apart and are spread over intervals of {}; the peaks between them "
                    "are not known",
                    name, format_duration(spacing.step()), format_duration(interval)));
  else if (longer > 0)
    warnings.push_back(
        fmt::format("{}: {} rows are longer than {} and are spread over intervals of {}; the peaks "
                    "between them are not known",
                    name, longer, format_duration(interval), format_duration(interval)));
  if (!spacing.unsure.empty())
    warnings.push_back(
        fmt::format("{}: how long the row of {} lasts cannot be told, since the spacing changes at a gap "
                    "({} such rows); as long as the ones before it",
                    name, format_timestamp(spacing.unsure.front()), spacing.unsure.size()));
}

}  // namespace

Result<ImportReport> import_csv(Dataset& dataset, std::string_view text, std::string_view name, Timestamp now,
                                std::optional<Duration> step) {
  if (step && *step <= Duration{0}) return fail(ErrorCode::invalid_input, "the spacing of rows must be positive");
  auto parsed = parse_rows(text, name);
  if (!parsed) return tl::unexpected(parsed.error());
  if (const auto lasts = step ? step : parsed->period) {
    if (auto apart = check_step(*parsed, *lasts, step ? "--step" : "the file's period", name); !apart)
      return tl::unexpected(apart.error());
  }
  const Duration interval = dataset.interval();
  ImportReport report;
  report.rows_read = parsed->rows.size();
  report.warnings = std::move(parsed->warnings);
  if (parsed->zoneless_line > 0)
    report.warnings.push_back(
        fmt::format("{}: line {}: times name no zone; read as UTC (else write them such as "
                    "2026-11-27T09:00:00+01:00)",
                    name, parsed->zoneless_line));
  for (std::string& said : forget_placeholders(parsed->rows, name)) report.warnings.push_back(std::move(said));
  report.spacing = spacing_of(*parsed, interval, step);
  if (auto past = keep_what_has_happened(*parsed, report.spacing, now, name, report.warnings); !past)
    return tl::unexpected(past.error());
  warn_of_spacing(report.spacing, interval, name, report.warnings);
  std::vector<Row> rows = resample(parsed->rows, report.spacing.of_row, interval);
  for (Uncovered& few : uncovered(parsed->rows, report.spacing.of_row, rows, interval)) {
    std::erase_if(few.starts, [&](Timestamp t) { return floor_to(t, interval) + interval > now; });  // more may come
    if (!few.starts.empty()) report.warnings.push_back(fmt::format("{}: {}", name, describe(few, interval)));
  }
  while (!rows.empty() && rows.back().start + interval > now) {
    report.warnings.push_back(
        fmt::format("{}: the interval of {} still runs; left out", name, format_timestamp(rows.back().start)));
    rows.pop_back();
  }
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

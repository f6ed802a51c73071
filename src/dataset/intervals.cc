#include "dataset/intervals.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dataset/grid.h"

namespace almanac::dataset {
namespace {

bool is_placeholder(const Row& row) {
  return row.cpu_utilization == 0 && row.network_in == 0 && row.request_count.value_or(0) == 0 &&
         !row.in_service_instances && row.request_peak.value_or(0) == 0;
}

}  // namespace

std::vector<std::string> forget_placeholders(std::vector<Row>& rows, std::string_view name) {
  std::vector<std::string> said;
  std::size_t blank = 0;
  Timestamp first_blank;
  for (Row& row : rows) {
    if (!is_placeholder(row)) continue;
    if (blank++ == 0) first_blank = row.start;
    row.cpu_utilization = row.network_in = row.request_count = row.request_peak = std::nullopt;
  }
  if (blank > 0)
    said.push_back(fmt::format(
        "{}: CPU, network and requests are all 0 in {} row{}, first {}; taken as not known, since instances "
        "that run have some",
        name, blank, blank == 1 ? "" : "s", format_timestamp(first_blank)));
  const auto busy = [](const Row& row) { return row.cpu_utilization.value_or(0) > 0; };
  const auto counted = [](const Row& row) { return row.request_count.value_or(0) > 0; };
  const auto zero = [](const Row& row) { return row.request_count == 0; };
  if (std::any_of(rows.begin(), rows.end(), zero) && std::any_of(rows.begin(), rows.end(), busy) &&
      std::none_of(rows.begin(), rows.end(), counted)) {
    for (Row& row : rows) row.request_count.reset();
    said.push_back(fmt::format("{}: request_count is 0 in every row, though CPU is not; taken as not known", name));
  }
  return said;
}

Spacing spacing_of(const ParsedRows& parsed, Duration interval, std::optional<Duration> step) {
  if (!step) step = parsed.period;
  return step ? same_spacing(parsed.rows.size(), *step) : infer_spacing(parsed.rows, interval);
}

Result<void> check_step(const ParsedRows& parsed, Duration step, std::string_view said, std::string_view name) {
  for (std::size_t i = 1; i < parsed.rows.size(); ++i) {
    const Duration distance = parsed.rows[i].start - parsed.rows[i - 1].start;
    if (distance >= step - step / 20) continue;
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: line {}: the row of {} is {} from the one before; expected rows at least {} apart, as "
                            "{} says that each lasts so long",
                            name, parsed.lines[i], format_timestamp(parsed.rows[i].start), format_duration(distance),
                            format_duration(step), said));
  }
  return {};
}

std::vector<Uncovered> uncovered(std::span<const Row> rows, std::span<const Duration> lasts, std::span<const Row> made,
                                 Duration interval) {
  Uncovered whole;
  std::array<Uncovered, kFields.size()> columns;
  for (std::size_t i = 0; i < kFields.size(); ++i) columns[i].column = kFields[i].name;
  std::array<bool, kFields.size()> lost{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const auto first = std::lower_bound(made.begin(), made.end(), floor_to(row.start, interval),
                                        [](const Row& r, Timestamp t) { return r.start < t; });
    bool some = false, kept = false;
    for (std::size_t f = 0; f < kFields.size(); ++f) {
      const auto member = kFields[f].member;
      bool found = false;
      for (auto it = first; it != made.end() && it->start < row.start + lasts[i] && !found; ++it)
        found = (*it.*member).has_value();
      lost[f] = (row.*member) && !found;
      some = some || (row.*member);
      kept = kept || ((row.*member) && found);
    }
    if (some && !kept) whole.starts.push_back(row.start);
    for (std::size_t f = 0; f < kFields.size() && kept; ++f)
      if (lost[f]) columns[f].starts.push_back(row.start);
  }
  std::vector<Uncovered> result;
  if (!whole.starts.empty()) result.push_back(std::move(whole));
  for (Uncovered& column : columns)
    if (!column.starts.empty()) result.push_back(std::move(column));
  return result;
}

std::string describe(const Uncovered& uncovered, Duration interval) {
  const std::size_t count = uncovered.starts.size();
  const bool one = count == 1;
  return fmt::format("{}{} {}{} cover{} less than half of {} interval of {} and {} not used, the first {}",
                     uncovered.column.empty() ? "" : fmt::format("column {}: ", uncovered.column), count,
                     uncovered.column.empty() ? "row" : "value", one ? "" : "s", one ? "s" : "", one ? "its" : "their",
                     format_duration(interval), one ? "is" : "are", format_timestamp(uncovered.starts.front()));
}

std::vector<Row> older_rows(ParsedRows parsed, Duration interval, std::string_view name,
                            std::vector<std::string>& warnings) {
  for (std::string& said : forget_placeholders(parsed.rows, name)) warnings.push_back(std::move(said));
  if (parsed.rows.empty()) return {};
  const Spacing spacing = spacing_of(parsed, interval);
  const Timestamp end = parsed.rows.back().start + spacing.of_row.back();
  std::vector<Row> rows = resample(parsed.rows, spacing.of_row, interval);
  while (!rows.empty() && rows.back().start + interval > end) rows.pop_back();
  return rows;
}

}  // namespace almanac::dataset

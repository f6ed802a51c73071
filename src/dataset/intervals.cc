#include "dataset/intervals.h"

#include <fmt/format.h>

#include <algorithm>

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

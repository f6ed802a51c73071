#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/row.h"

namespace almanac::dataset {

// The value columns of a row in the order of the format (docs/formats.md), each with its member.
struct Field {
  std::string_view name;
  std::optional<double> Row::*member;
};
inline constexpr std::array<Field, 6> kFields{{{"cpu_utilization", &Row::cpu_utilization},
                                               {"network_in", &Row::network_in},
                                               {"request_count", &Row::request_count},
                                               {"is_sale_active", &Row::is_sale_active},
                                               {"in_service_instances", &Row::in_service_instances},
                                               {"request_peak", &Row::request_peak}}};

// Whether a row may hold `value`: finite and not negative.
bool is_valid_value(double value);

// Whether the row knows a value of any of the columns, as kFields calls them.
bool knows(const Row& row, const std::vector<std::string>& columns);

// Takes the values that `later` knows and keeps `row`'s where it does not.
void overlay(Row& row, const Row& later);

struct ParsedRows {
  std::vector<Row> rows;           // ascending, one a time
  std::vector<std::size_t> lines;  // of each row, where it stands in the text (the last one that spoke of it)
  std::optional<Duration> period;  // the spacing of the rows, where the text says it
  std::size_t zoneless_line = 0;   // first line of a time without a zone (read as UTC); 0 when there is none, and for
                                   // files in our own form, which are in UTC
  std::vector<std::string> warnings;  // what could not be used, each with file, line and column; a long list is cut
  bool lossless = true;               // false when something the text says is not in `rows`
};

struct ParseOptions {
  // Leave out a last line without a line end instead of reading it: for a file that another program is still writing.
  bool skip_unterminated = false;
};

// Reads rows from any text that a Table reads (table.h): whatever separates its columns, whatever the style of its
// times and numbers. The columns are the time (no zone means UTC) and any of kFields, in any order, case and spelling;
// or, in the long form, time, series and value, where the series is named after a field. An empty field is missing; so
// is NaN, an infinite or a negative value, with a warning. Unknown columns are ignored with a warning. Rows may be in
// any order; of a time that occurs twice the later line's values win (with a warning), its missing ones excepted.
//
// invalid_input names the file (`name`), the line, what was expected and how to mend it: what a Table refuses, no value
// column, several series in one column, a time or a number that cannot be read. A header alone is no rows.
Result<ParsedRows> parse_rows(std::string_view text, std::string_view name, ParseOptions options = {});

// All columns, or the first five of the format that came before: without in_service_instances and request_peak.
enum class RowForm { full, classic };

// Writes header and rows: UTC times, the shortest number that is read back exactly, empty for missing.
std::string format_rows(std::span<const Row> rows, RowForm form = RowForm::full);

// The header line and one row's line, each with its line end.
std::string format_header(RowForm form = RowForm::full);
void append_row(std::string& text, const Row& row, RowForm form = RowForm::full);

}  // namespace almanac::dataset

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "dataset/csv_reader.h"
#include "dataset/number_style.h"
#include "dataset/time_style.h"

namespace almanac::dataset {

// What a column of a CSV file holds.
struct Column {
  enum class Role {
    time,    // when the row's interval begins
    date,    // the same, cut in two
    clock,   //
    field,   // a value of a row
    series,  // the name of what `value` holds (the long form: one line a value)
    value,
    other,
  };
  std::string name;  // as the file has it, without blanks at the ends
  Role role = Role::other;
  std::size_t field = 0;  // of Role::field: the index of kFields
};

// The field of a row that a column of this name holds, in any case and spelling ("CPUUtilization", "cpu utilization
// (%)", "Request_Count"); nothing for any other name.
std::optional<std::size_t> field_of_name(std::string_view name);

// Reads tables of times and numbers as people's programs export them, CSV in the wider sense:
//   - separated by commas, semicolons, tabs or bars; UTF-8 or (with its byte order mark) UTF-16; a line "sep=;" and
//     other lines before the header are skipped, the first 20 at most;
//   - the header names the time as timestamp, time, datetime, date (also date and time apart), perhaps with "(UTC)";
//   - or, as CloudWatch's console has it, rows of labels, statistics and a period stand before the data;
//   - numbers and times in the style of the file (number_style.h, time_style.h).
// What could mean two things is refused, with the line, the cause and how to mend it.
class Table {
 public:
  // `text` must outlive the table; `name` (a file's) starts every message. `plain`: take the text for one in our own
  // format, without looking through it first.
  //
  // invalid_input: an empty text, no column of times, a column twice, a unit or a statistic that a column cannot have,
  // dates or numbers that can be read two ways, and what CsvReader refuses.
  static Result<Table> open(std::string_view text, std::string name, bool plain = false);

  const std::vector<Column>& columns() const { return columns_; }
  std::size_t header_line() const { return header_line_; }
  char separator() const { return separator_; }
  // What the file says of the spacing of its rows.
  std::optional<Duration> period() const { return period_; }
  // What stands before the header and was skipped, for people; empty when nothing does.
  const std::string& skipped() const { return skipped_; }

  // Goes to the next record; false at the end. invalid_input: another number of fields than in the header, and what
  // CsvReader refuses.
  Result<bool> next();
  const CsvRecord& record() const { return record_; }
  std::string_view cell(std::size_t column) const { return trim(record_.fields[column]); }

  // The record's time.
  Result<CellTime> time() const;
  // The number in a cell of the column; empty for text that is none. Units that `field` may have are taken into
  // account ("12.5 %", "1.2 K", "3 MiB"); others are invalid_input.
  Result<std::optional<double>> number(std::size_t column, std::optional<std::size_t> field);

  // A number that whoever wrote the file rounded, such as "1.2 K", and where; empty without one.
  const std::string& rounded() const { return rounded_; }

  // "NAME: line N: what" of the record.
  tl::unexpected<Error> error(std::string_view what) const { return error_at(record_.line, what); }

 private:
  Table(std::string_view text, std::string name) : text_(text), name_(std::move(name)), reader_(text_, name_) {}

  Result<void> find_header();
  Result<void> read_header(const CsvRecord& header);
  Result<bool> read_console_header(const CsvRecord& first);
  void assign_times();
  Result<void> check_columns() const;
  Result<void> survey();
  void survey_record(NumberSurvey& numbers, TimeSurvey& times) const;
  // The record's time as it stands there; of a date and a time of day apart, `joined`.
  std::string_view time_cell(std::string& joined) const;
  std::string wrong_count() const;
  tl::unexpected<Error> error_at(std::size_t line, std::string_view what) const;

  std::unique_ptr<std::string> converted_;  // what text_ points to when the file was not UTF-8
  std::string_view text_;
  std::string name_;
  CsvReader reader_;
  CsvRecord record_;
  char separator_ = ',';
  std::vector<Column> columns_;
  std::size_t header_line_ = 1;
  std::string header_zone_;  // what the name of the time column says in parentheses, if not UTC
  bool header_utc_ = false;
  std::optional<Duration> period_;
  std::string skipped_;
  NumberStyle numbers_ = NumberStyle::plain;
  DayOrder order_ = DayOrder::unknown;
  std::string rounded_;
};

// "a,b" as people say it: "commas", "semicolons", "tabs", "bars".
std::string_view separator_word(char separator);

// What a person may see of a cell: no control bytes, not a screenful.
std::string shown(std::string_view cell);

}  // namespace almanac::dataset

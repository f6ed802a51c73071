#include "dataset/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "core/check.h"
#include "dataset/table.h"

namespace almanac::dataset {
namespace {

constexpr std::size_t kMaxWarnings = 50;
constexpr std::size_t kClassicFields = 4;
constexpr Timestamp kFirstTime{Duration{0}};
constexpr Timestamp kEndOfTime = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + kDay;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool means_missing(std::string_view text) {
  const std::string word = lower(text);
  constexpr std::array<std::string_view, 8> kWords{"null", "none", "nil", "undefined", "na", "n/a", "#n/a", "-"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

class RowParser {
 public:
  RowParser(Table table, std::string_view name, ParseOptions options)
      : name_(name), options_(options), table_(std::move(table)) {}

  Result<ParsedRows> parse() {
    if (auto header = read_header(); !header) return tl::unexpected(header.error());
    for (;;) {
      const auto more = table_.next();
      const bool terminated = table_.record().terminated;
      if (!more) {
        // The unfinished end of a file in writing may break off inside quotes; what is before it is whole.
        if (options_.skip_unterminated && !terminated) {
          lossless_ = false;
          break;
        }
        return tl::unexpected(more.error());
      }
      if (!*more) break;
      if (!terminated && options_.skip_unterminated) {
        warn(line(), "has no line end yet; left for the next reading");
        lossless_ = false;
        break;
      }
      if (auto row = read_row(); !row) return tl::unexpected(row.error());
    }
    return finish();
  }

 private:
  using Role = Column::Role;

  Result<void> read_header() {
    if (!table_.skipped().empty()) {
      add_warning(table_.skipped());
      lossless_ = false;
    }
    std::array<bool, kFields.size()> has{};
    for (std::size_t i = 0; i < table_.columns().size(); ++i) {
      const Column& column = table_.columns()[i];
      if (column.role == Role::field) has[column.field] = true;
      if (column.role == Role::series) series_ = i;
      if (column.role == Role::value) value_ = i;
    }
    const bool fields = std::any_of(has.begin(), has.end(), [](bool there) { return there; });
    long_form_ = !fields && series_ && value_;
    if (!fields && !long_form_) return refuse_columns();
    for (const Column& column : table_.columns()) {
      const bool unused = column.role == Role::other || column.role == Role::value || column.role == Role::series;
      if (long_form_ || !unused) continue;
      warn(table_.header_line(), fmt::format("column \"{}\" is not known; ignored", shown(column.name)));
      lossless_ = false;
    }
    for (std::size_t i = 0; i < kClassicFields && !long_form_; ++i)
      if (!has[i]) warn(table_.header_line(), fmt::format("no column \"{}\"; its values are missing", kFields[i].name));
    own_form_ = table_.separator() == ',' && table_.columns()[0].name == "timestamp" &&
                std::all_of(has.begin(), has.begin() + kClassicFields, [](bool there) { return there; });
    return {};
  }

  tl::unexpected<Error> refuse_columns() const {
    std::string found;
    for (const Column& column : table_.columns()) {
      if (column.role == Role::time || column.role == Role::date || column.role == Role::clock) continue;
      if (found.size() < 100) found += fmt::format("{}\"{}\"", found.empty() ? "" : ", ", shown(column.name));
    }
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: line {}: no column with values; expected a header such as {}{}", name_,
                            table_.header_line(), header_example(),
                            found.empty() ? "" : fmt::format("; found {}: name it after what it holds", found)));
  }

  Result<void> read_row() {
    const auto time = table_.time();
    if (!time) return tl::unexpected(time.error());
    if (time->at < kFirstTime || time->at >= kEndOfTime)
      return table_.error(fmt::format("the time {} is out of range; expected 1970 to 9999", time_shown()));
    (time->zoned ? with_zone_ : without_zone_)++;
    if (without_zone_ == 1 && first_without_zone_ == 0) first_without_zone_ = line();
    Row row{};
    row.start = time->at;
    if (auto read = long_form_ ? read_long(row) : read_wide(row); !read) return read;
    if (!rows_.empty() && row.start < rows_.back().row.start && out_of_order_++ == 0) first_out_of_order_ = line();
    rows_.push_back({row, line()});
    return {};
  }

  std::string time_shown() const {
    const auto& columns = table_.columns();
    const auto time =
        std::find_if(columns.begin(), columns.end(), [](const Column& c) { return c.role == Role::time; });
    if (time == columns.end()) return "of the row";
    return fmt::format("\"{}\"", shown(table_.cell(static_cast<std::size_t>(time - columns.begin()))));
  }

  Result<void> read_wide(Row& row) {
    if (series_) {
      if (auto one = check_series(); !one) return one;
    }
    for (std::size_t i = 0; i < table_.columns().size(); ++i) {
      const Column& column = table_.columns()[i];
      if (column.role != Role::field) continue;
      if (auto value = read_value(i, column.field); !value)
        return tl::unexpected(value.error());
      else
        row.*kFields[column.field].member = *value;
    }
    return {};
  }

  // Several series in lines of their own would overwrite each other, time by time.
  Result<void> check_series() {
    const std::string_view series = table_.cell(*series_);
    if (rows_.empty()) only_series_ = series;
    if (series == only_series_) return {};
    return table_.error(
        fmt::format("the series \"{}\" among rows of the series \"{}\"; expected one group's rows in a "
                    "file: export one series, or their sum",
                    shown(series), shown(only_series_)));
  }

  Result<void> read_long(Row& row) {
    const std::string_view series = table_.cell(*series_);
    const auto field = field_of_name(series);
    if (!field)
      return table_.error(
          fmt::format("the series \"{}\" does not say what it is; expected one of {}: rename it, or give "
                      "each a column, in a file with a header such as {}",
                      shown(series), field_names(), header_example()));
    auto value = read_value(*value_, *field);
    if (!value) return tl::unexpected(value.error());
    row.*kFields[*field].member = *value;
    return {};
  }

  Result<std::optional<double>> read_value(std::size_t column, std::size_t field) {
    const std::string_view text = table_.cell(column);
    const std::string_view name = kFields[field].name;
    if (text.empty()) return std::nullopt;
    if (kFields[field].member == &Row::is_sale_active) {  // as data frame libraries write flags
      if (lower(text) == "true") return 1.0;
      if (lower(text) == "false") return 0.0;
    }
    const auto read = table_.number(column, field);
    if (!read) return tl::unexpected(read.error());
    const std::optional<double>& value = *read;
    if (!value && !means_missing(text))
      return table_.error(fmt::format("column {}: \"{}\" is not a number", name, shown(text)));
    if (!value || !is_valid_value(*value)) {
      lossless_ = false;
      warn(line(),
           fmt::format("column {}: \"{}\" is not a finite number of at least 0; taken as missing", name, shown(text)));
      return std::nullopt;
    }
    return *value == 0 ? 0.0 : *value;  // no "-0" in files
  }

  ParsedRows finish() {
    if (!table_.rounded().empty()) add_warning(table_.rounded());
    if (out_of_order_ > 0)
      warn(first_out_of_order_,
           fmt::format("{} rows are earlier than the row before, first here; sorted", out_of_order_));
    if (with_zone_ > 0 && without_zone_ > 0)
      warn(first_without_zone_,
           fmt::format("{} times have no zone among others that have one, first here; read as UTC", without_zone_));
    ParsedRows result;
    join_rows(result);
    if (dropped_warnings_ > 0) warnings_.push_back(fmt::format("{}: and {} more warnings", name_, dropped_warnings_));
    result.period = table_.period();
    result.zoneless_line = own_form_ || with_zone_ > 0 ? 0 : first_without_zone_;
    result.warnings = std::move(warnings_);
    result.lossless = lossless_;
    return result;
  }

  // Ascending, one row a time.
  void join_rows(ParsedRows& result) {
    // In the long form most rows of the text speak of earlier times again.
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const LineRow& a, const LineRow& b) { return a.row.start < b.row.start; });
    result.rows.reserve(rows_.size());
    result.lines.reserve(rows_.size());
    std::size_t duplicates = 0;
    Timestamp first_duplicate;
    for (const auto& [row, line] : rows_) {
      if (result.rows.empty() || result.rows.back().start != row.start) {
        result.rows.push_back(row);
        result.lines.push_back(line);
        continue;
      }
      Row& known = result.rows.back();
      const bool again = !long_form_ || std::any_of(kFields.begin(), kFields.end(), [&](const Field& field) {
        return (known.*field.member) && (row.*field.member);
      });
      overlay(known, row);
      result.lines.back() = line;
      if (!again) continue;
      lossless_ = false;
      if (duplicates++ == 0) first_duplicate = row.start;
    }
    if (duplicates > 0)
      add_warning(fmt::format("{}: {} rows repeat a time, first {}; the later line's values win", name_, duplicates,
                              format_timestamp(first_duplicate)));
  }

  static std::string header_example() {
    std::string header = format_header();
    header.pop_back();
    return header;
  }
  static std::string field_names() {
    std::string names;
    for (const Field& field : kFields) names.append(names.empty() ? "" : ", ").append(field.name);
    return names;
  }
  std::size_t line() const { return table_.record().line; }
  void warn(std::size_t line, std::string_view what) { add_warning(fmt::format("{}: line {}: {}", name_, line, what)); }
  void add_warning(std::string text) {
    if (warnings_.size() < kMaxWarnings)
      warnings_.push_back(std::move(text));
    else
      ++dropped_warnings_;
  }

  struct LineRow {
    Row row;
    std::size_t line;
  };

  std::string_view name_;
  ParseOptions options_;
  Table table_;
  std::optional<std::size_t> series_, value_;  // columns
  bool long_form_ = false;
  bool own_form_ = false;
  std::string only_series_;
  std::vector<LineRow> rows_;
  std::vector<std::string> warnings_;
  std::size_t dropped_warnings_ = 0;
  bool lossless_ = true;
  std::size_t out_of_order_ = 0, first_out_of_order_ = 0;
  std::size_t with_zone_ = 0, without_zone_ = 0, first_without_zone_ = 0;
};

}  // namespace

bool is_valid_value(double value) {
  return std::isfinite(value) && value >= 0;
}

bool knows(const Row& row, const std::vector<std::string>& columns) {
  return std::any_of(kFields.begin(), kFields.end(), [&](const Field& field) {
    return row.*field.member && std::find(columns.begin(), columns.end(), field.name) != columns.end();
  });
}

void overlay(Row& row, const Row& later) {
  for (const Field& field : kFields)
    if (later.*field.member) row.*field.member = later.*field.member;
}

Result<ParsedRows> parse_rows(std::string_view text, std::string_view name, ParseOptions options) {
  auto table = Table::open(text, std::string(name), text.starts_with(format_header()));
  if (!table) return tl::unexpected(table.error());
  return RowParser(std::move(*table), name, options).parse();
}

std::string format_header(RowForm form) {
  std::string text = "timestamp";
  for (const Field& field : std::span(kFields).first(form == RowForm::full ? kFields.size() : kClassicFields))
    text.append(",").append(field.name);
  return text += '\n';
}

void append_row(std::string& text, const Row& row, RowForm form) {
  text += format_timestamp(row.start);
  for (const Field& field : std::span(kFields).first(form == RowForm::full ? kFields.size() : kClassicFields)) {
    text += ',';
    const auto& value = row.*field.member;
    if (!value) continue;
    ALMANAC_CHECK(is_valid_value(*value), "a row holds finite values of at least 0");
    fmt::format_to(std::back_inserter(text), "{}", *value);
  }
  text += '\n';
}

std::string format_rows(std::span<const Row> rows, RowForm form) {
  std::string text = format_header(form);
  text.reserve(text.size() + rows.size() * 72);
  for (const Row& row : rows) append_row(text, row, form);
  return text;
}

}  // namespace almanac::dataset

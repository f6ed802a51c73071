#include "dataset/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/check.h"
#include "dataset/csv_reader.h"

namespace almanac::dataset {
namespace {

constexpr std::size_t kMaxWarnings = 50;
constexpr std::size_t kIgnored = kFields.size();
constexpr std::size_t kTimestamp = kFields.size() + 1;
constexpr std::size_t kClassicFields = 4;
constexpr Timestamp kFirstTime{Duration{0}};
constexpr Timestamp kEndOfTime = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + kDay;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// What a person may see of a field: no control bytes, not a screenful.
std::string shown(std::string_view field) {
  std::string text;
  for (char c : field.substr(0, 40)) text += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  if (field.size() > 40) text += "...";
  return text;
}

std::size_t column_of(std::string_view name) {
  const std::string wanted = lower(trim(name));
  if (wanted == "timestamp") return kTimestamp;
  if (wanted == "cpu") return 0;
  const auto found = std::find_if(kFields.begin(), kFields.end(), [&](const Field& f) { return f.name == wanted; });
  return found == kFields.end() ? kIgnored : static_cast<std::size_t>(found - kFields.begin());
}

bool means_missing(std::string_view text) {
  const std::string word = lower(text);
  return word == "null" || word == "none" || word == "na" || word == "n/a";
}

bool names_a_zone(std::string_view time) {
  const std::size_t clock = time.find_first_of("Tt ");
  if (clock == std::string_view::npos) return time.find('-') == std::string_view::npos;  // epoch seconds are UTC
  return time.find_first_of("Zz+-", clock) != std::string_view::npos;
}

class RowParser {
 public:
  RowParser(std::string_view text, std::string_view name, ParseOptions options)
      : name_(name), options_(options), reader_(text, std::string(name)) {}

  Result<ParsedRows> parse() {
    if (auto header = read_header(); !header) return tl::unexpected(header.error());
    for (;;) {
      const auto more = reader_.next(record_);
      if (!more) {
        // The unfinished end of a file in writing may break off inside quotes; what is before it is whole.
        if (options_.skip_unterminated && !record_.terminated) {
          lossless_ = false;
          break;
        }
        return tl::unexpected(more.error());
      }
      if (!*more) break;
      if (!record_.terminated && options_.skip_unterminated) {
        warn(record_.line, "has no line end yet; left for the next reading");
        lossless_ = false;
        break;
      }
      if (auto row = read_row(); !row) return tl::unexpected(row.error());
    }
    return finish();
  }

 private:
  Result<void> read_header() {
    const auto more = reader_.next(record_);
    if (!more) return tl::unexpected(more.error());
    if (!*more)
      return fail(ErrorCode::invalid_input,
                  fmt::format("{}: is empty; expected a header line such as {}", name_, trim(header_example())));
    for (std::string_view field : record_.fields) {
      const std::size_t column = column_of(field);
      if (column == kIgnored) {
        warn(record_.line, fmt::format("column \"{}\" is not known; ignored", shown(field)));
        lossless_ = false;
      } else if (std::find(columns_.begin(), columns_.end(), column) != columns_.end()) {
        return error(fmt::format("column \"{}\" is there twice", shown(field)));
      }
      columns_.push_back(column);
    }
    return check_columns();
  }

  Result<void> check_columns() {
    const auto has = [&](std::size_t column) {
      return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
    };
    if (!has(kTimestamp))
      return error(fmt::format("no column \"timestamp\"; expected a header such as {}", trim(header_example())));
    if (std::none_of(columns_.begin(), columns_.end(), [](std::size_t c) { return c < kFields.size(); }))
      return error(fmt::format("no column with values; expected a header such as {}", trim(header_example())));
    for (std::size_t i = 0; i < kClassicFields; ++i)
      if (!has(i)) warn(record_.line, fmt::format("no column \"{}\"; its values are missing", kFields[i].name));
    return {};
  }

  Result<void> read_row() {
    if (record_.fields.size() != columns_.size())
      return error(fmt::format("{} fields; expected {} as in the header", record_.fields.size(), columns_.size()));
    Row row{};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string_view text = trim(record_.fields[i]);
      if (columns_[i] == kTimestamp) {
        if (auto time = read_time(text); !time)
          return tl::unexpected(time.error());
        else
          row.start = *time;
      } else if (columns_[i] < kFields.size()) {
        const Field& field = kFields[columns_[i]];
        if (auto value = read_value(text, field); !value)
          return tl::unexpected(value.error());
        else
          row.*field.member = *value;
      }
    }
    if (!rows_.empty() && row.start < rows_.back().start && out_of_order_++ == 0) first_out_of_order_ = record_.line;
    rows_.push_back(row);
    return {};
  }

  Result<Timestamp> read_time(std::string_view text) {
    const auto time = parse_timestamp(text);
    if (!time) return error(time.error().message);
    if (*time < kFirstTime || *time >= kEndOfTime)
      return error(fmt::format("the time \"{}\" is out of range; expected 1970 to 9999", shown(text)));
    (names_a_zone(text) ? with_zone_ : without_zone_)++;
    if (without_zone_ == 1 && first_without_zone_ == 0) first_without_zone_ = record_.line;
    return *time;
  }

  Result<std::optional<double>> read_value(std::string_view text, const Field& field) {
    if (text.empty()) return std::nullopt;
    if (field.member == &Row::is_sale_active) {  // as data frame libraries write flags
      if (lower(text) == "true") return 1.0;
      if (lower(text) == "false") return 0.0;
    }
    const auto value = parse_number(text);
    if (!value && !means_missing(text))
      return error(fmt::format("column {}: \"{}\" is not a number", field.name, shown(text)));
    if (!value || !is_valid_value(*value)) {
      lossless_ = false;
      warn(record_.line, fmt::format("column {}: \"{}\" is not a finite number of at least 0; taken as missing",
                                     field.name, shown(text)));
      return std::nullopt;
    }
    return *value == 0 ? 0.0 : *value;  // no "-0" in files
  }

  ParsedRows finish() {
    if (out_of_order_ > 0)
      warn(first_out_of_order_,
           fmt::format("{} rows are earlier than the row before, first here; sorted", out_of_order_));
    if (with_zone_ > 0 && without_zone_ > 0)
      warn(first_without_zone_,
           fmt::format("{} times have no zone among others that have one, first here; read as UTC", without_zone_));
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.start < b.start; });
    ParsedRows result;
    std::size_t duplicates = 0;
    Timestamp first_duplicate;
    for (const Row& row : rows_) {
      if (!result.rows.empty() && result.rows.back().start == row.start) {
        overlay(result.rows.back(), row);
        lossless_ = false;
        if (duplicates++ == 0) first_duplicate = row.start;
      } else {
        result.rows.push_back(row);
      }
    }
    if (duplicates > 0)
      add_warning(fmt::format("{}: {} rows repeat a time, first {}; the later line's values win", name_, duplicates,
                              format_timestamp(first_duplicate)));
    if (dropped_warnings_ > 0) warnings_.push_back(fmt::format("{}: and {} more warnings", name_, dropped_warnings_));
    result.warnings = std::move(warnings_);
    result.lossless = lossless_;
    return result;
  }

  static std::string header_example() {
    std::string header = format_header();
    header.pop_back();
    return header;
  }
  tl::unexpected<Error> error(std::string_view what) const {
    return fail(ErrorCode::invalid_input, fmt::format("{}: line {}: {}", name_, record_.line, what));
  }
  void warn(std::size_t line, std::string_view what) { add_warning(fmt::format("{}: line {}: {}", name_, line, what)); }
  void add_warning(std::string text) {
    if (warnings_.size() < kMaxWarnings)
      warnings_.push_back(std::move(text));
    else
      ++dropped_warnings_;
  }

  std::string_view name_;
  ParseOptions options_;
  CsvReader reader_;
  CsvRecord record_;
  std::vector<std::size_t> columns_;  // of each field: an index of kFields, kTimestamp or kIgnored
  std::vector<Row> rows_;
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

void overlay(Row& row, const Row& later) {
  for (const Field& field : kFields)
    if (later.*field.member) row.*field.member = later.*field.member;
}

Result<ParsedRows> parse_rows(std::string_view text, std::string_view name, ParseOptions options) {
  return RowParser(text, name, options).parse();
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

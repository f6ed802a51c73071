#include "dataset/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dataset/csv.h"
#include "dataset/units.h"

namespace almanac::dataset {
namespace {

constexpr std::size_t kMostLinesBefore = 20;
constexpr std::array<char, 4> kSeparators{',', ';', '\t', '|'};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// "Time (UTC)" is "time" and "utc"; "Request_Count" is "requestcount" and "".
struct Name {
  std::string key;
  std::string aside;  // what stands in parentheses or brackets
};

Name name_of(std::string_view text) {
  Name name;
  const std::size_t open = std::min(text.find_first_of("(["), text.size());
  for (const char c : lower(text.substr(0, open)))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) name.key += c;
  if (open < text.size()) {
    const std::string_view rest = text.substr(open + 1);
    name.aside = lower(trim(rest.substr(0, rest.find_first_of(")]"))));
  }
  return name;
}

constexpr std::array<std::string_view, 17> kTimeNames{
    "timestamp", "time",         "datetime",      "date",        "ds",          "start",
    "starttime", "timestamputc", "timeutc",       "datetimeutc", "timestampms", "epoch",
    "unix",      "unixtime",     "unixtimestamp", "periodstart", "dateandtime"};

bool names_a_time(const std::string& key) {
  return std::find(kTimeNames.begin(), kTimeNames.end(), key) != kTimeNames.end();
}

bool is_clock(std::string_view cell) {  // 9:05, 12:00:00, without a date
  return cell.size() <= 12 && cell.find(':') != std::string_view::npos &&
         cell.find_first_of("/-T") == std::string_view::npos;
}

// Whether a cell may be the beginning of a row of data: all ways to write a time have a number in the first word.
bool may_be_time(std::string_view cell) {
  return std::any_of(cell.begin(), cell.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         (parse_cell_time(cell, DayOrder::unknown).has_value() ||
          parse_cell_time(cell, DayOrder::day_first).has_value());
}

// The text of a UTF-16 file with its byte order mark; nothing when the text is no such file.
std::optional<std::string> from_utf16(std::string_view text) {
  const bool little = text.starts_with("\xFF\xFE"), big = text.starts_with("\xFE\xFF");
  if (!little && !big) return std::nullopt;
  const auto unit = [&](std::size_t at) {
    const auto low = static_cast<unsigned char>(text[at + (little ? 0 : 1)]);
    const auto high = static_cast<unsigned char>(text[at + (little ? 1 : 0)]);
    return static_cast<char32_t>(high << 8 | low);
  };
  std::string result;
  for (std::size_t at = 2; at + 1 < text.size(); at += 2) {
    char32_t c = unit(at);
    if (c >= 0xD800 && c < 0xDC00 && at + 3 < text.size()) {
      c = 0x10000 + ((c - 0xD800) << 10) + (unit(at + 2) - 0xDC00);
      at += 2;
    }
    if (c < 0x80) {
      result += static_cast<char>(c);
    } else if (c < 0x800) {
      result += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    } else if (c < 0x10000) {
      result += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
                 static_cast<char>(0x80 | (c & 0x3F))};
    } else {
      result += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
                 static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    }
  }
  return result;
}

std::string header_example() {
  std::string header = format_header();
  header.pop_back();
  return header;
}

}  // namespace

std::string_view separator_word(char separator) {
  switch (separator) {
    case ';':
      return "semicolons";
    case '\t':
      return "tabs";
    case '|':
      return "bars";
    default:
      return "commas";
  }
}

std::string shown(std::string_view cell) {
  std::string text;
  for (char c : cell.substr(0, 40)) text += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  if (cell.size() > 40) text += "...";
  return text;
}

std::optional<std::size_t> field_of_name(std::string_view name) {
  const std::string key = name_of(name).key;
  if (key == "cpu") return 0;
  if (key == "groupinserviceinstances") return field_of_name("in_service_instances");
  for (std::size_t i = 0; i < kFields.size(); ++i)
    if (name_of(kFields[i].name).key == key) return i;
  return std::nullopt;
}

tl::unexpected<Error> Table::error_at(std::size_t line, std::string_view what) const {
  return fail(ErrorCode::invalid_input, fmt::format("{}: line {}: {}", name_, line, what));
}

Result<Table> Table::open(std::string_view text, std::string name, bool plain) {
  auto converted = from_utf16(text);
  std::unique_ptr<std::string> own = converted ? std::make_unique<std::string>(std::move(*converted)) : nullptr;
  Table table(own ? std::string_view(*own) : text, std::move(name));
  table.converted_ = std::move(own);
  if (auto found = table.find_header(); !found) return tl::unexpected(found.error());
  if (auto checked = table.check_columns(); !checked) return tl::unexpected(checked.error());
  if (plain) return table;
  if (auto surveyed = table.survey(); !surveyed) return tl::unexpected(surveyed.error());
  return table;
}

// The first separator under which one of the first lines names a column of times.
Result<void> Table::find_header() {
  std::size_t first_line = 0;
  std::vector<std::string> first;  // the first record under the separator that cuts it into the most fields
  char first_separator = ',';
  std::optional<Error> unreadable;
  for (const char separator : kSeparators) {
    reader_ = CsvReader(text_, name_, {.separator = separator});
    for (std::size_t lines = 0; lines < kMostLinesBefore; ++lines) {
      const auto more = reader_.next(record_);
      if (!more && separator == kSeparators[0]) unreadable = more.error();
      if (!more || !*more) break;
      if (lines == 0 && record_.fields.size() > first.size()) {
        first_line = record_.line;
        first.assign(record_.fields.begin(), record_.fields.end());
        first_separator = separator;
      }
      separator_ = separator;
      if (lines == 0) {
        const auto console = read_console_header(record_);
        if (!console) return tl::unexpected(console.error());
        if (*console) return {};
      }
      const bool header = std::any_of(record_.fields.begin(), record_.fields.end(),
                                      [](std::string_view field) { return names_a_time(name_of(field).key); });
      if (!header) continue;
      if (lines > 0 && !(lines == 1 && lower(first[0]).starts_with("sep=")))
        skipped_ = fmt::format("{}: line {} is the header; what stands before it is skipped", name_, record_.line);
      return read_header(record_);
    }
  }
  if (unreadable && first.size() < 2) return tl::unexpected(*unreadable);
  if (first.empty())
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: is empty; expected a header line such as {}", name_, header_example()));
  std::string found;
  for (const std::string_view field : first)
    if (found.size() < 100) found += fmt::format("{}\"{}\"", found.empty() ? "" : ", ", shown(trim(field)));
  return error_at(first_line,
                  fmt::format("no column \"timestamp\"; expected a header such as {}; found {} (separated by {})",
                              header_example(), found, separator_word(first_separator)));
}

Result<void> Table::read_header(const CsvRecord& header) {
  header_line_ = header.line;
  for (const std::string_view cell : header.fields) {
    Column column{std::string(trim(cell))};
    const Name name = name_of(column.name);
    if (const auto field = field_of_name(column.name)) {
      column.role = Column::Role::field;
      column.field = *field;
      if (!name.aside.empty() && !may_say(*field, name.aside))
        return error_at(header_line_, fmt::format("column \"{}\" speaks of \"{}\"; expected {}", shown(column.name),
                                                  shown(name.aside), expected_unit(*field)));
    } else if (names_a_time(name.key)) {
      column.role = Column::Role::time;
      if (name.key.ends_with("utc") || name.aside == "utc" || name.aside == "gmt") header_utc_ = true;
      const bool unit = name.aside == "ms" || name.aside == "s" || name.aside == "iso" || name.aside == "iso 8601";
      if (!name.aside.empty() && !header_utc_ && !unit) header_zone_ = name.aside;
    } else if (name.key == "series" || name.key == "metric" || name.key == "metricname") {
      column.role = Column::Role::series;
    } else if (name.key == "value") {
      column.role = Column::Role::value;
    }
    columns_.push_back(std::move(column));
  }
  assign_times();
  return {};
}

// Of several columns with the name of a time, "timestamp" is the one; "date" and "time" belong together where the cells
// of the latter are bare clocks.
void Table::assign_times() {
  std::vector<Column*> times;
  for (Column& column : columns_)
    if (column.role == Column::Role::time) times.push_back(&column);
  if (times.size() < 2) return;
  const auto called = [&](std::string_view key) {
    const auto it = std::find_if(times.begin(), times.end(), [&](Column* c) { return name_of(c->name).key == key; });
    return it == times.end() ? nullptr : *it;
  };
  Column* date = called("date");
  Column* clock = called("time");
  if (times.size() == 2 && date && clock) {
    CsvReader ahead = reader_;
    CsvRecord row;
    const auto at = static_cast<std::size_t>(clock - columns_.data());
    const auto more = ahead.next(row);
    if (more && *more && at < row.fields.size() && is_clock(trim(row.fields[at]))) {
      date->role = Column::Role::date;
      clock->role = Column::Role::clock;
      return;
    }
  }
  const auto timestamps =
      std::count_if(times.begin(), times.end(), [](Column* c) { return name_of(c->name).key == "timestamp"; });
  if (timestamps == 1)
    for (Column* column : times)
      if (name_of(column->name).key != "timestamp") column->role = Column::Role::other;
}

// CloudWatch's console puts a row for each property of the metrics before the data: "Label,CPUUtilization",
// "Statistic,Average", "Period,300".
Result<bool> Table::read_console_header(const CsvRecord& first) {
  const std::string key = name_of(first.fields[0]).key;
  if (key != "label" && key != "fulllabel") return false;
  std::vector<std::string> labels, statistics;
  CsvRecord line = first;
  for (;;) {
    const std::string property = name_of(line.fields[0]).key;
    const bool names = property == "label" || property == "fulllabel" || property == "metricname";
    if (labels.size() < line.fields.size()) labels.resize(line.fields.size());
    if (statistics.size() < line.fields.size()) statistics.resize(line.fields.size());
    for (std::size_t i = 1; i < line.fields.size(); ++i) {
      const std::string_view cell = trim(line.fields[i]);
      // The metric's own name counts before labels, which people edit.
      if (names && !cell.empty() && (labels[i].empty() || field_of_name(cell))) labels[i] = cell;
      if (property == "statistic") statistics[i] = lower(cell);
      if (property == "period") {
        const auto seconds = parse_number(cell);
        if (!seconds || *seconds < 1 || *seconds > 86400)
          return error_at(line.line, fmt::format("the period \"{}\" is not a number of seconds", shown(cell)));
        period_ = Duration{static_cast<long long>(*seconds)};
      }
    }
    header_line_ = line.line;
    CsvReader before = reader_;
    const auto more = reader_.next(line);
    if (!more) return tl::unexpected(more.error());
    if (!*more || line.fields.empty() || may_be_time(trim(line.fields[0]))) {
      reader_ = before;
      break;
    }
  }
  columns_.push_back({"Time", Column::Role::time});
  for (std::size_t i = 1; i < labels.size(); ++i) {
    const auto field = field_of_name(labels[i]);
    columns_.push_back({labels[i], field ? Column::Role::field : Column::Role::other, field.value_or(0)});
    if (field && !statistics[i].empty() && !may_say(*field, statistics[i]))
      return error_at(header_line_, fmt::format("column \"{}\" is the statistic \"{}\"; expected {}", shown(labels[i]),
                                                shown(statistics[i]), expected_statistic(*field)));
  }
  return true;
}

Result<void> Table::check_columns() const {
  for (auto column = columns_.begin(); column != columns_.end(); ++column) {
    if (column->role == Column::Role::other) continue;
    const auto earlier = std::find_if(columns_.begin(), column, [&](const Column& c) {
      return c.role == column->role && (c.role != Column::Role::field || c.field == column->field);
    });
    if (earlier == column) continue;
    const bool same = lower(earlier->name) == lower(column->name);
    return error_at(header_line_, fmt::format("column \"{}\" is there twice{}", shown(column->name),
                                              same ? "" : fmt::format(", once as \"{}\"", shown(earlier->name))));
  }
  return {};
}

std::string Table::wrong_count() const {
  const std::size_t found = record_.fields.size();
  std::string text = fmt::format("{} fields; expected {} as in the header", found, columns_.size());
  const bool surplus = found > columns_.size() && separator_ == ',';
  const bool digits =
      surplus && std::all_of(record_.fields.begin() + 1, record_.fields.end(), [](std::string_view f) {
        return !f.empty() && std::all_of(f.begin(), f.end(), [](char c) { return c >= '0' && c <= '9'; });
      });
  if (digits)
    text +=
        "; numbers with a decimal comma or with commas between thousands? Write 41.5 and 1234, put them in quotes, or "
        "separate the columns by semicolons";
  else if (found == 1)
    text += fmt::format(" (separated by {})", separator_word(separator_));
  return text;
}

Result<bool> Table::next() {
  const auto more = reader_.next(record_);
  if (!more) return tl::unexpected(more.error());
  if (!*more) return false;
  if (record_.fields.size() == columns_.size()) return true;
  return error(wrong_count());
}

std::string_view Table::time_cell(std::string& joined) const {
  std::string_view date, clock;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].role == Column::Role::time) return cell(i);
    if (columns_[i].role == Column::Role::date) date = cell(i);
    if (columns_[i].role == Column::Role::clock) clock = cell(i);
  }
  return joined = fmt::format("{} {}", date, clock);
}

Result<CellTime> Table::time() const {
  std::string joined;
  auto time = parse_cell_time(time_cell(joined), order_);
  if (!time) return error(time.error().message);
  if (!time->zoned && !header_zone_.empty())
    return error(
        fmt::format("the header says that times are in \"{}\"; expected UTC, or times that name their zone, "
                    "such as 2026-11-27T09:00:00+01:00",
                    shown(header_zone_)));
  time->zoned = time->zoned || header_utc_;
  return time;
}

Result<std::optional<double>> Table::number(std::size_t column, std::optional<std::size_t> field) {
  const std::string_view text = cell(column);
  const auto parsed = parse_cell_number(text, numbers_);
  if (!parsed) return std::nullopt;
  if (parsed->unit.empty()) return parsed->value;
  if (!field) return std::nullopt;
  const auto unit = unit_of(*field, parsed->unit);
  if (!unit)
    return error(fmt::format("column {}: \"{}\" is not a number; \"{}\" is no unit it may have: expected {}",
                             columns_[column].name, shown(text), shown(parsed->unit), expected_unit(*field)));
  if (unit->factor != 1 && rounded_.empty())
    rounded_ = fmt::format("{}: line {}: column {}: \"{}\" is read as {}; numbers written so are rounded", name_,
                           record_.line, columns_[column].name, shown(text), parsed->value * unit->factor);
  return parsed->value * unit->factor;
}

void Table::survey_record(NumberSurvey& numbers, TimeSurvey& times) const {
  std::string joined;
  times.see(time_cell(joined), record_.line);
  // Of a value that stands beside its series' name, that name says what it is.
  auto kind = NumberSurvey::Column::any;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].role != Column::Role::series) continue;
    if (const auto field = field_of_name(cell(i))) kind = survey_kind(*field);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].role == Column::Role::value) numbers.see(cell(i), record_.line, kind);
    if (columns_[i].role != Column::Role::field) continue;
    numbers.see(cell(i), record_.line, survey_kind(columns_[i].field));
  }
}

// Looks through all rows for the style of their numbers and times. Rows that cannot be read are named when their turn
// comes.
Result<void> Table::survey() {
  const CsvReader at_first_row = reader_;
  NumberSurvey numbers;
  TimeSurvey times;
  for (;;) {
    const auto more = reader_.next(record_);
    if (!more || !*more) break;
    if (record_.fields.size() != columns_.size()) break;
    survey_record(numbers, times);
  }
  reader_ = at_first_row;
  const auto style = numbers.conclude({separator_ == ',', times.have_points()});
  if (!style) return tl::unexpected(with_context(style.error(), name_));
  const auto order = times.conclude();
  if (!order) return tl::unexpected(with_context(order.error(), name_));
  numbers_ = *style;
  order_ = *order;
  return {};
}

}  // namespace almanac::dataset

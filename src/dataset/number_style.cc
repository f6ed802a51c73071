#include "dataset/number_style.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dataset/csv_reader.h"

namespace almanac::dataset {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// What separates thousands in any style: blanks and apostrophes, as they are typed and as they are typeset.
constexpr std::array<std::string_view, 5> kTypeset{" ", "'", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x99"};

std::size_t typeset_separator(std::string_view text) {
  for (const std::string_view mark : kTypeset)
    if (text.starts_with(mark)) return mark.size();
  return 0;
}

std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

// A cell taken apart: "-1'234,5e3 %" is '-', "1234,5", "e3", "%".
struct Numeral {
  bool negative = false;
  std::string body;  // digits, points and commas
  std::string exponent;
  std::string_view unit;
};

std::optional<Numeral> split(std::string_view cell) {
  Numeral numeral;
  if (cell.starts_with('-') || cell.starts_with('+')) {
    numeral.negative = cell.front() == '-';
    cell.remove_prefix(1);
  }
  std::size_t at = 0, group = 0;  // digits since the last separator
  while (at < cell.size()) {
    const char c = cell[at];
    if (is_digit(c) || c == '.' || c == ',') {
      group = is_digit(c) ? group + 1 : 0;
      numeral.body += c;
      ++at;
      continue;
    }
    const std::size_t mark = typeset_separator(cell.substr(at));
    const bool thousands = mark > 0 && group >= 1 && group <= 3 && digits_at(cell.substr(at + mark)) == 3;
    if (!thousands) break;
    at += mark;
    group = 0;
  }
  if (std::none_of(numeral.body.begin(), numeral.body.end(), is_digit)) return std::nullopt;
  if (at < cell.size() && (cell[at] == 'e' || cell[at] == 'E')) {
    std::size_t end = at + 1;
    if (end < cell.size() && (cell[end] == '+' || cell[end] == '-')) ++end;
    if (const std::size_t digits = digits_at(cell.substr(end)); digits > 0) {
      numeral.exponent = std::string(cell.substr(at, end + digits - at));
      at = end + digits;
    }
  }
  numeral.unit = trim(cell.substr(at));
  while (numeral.unit.starts_with("\xC2\xA0")) numeral.unit.remove_prefix(2);
  return numeral;
}

// "1.234.567" has groups of three; the first may be shorter, and does not begin with 0.
bool has_groups(std::string_view body, char mark) {
  const std::size_t first = digits_at(body);
  if (first < 1 || first > 3 || body.front() == '0') return false;
  for (std::size_t at = first; at < body.size(); at += 4)
    if (body[at] != mark || digits_at(body.substr(at + 1)) != 3) return false;
  return true;
}

enum class Reading { whole, point, comma, open_point, open_comma, none };

Reading reading_of(std::string_view body) {
  const auto points = std::count(body.begin(), body.end(), '.'), commas = std::count(body.begin(), body.end(), ',');
  if (points + commas == 0) return Reading::whole;
  if (points > 0 && commas > 0) {
    const std::size_t last = body.find_last_of(".,");
    const char decimal = body[last], group = decimal == '.' ? ',' : '.';
    if (!has_groups(body.substr(0, last), group)) return Reading::none;
    return decimal == '.' ? Reading::point : Reading::comma;
  }
  const char mark = points > 0 ? '.' : ',';
  const bool groups = has_groups(body, mark);
  if (points + commas > 1) {
    if (!groups) return Reading::none;
    return mark == '.' ? Reading::comma : Reading::point;  // it groups, so the other one is the decimal mark
  }
  if (mark == '.') return groups ? Reading::open_point : Reading::point;
  return groups ? Reading::open_comma : Reading::comma;
}

}  // namespace

std::optional<CellNumber> parse_cell_number(std::string_view cell, NumberStyle style) {
  const auto plain = parse_number(cell);
  if (style == NumberStyle::plain) return plain ? std::optional(CellNumber{*plain, {}}) : std::nullopt;
  const auto numeral = split(cell);
  if (!numeral) return plain ? std::optional(CellNumber{*plain, {}}) : std::nullopt;  // inf, nan
  const char decimal = style == NumberStyle::comma ? ',' : '.', group = decimal == ',' ? '.' : ',';
  std::string text = numeral->body;
  if (const std::size_t at = std::min(text.find(decimal), text.size()); text.find(group) != std::string::npos) {
    if (!has_groups(std::string_view(text).substr(0, at), group)) return std::nullopt;
    std::erase(text, group);
  }
  std::replace(text.begin(), text.end(), decimal, '.');
  const auto value = parse_number((numeral->negative ? "-" : "") + text + numeral->exponent);
  if (!value) return std::nullopt;
  return CellNumber{*value, numeral->unit};
}

void NumberSurvey::note(Seen& seen, std::string_view cell, std::size_t line) {
  if (seen.line == 0) seen = {line, std::string(cell.substr(0, 40))};
}

void NumberSurvey::see(std::string_view cell, std::size_t line, Column column) {
  const auto numeral = split(cell);
  if (!numeral) return;
  const bool decimal = column == Column::percent || !numeral->exponent.empty();  // 1.234e3 has no thousands either
  switch (reading_of(numeral->body)) {
    case Reading::point:
      return note(point_, cell, line);
    case Reading::comma:
      return note(comma_, cell, line);
    case Reading::open_comma:
      if (decimal) return note(comma_, cell, line);
      return note(column == Column::count ? open_count_ : open_other_, cell, line);
    case Reading::open_point:
      if (decimal) return note(point_, cell, line);
      return note(column == Column::count ? open_point_count_ : open_point_other_, cell, line);
    case Reading::whole:
    case Reading::none:
      return;
  }
}

tl::unexpected<Error> NumberSurvey::refuse(const Seen& open, char mark, std::string_view remedy) {
  std::string whole = open.cell, decimal = open.cell;
  std::erase(whole, mark);
  std::replace(decimal.begin(), decimal.end(), ',', '.');
  return fail(ErrorCode::invalid_input, fmt::format("line {}: \"{}\" may be {} or {}, and no other line tells; {}",
                                                    open.line, open.cell, whole, decimal, remedy));
}

Result<NumberStyle> NumberSurvey::conclude(const Custom& custom) const {
  if (point_.line > 0 && comma_.line > 0)
    return fail(ErrorCode::invalid_input,
                fmt::format("line {}: \"{}\" has a decimal comma, but line {}: \"{}\" has a decimal point; expected "
                            "one of them in the whole file",
                            comma_.line, comma_.cell, point_.line, point_.cell));
  if (comma_.line > 0) return NumberStyle::comma;
  if (point_.line > 0) return NumberStyle::point;
  if (open_other_.line > 0 || (open_count_.line > 0 && !custom.comma_separates))
    return refuse(open_other_.line > 0 ? open_other_ : open_count_, ',',
                  "write numbers without thousands separators and with a decimal point");
  // In a column of no counts a point is a decimal point: 1.500 instances are a mean.
  if (open_point_count_.line == 0 || custom.comma_separates) return NumberStyle::point;
  if (custom.dates_have_points && open_point_other_.line == 0) return NumberStyle::comma;
  return refuse(open_point_count_, '.',
                "write numbers without thousands separators, or separate the columns with commas if it is a decimal "
                "point");
}

}  // namespace almanac::dataset

#include "calendar/posix_rule.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::calendar {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

// Takes parts off the front of the text; the first that cannot be read makes everything after it fail.
class PosixRule::Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }
  bool next_is(char c) const { return rest_.starts_with(c); }
  bool skip(char c) {
    if (!next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ = skip(c) && ok_; }

  int number(int smallest, int largest) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < rest_.size() && digits < 4 && is_digit(rest_[digits])) value = 10 * value + (rest_[digits++] - '0');
    rest_.remove_prefix(digits);
    ok_ = ok_ && digits > 0 && value >= smallest && value <= largest;
    return value;
  }

  // "CET" or "<+03>".
  std::string name() {
    const bool quoted = skip('<');
    std::size_t length = 0;
    while (length < rest_.size() && (quoted ? rest_[length] != '>' : is_letter(rest_[length]))) ++length;
    std::string result(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (quoted) expect('>');
    ok_ = ok_ && length >= 3;
    return result;
  }

  // "-1", "5:30", "+167:59:59".
  Duration time() {
    const int sign = skip('-') ? -1 : 1;
    if (sign > 0) skip('+');
    int seconds = 3600 * number(0, 167);
    if (skip(':')) seconds += 60 * number(0, 59);
    if (skip(':')) seconds += number(0, 59);
    return Duration{sign * seconds};
  }

  Date date() {
    Date date;
    expect(',');
    if (skip('M')) {
      date.month = static_cast<unsigned>(number(1, 12));
      expect('.');
      date.week = static_cast<unsigned>(number(1, 5));
      expect('.');
      date.weekday = static_cast<unsigned>(number(0, 6));
    } else if (skip('J')) {
      date.kind = Date::Kind::day_of_365;
      date.day = number(1, 365);
    } else {
      date.kind = Date::Kind::day_from_0;
      date.day = number(0, 365);
    }
    if (skip('/')) date.time = time();
    return date;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

Result<PosixRule> PosixRule::parse(std::string_view text) {
  Parser parser(text);
  PosixRule rule;
  rule.standard_.abbreviation = parser.name();
  rule.standard_.utc_offset = -parser.time();  // POSIX counts west of Greenwich
  if (parser.ok() && !parser.done()) {
    rule.daylight_.emplace();
    rule.daylight_->abbreviation = parser.name();
    rule.daylight_->utc_offset = parser.next_is(',') ? rule.standard_.utc_offset + kHour : -parser.time();
    rule.begins_ = parser.date();
    rule.ends_ = parser.date();
  }
  if (!parser.ok() || !parser.done()) {
    return fail(ErrorCode::invalid_input,
                fmt::format("rule \"{}\": expected a form like CET-1CEST,M3.5.0,M10.5.0/3", text));
  }
  return rule;
}

LocalTime PosixRule::Date::in(std::chrono::year year) const {
  using namespace std::chrono;
  const local_days new_year{year / January / 1};
  switch (kind) {
    case Kind::day_of_365:  // 29 February is not counted: day 60 is always 1 March
      return new_year + days{day - 1 + (year.is_leap() && day >= 60 ? 1 : 0)} + time;
    case Kind::day_from_0:
      return new_year + days{day} + time;
    case Kind::month_week_day:
      break;
  }
  const auto of_month = year / std::chrono::month{month};
  const local_days found = week == 5 ? local_days{of_month / std::chrono::weekday{weekday}[last]}
                                     : local_days{of_month / std::chrono::weekday{weekday}[week]};
  return found + time;
}

std::vector<Zone::Transition> PosixRule::transitions(std::chrono::year year) const {
  if (!daylight_) return {};
  const auto at = [](LocalTime local, Duration offset) { return Timestamp{local.time_since_epoch() - offset}; };
  std::vector<Zone::Transition> result{{at(begins_.in(year), standard_.utc_offset), *daylight_},
                                       {at(ends_.in(year), daylight_->utc_offset), standard_}};
  if (result[1].at < result[0].at) std::swap(result[0], result[1]);
  return result;
}

}  // namespace almanac::calendar

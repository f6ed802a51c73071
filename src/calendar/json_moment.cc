#include "calendar/json_moment.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <optional>
#include <string>

#include "calendar/text.h"

namespace almanac::calendar {
namespace {

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// Takes a number of at most `most` digits from the front; empty where none stands there.
struct Number {
  int value = 0;
  std::size_t digits = 0;
};
std::optional<Number> take_number(std::string_view& rest, std::size_t most) {
  Number number;
  while (number.digits < most && number.digits < rest.size() && is_digit(rest[number.digits])) ++number.digits;
  if (number.digits == 0) return std::nullopt;
  std::from_chars(rest.data(), rest.data() + number.digits, number.value);
  rest.remove_prefix(number.digits);
  return number;
}

bool take(std::string_view& rest, char c) {
  if (rest.empty() || rest.front() != c) return false;
  rest.remove_prefix(1);
  return true;
}

void skip_spaces(std::string_view& rest) {
  while (take(rest, ' ')) {
  }
}

bool same_letters(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(a[i])) != std::tolower(static_cast<unsigned char>(b[i]))) return false;
  return true;
}

struct Date {
  int year = 0, month = 0, day = 0;
};

std::string iso(const Date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

// Takes a date from the front: empty where there is none. `otherwise` is set where day and month could be swapped.
std::optional<Date> take_date(std::string_view& rest, std::optional<Date>& otherwise) {
  if (rest.size() >= 8 && rest.substr(0, 8).find_first_not_of("0123456789") == std::string_view::npos) {
    const bool ends = rest.size() == 8 || rest[8] == 'T';
    if (!ends) return std::nullopt;
    const auto year = take_number(rest, 4), month = take_number(rest, 2), day = take_number(rest, 2);
    return Date{year->value, month->value, day->value};
  }
  const auto first = take_number(rest, 4);
  if (!first || rest.empty()) return std::nullopt;
  const char separator = rest.front();
  if (separator != '-' && separator != '/' && separator != '.') return std::nullopt;
  rest.remove_prefix(1);
  const auto second = take_number(rest, 2);
  if (!second || !take(rest, separator)) return std::nullopt;
  const auto third = take_number(rest, 4);
  if (!third) return std::nullopt;
  if (first->digits == 4 && third->digits <= 2) return Date{first->value, second->value, third->value};
  if (third->digits != 4 || first->digits > 2) return std::nullopt;
  const Date day_first{third->value, second->value, first->value},
      month_first{third->value, first->value, second->value};
  if (second->value > 12) return month_first;
  if (first->value <= 12 && first->value != second->value) otherwise = month_first;
  return day_first;
}

struct TimeOfDay {
  int hour = 0, minute = 0, second = 0;
};

// Takes "9:00", "09:00:00.123", "0900", "9:00 PM"; empty where there is none.
std::optional<TimeOfDay> take_time(std::string_view& rest) {
  const auto hour = take_number(rest, 2);
  if (!hour) return std::nullopt;
  TimeOfDay time{hour->value, 0, 0};
  const bool colon = take(rest, ':');
  const auto minute = take_number(rest, 2);
  if (!minute || minute->digits != 2) return std::nullopt;
  time.minute = minute->value;
  if (colon ? take(rest, ':') : !rest.empty() && is_digit(rest.front())) {
    const auto second = take_number(rest, 2);
    if (!second || second->digits != 2) return std::nullopt;
    time.second = second->value;
    if (take(rest, '.') || take(rest, ',')) take_number(rest, 18);
  }
  std::string_view after = rest;
  skip_spaces(after);
  const bool am = same_letters(after.substr(0, 2), "am"), pm = same_letters(after.substr(0, 2), "pm");
  if (am || pm) {
    if (time.hour < 1 || time.hour > 12) return std::nullopt;
    time.hour = time.hour % 12 + (pm ? 12 : 0);
    rest = after.substr(2);
  }
  return time;
}

}  // namespace

Result<JsonMoment> parse_json_moment(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::invalid_input,
                fmt::format("found {}; expected a time such as 2026-11-27T09:00 (in the calendar's zone), "
                            "2026-11-27T08:00Z, 2026-11-27T09:00+01:00, or a date such as 2026-11-27",
                            in_quotes(text)));
  };
  std::string_view rest = text;
  skip_spaces(rest);
  while (rest.ends_with(' ')) rest.remove_suffix(1);
  std::optional<Date> otherwise;
  const auto date = take_date(rest, otherwise);
  if (!date) return refuse();
  if (otherwise)
    return fail(ErrorCode::invalid_input, fmt::format("found {}, which can be {} or {}; expected the year first",
                                                      in_quotes(text), iso(*date), iso(*otherwise)));
  // The calendar's own reader checks the date and reads the offset.
  const auto midnight = parse_timestamp(iso(*date));
  if (!midnight) return refuse();
  const LocalTime day{midnight->time_since_epoch()};
  if (rest.empty()) return JsonMoment{JsonMoment::Kind::date, {}, day};
  if (!take(rest, 'T') && !take(rest, 't') && !take(rest, ' ') && !take(rest, ',')) return refuse();
  skip_spaces(rest);
  const auto time = take_time(rest);
  const bool midnight_after = time && time->hour == 24 && time->minute == 0 && time->second == 0;
  if (!time || (time->hour > 23 && !midnight_after) || time->minute > 59 || time->second > 59) return refuse();
  const Duration clock = time->hour * kHour + time->minute * kMinute + Duration{time->second};
  skip_spaces(rest);
  if (rest.empty()) return JsonMoment{JsonMoment::Kind::local, {}, day + clock};
  if (same_letters(rest, "utc") || same_letters(rest, "gmt")) rest = "Z";
  const auto zero = parse_timestamp(fmt::format("1970-01-02T00:00:00{}", rest));
  if (!zero) return refuse();
  return JsonMoment{JsonMoment::Kind::absolute, *midnight + clock + (*zero - Timestamp{kDay}), {}};
}

}  // namespace almanac::calendar

#include "core/time.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>

#include "core/check.h"

namespace almanac {
namespace {

// Reads fixed-width digits and separators from the front of a text; `ok` turns false at the first mismatch.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int digits(std::size_t count) {
    if (!ok || rest.size() < count) return ok = false, 0;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return ok = false, 0;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return value;
  }
  bool accept(char c) {
    if (!ok || rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) ok = false;
  }
};

Duration scan_zone(Scanner& in) {
  if (in.rest.empty() || in.accept('Z') || in.accept('z')) return Duration{0};
  const bool negative = in.accept('-');
  if (!negative && !in.accept('+')) return in.ok = false, Duration{0};
  const int hours = in.digits(2);
  int minutes = 0;
  if (!in.rest.empty()) {
    in.accept(':');
    minutes = in.digits(2);
  }
  if (hours > 23 || minutes > 59) in.ok = false;
  const Duration offset{hours * 3600 + minutes * 60};
  return negative ? -offset : offset;
}

bool all_digits(std::string_view text) {
  for (char c : text)
    if (c < '0' || c > '9') return false;
  return !text.empty();
}

}  // namespace

Timestamp floor_to(Timestamp t, Duration step) {
  ALMANAC_CHECK(step.count() > 0, "a grid needs a positive step");
  auto remainder = t.time_since_epoch() % step;
  if (remainder < Duration{0}) remainder += step;
  return t - remainder;
}

Timestamp ceil_to(Timestamp t, Duration step) {
  const Timestamp down = floor_to(t, step);
  return down == t ? t : down + step;
}

Result<Timestamp> parse_timestamp(std::string_view text) {
  const auto refuse = [&] {
    return fail(
        ErrorCode::invalid_input,
        fmt::format("\"{}\" is not a time; expected ISO 8601 such as 2026-11-27T08:00:00Z", text.substr(0, 40)));
  };
  if (all_digits(text) && text.size() >= 9 && text.size() <= 11) {
    long long seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return Timestamp{Duration{seconds}};
  }
  Scanner in{text};
  const int year = in.digits(4);
  in.expect('-');
  const int month = in.digits(2);
  in.expect('-');
  const int day = in.digits(2);
  int hour = 0, minute = 0, second = 0;
  Duration offset{0};
  if (!in.rest.empty()) {
    if (!in.accept('T')) in.expect(' ');
    hour = in.digits(2);
    in.expect(':');
    minute = in.digits(2);
    if (in.accept(':')) {
      second = in.digits(2);
      if (in.accept('.'))
        while (in.ok && !in.rest.empty() && std::isdigit(static_cast<unsigned char>(in.rest.front())))
          in.rest.remove_prefix(1);
    }
    offset = scan_zone(in);
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!in.ok || !in.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 59) return refuse();
  return std::chrono::sys_days{date} + Duration{hour * 3600 + minute * 60 + second} - offset;
}

std::string format_timestamp(Timestamp t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const int year = static_cast<int>(date.year());
  const auto month = static_cast<unsigned>(date.month());
  const auto day_of_month = static_cast<unsigned>(date.day());
  const auto seconds = static_cast<unsigned>((t - day).count());
  if (year < 0 || year > 9999) {
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", year, month, day_of_month, seconds / 3600,
                       seconds / 60 % 60, seconds % 60);
  }
  // By hand: an answer of 30 days has nine thousand of them.
  std::string text = "0000-00-00T00:00:00Z";
  const auto put = [&text](std::size_t at, unsigned two_digits) {
    text[at] = static_cast<char>('0' + two_digits / 10);
    text[at + 1] = static_cast<char>('0' + two_digits % 10);
  };
  put(0, static_cast<unsigned>(year) / 100);
  put(2, static_cast<unsigned>(year) % 100);
  put(5, month);
  put(8, day_of_month);
  put(11, seconds / 3600);
  put(14, seconds / 60 % 60);
  put(17, seconds % 60);
  return text;
}

namespace {
struct Unit {
  char symbol;
  long long seconds;
};
constexpr std::array<Unit, 5> kUnits{{{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::invalid_input,
                fmt::format("\"{}\" is not a duration; expected such as 90s, 5m, 1h30m or 2d", text.substr(0, 40)));
  };
  long long total = 0;
  std::size_t next_unit = 0;  // units must come from large to small, each once
  std::string_view rest = text;
  if (rest.empty()) return refuse();
  while (!rest.empty()) {
    long long value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{} || value < 0 || value > 1'000'000'000 || end == rest.data() + rest.size()) return refuse();
    while (next_unit < kUnits.size() && kUnits[next_unit].symbol != *end) ++next_unit;
    if (next_unit == kUnits.size()) return refuse();
    total += value * kUnits[next_unit++].seconds;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  }
  return Duration{total};
}

std::string format_duration(Duration d) {
  long long rest = d.count();
  if (rest == 0) return "0s";
  std::string text;
  if (rest < 0) text = "-", rest = -rest;
  for (const Unit& unit : kUnits) {
    if (unit.symbol == 'w') continue;  // "14d" reads better than "2w"
    if (rest / unit.seconds > 0) text += fmt::format("{}{}", rest / unit.seconds, unit.symbol);
    rest %= unit.seconds;
  }
  return text;
}

}  // namespace almanac

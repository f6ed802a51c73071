#include "dataset/time_style.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "dataset/csv_reader.h"

namespace almanac::dataset {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

int number_of(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays{"monday", "tuesday",  "wednesday", "thursday",
                                                    "friday", "saturday", "sunday"};

// The index of the name that `word` is, whole or its first three letters.
template <std::size_t N>
std::optional<int> named(const std::array<std::string_view, N>& names, std::string_view word) {
  const std::string text = lower(word.ends_with('.') ? word.substr(0, word.size() - 1) : word);
  for (std::size_t i = 0; i < N; ++i)
    if (text == names[i] || (text.size() >= 3 && text.size() <= 4 && names[i].starts_with(text)))
      return static_cast<int>(i);
  return std::nullopt;
}

// What the words of a time say. Numbers of which the order tells the meaning stay as they are.
struct Words {
  std::optional<int> year, month, day;
  std::optional<std::array<int, 2>> open;  // first and second number of 11/05/2026
  int hour = 0, minute = 0, second = 0;
  bool clock = false, pm = false, am = false;
  std::optional<Duration> zone;
  std::vector<int> numbers;  // beside a month's name: day and year
  std::string trouble;       // why it is not a time, where that is known
};

bool read_clock(std::string_view word, Words& words) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; parts.size() < 4;) {
    const std::size_t colon = std::min(word.find(':', at), word.size());
    parts.push_back(word.substr(at, colon - at));
    if (colon == word.size()) break;
    at = colon + 1;
  }
  if (parts.size() < 2 || parts.size() > 3 || words.clock) return false;
  if (parts.size() == 3) parts[2] = parts[2].substr(0, parts[2].find_first_of(".,"));
  for (const std::string_view part : parts)
    if (!all_digits(part) || part.size() > 2) return false;
  words.clock = true;
  words.hour = number_of(parts[0]);
  words.minute = number_of(parts[1]);
  words.second = parts.size() == 3 ? number_of(parts[2]) : 0;
  return words.minute < 60 && words.second < 60;
}

bool read_offset(std::string_view word, Words& words) {
  std::string digits(word.substr(1));
  std::erase(digits, ':');
  if (!all_digits(digits) || (digits.size() != 2 && digits.size() != 4)) return false;
  const int hours = number_of(std::string_view(digits).substr(0, 2));
  const int minutes = digits.size() == 4 ? number_of(std::string_view(digits).substr(2)) : 0;
  if (hours > 14 || minutes > 59) return false;
  const Duration offset{hours * 3600 + minutes * 60};
  words.zone = word.front() == '-' ? -offset : offset;
  return true;
}

// "2026/11/05", "05.11.2026", "11/05/2026", "5-Nov-2026".
bool read_date(std::string_view word, Words& words) {
  const std::size_t first = word.find_first_of("/-.");
  if (first == std::string_view::npos || words.year) return false;
  const char mark = word[first];
  const std::size_t second = word.find(mark, first + 1);
  if (second == std::string_view::npos) return false;
  const std::string_view a = word.substr(0, first), b = word.substr(first + 1, second - first - 1),
                         c = word.substr(second + 1);
  if (const auto month = named(kMonths, b); month && all_digits(a) && all_digits(c) && a.size() <= 2) {
    if (c.size() == 2) words.trouble = "a year of two digits; write it with four, best as 2026-11-05";
    words.day = number_of(a);
    words.month = *month + 1;
    words.year = number_of(c);
    return c.size() == 4;
  }
  if (!all_digits(a) || !all_digits(b) || !all_digits(c)) return false;
  if (a.size() == 4 && b.size() <= 2 && c.size() <= 2) {
    words.year = number_of(a);
    words.month = number_of(b);
    words.day = number_of(c);
    return true;
  }
  if (a.size() > 2 || b.size() > 2) return false;
  if (c.size() == 2) words.trouble = "a year of two digits; write it with four, best as 2026-11-05";
  if (c.size() != 4) return false;
  words.year = number_of(c);
  if (mark == '.') {
    words.day = number_of(a);
    words.month = number_of(b);
  } else {
    words.open = {number_of(a), number_of(b)};
  }
  return true;
}

// "20261105", "20261105T120000".
bool read_compact(std::string_view word, Words& words) {
  const std::string_view date = word.substr(0, 8);
  if (word.size() < 8 || !all_digits(date) || words.year) return false;
  words.year = number_of(date.substr(0, 4));
  words.month = number_of(date.substr(4, 2));
  words.day = number_of(date.substr(6, 2));
  if (word.size() == 8) return true;
  const std::string_view clock = word.substr(9);
  if (word[8] != 'T' || !all_digits(clock) || (clock.size() != 4 && clock.size() != 6)) return false;
  words.clock = true;
  words.hour = number_of(clock.substr(0, 2));
  words.minute = number_of(clock.substr(2, 2));
  words.second = clock.size() == 6 ? number_of(clock.substr(4, 2)) : 0;
  return words.minute < 60 && words.second < 60;
}

bool read_word(std::string_view word, Words& words) {
  const std::string text = lower(word);
  if (text == "am" || text == "a.m.") return words.am = true;
  if (text == "pm" || text == "p.m.") return words.pm = true;
  if (text == "z" || text == "utc" || text == "gmt" || text == "(utc)") {
    if (!words.zone) words.zone = Duration{0};
    return *words.zone == Duration{0};
  }
  if (word.front() == '+' || (word.front() == '-' && words.clock)) return read_offset(word, words);
  if (word.find(':') != std::string_view::npos) {
    // A zone or AM may stand close to the clock: 12:00:00Z, 12:00+01:00, 9:05PM.
    const std::size_t end = word.find_first_not_of("0123456789:.,");
    if (!read_clock(word.substr(0, end), words)) return false;
    return end == std::string_view::npos || read_word(word.substr(end), words);
  }
  if (named(kWeekdays, word)) return true;
  if (const auto month = named(kMonths, word)) {
    if (words.month) return false;
    words.month = *month + 1;
    return true;
  }
  if (word.find_first_of("/-.") != std::string_view::npos) return read_date(word, words);
  if (word.size() >= 8) {
    if (!word.ends_with('Z')) return read_compact(word, words);
    words.zone = Duration{0};
    return read_compact(word.substr(0, word.size() - 1), words);
  }
  if (all_digits(word) && word.size() <= 4) {
    words.numbers.push_back(number_of(word));
    return words.numbers.size() <= 2;
  }
  if (words.clock && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '/'; }))
    words.trouble = fmt::format("the zone \"{}\" may be several; write the offset, such as +01:00", word);
  return false;
}

// The words of a time, or nothing. A comma that is not before a fraction separates words as a blank does.
std::optional<Words> read_words(std::string_view cell, std::string* trouble = nullptr) {
  Words words;
  std::string text(cell);
  for (const std::string_view typeset :
       {"\xC2\xA0", "\xE2\x80\xAF"})  // blanks that do not break, as browsers write them
    for (std::size_t at = 0; (at = text.find(typeset)) != std::string::npos;) text.replace(at, typeset.size(), " ");
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fraction = i >= 3 && text[i - 3] == ':' && i + 1 < text.size() && is_digit(text[i + 1]);
    if (text[i] == ',' && !fraction) text[i] = ' ';
    const bool between = i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);
    if (text[i] == 'T' && between && text.find(':') != std::string::npos) text[i] = ' ';
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at && !read_word(std::string_view(text).substr(at, end - at), words)) {
      if (trouble) *trouble = words.trouble;
      return std::nullopt;
    }
    at = end + 1;
  }
  if (words.month && !words.year && words.numbers.size() == 2) {  // 5 Nov 2026, Nov 5 2026
    words.day = words.numbers[0];
    words.year = words.numbers[1];
    words.numbers.clear();
  }
  const bool date = words.year && *words.year >= 1000 && (words.open || (words.month && words.day));
  if (!date || !words.numbers.empty()) return std::nullopt;
  if (words.am || words.pm) {
    if (!words.clock || words.am == words.pm || words.hour < 1 || words.hour > 12) return std::nullopt;
    words.hour = words.hour % 12 + (words.pm ? 12 : 0);
  }
  return words.hour < 24 ? std::optional(words) : std::nullopt;
}

std::optional<std::chrono::sys_days> day_of(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  return date.ok() ? std::optional<std::chrono::sys_days>(date) : std::nullopt;
}

// The number of digits before the point tells the unit: each covers centuries around now, and no two overlap.
std::optional<Timestamp> since_the_epoch(std::string_view cell) {
  const std::size_t point = std::min(cell.find('.'), cell.size());
  const std::string_view whole = cell.substr(0, point);
  if (!all_digits(whole) || (point < cell.size() && !all_digits(cell.substr(point + 1)))) return std::nullopt;
  long long per_second = 1;
  if (whole.size() >= 12 && whole.size() <= 14) {
    per_second = 1'000;
  } else if (whole.size() >= 15 && whole.size() <= 17) {
    per_second = 1'000'000;
  } else if (whole.size() == 18 || whole.size() == 19) {
    per_second = 1'000'000'000;
  } else if (whole.size() < 9 || whole.size() > 19) {
    return std::nullopt;
  }
  long long count = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), count);
  if (error != std::errc{}) return std::nullopt;
  return Timestamp{Duration{count / per_second}};
}

// Why a number is not a time, where people have met it.
std::string trouble_with_number(std::string_view cell) {
  const auto value = parse_number(cell);
  if (!value) return {};
  if (cell.find_first_of("eE") != std::string_view::npos)
    return "a number that a spreadsheet has shortened; format the column as text or as 2026-11-27 08:00:00";
  if (*value >= 20'000 && *value < 80'000)
    return "a spreadsheet's serial date; format the column as 2026-11-27 08:00:00";
  return {};
}

}  // namespace

Result<CellTime> parse_cell_time(std::string_view cell, DayOrder order) {
  const auto plain = parse_timestamp(cell);
  if (plain) {
    const std::size_t clock = cell.find_first_of("Tt ");
    const bool zoned = clock == std::string_view::npos ? cell.find('-') == std::string_view::npos
                                                       : cell.find_first_of("Zz+-", clock) != std::string_view::npos;
    return CellTime{*plain, zoned};
  }
  if (const auto time = since_the_epoch(cell)) return CellTime{*time, true};
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::invalid_input, fmt::format("\"{}\" is {}", cell.substr(0, 40), why));
  };
  std::string trouble = trouble_with_number(cell);
  const auto words = trouble.empty() ? read_words(cell, &trouble) : std::nullopt;
  if (!words) {
    if (trouble.empty()) return tl::unexpected(plain.error());
    return refuse(fmt::format("not a time: {}", trouble));
  }
  int month = words->month.value_or(0), day = words->day.value_or(0);
  if (words->open) {
    const auto [first, second] = *words->open;
    const bool day_first = order == DayOrder::day_first || first > 12;
    day = day_first ? first : second;
    month = day_first ? second : first;
  }
  const auto date = day_of(*words->year, month, day);
  if (!date) return refuse("no day of the calendar");
  return CellTime{
      *date + Duration{words->hour * 3600 + words->minute * 60 + words->second} - words->zone.value_or(Duration{0}),
      words->zone.has_value()};
}

void TimeSurvey::see(std::string_view cell, std::size_t line) {
  if (cell.size() > 4 && is_digit(cell[0]) && is_digit(cell[1]) && is_digit(cell[2])) return;  // a year, or a count
  const auto words = read_words(cell);
  const std::size_t mark = cell.find_first_not_of("0123456789");
  if (words && !words->open && mark < cell.size() && cell[mark] == '.') points_ = true;
  if (!words || !words->open) return;
  const auto note = [&](Seen& seen) {
    if (seen.line == 0) seen = {line, std::string(cell.substr(0, 40))};
  };
  const Numbers now{(*words->open)[0], (*words->open)[1], *words->year};
  if (now.first > 12) note(day_first_);
  if (now.second > 12) note(month_first_);
  if (now.first != now.second && now.first <= 12 && now.second <= 12) note(open_);
  if (last_ && *last_ != now) {
    const auto near = [](std::optional<std::chrono::sys_days> a, std::optional<std::chrono::sys_days> b) {
      return a && b && std::chrono::abs(*a - *b) <= std::chrono::days{7};
    };
    ++steps_;
    steps_day_first_ +=
        near(day_of(last_->year, last_->second, last_->first), day_of(now.year, now.second, now.first)) ? 1 : 0;
    steps_month_first_ +=
        near(day_of(last_->year, last_->first, last_->second), day_of(now.year, now.first, now.second)) ? 1 : 0;
  }
  last_ = now;
}

Result<DayOrder> TimeSurvey::conclude() const {
  if (day_first_.line > 0 && month_first_.line > 0)
    return fail(ErrorCode::invalid_input,
                fmt::format("line {}: \"{}\" has the day first, but line {}: \"{}\" the month; write dates as "
                            "2026-11-05",
                            day_first_.line, day_first_.cell, month_first_.line, month_first_.cell));
  if (day_first_.line > 0) return DayOrder::day_first;
  if (month_first_.line > 0) return DayOrder::month_first;
  if (open_.line == 0) return DayOrder::unknown;
  if (steps_day_first_ == steps_ && steps_month_first_ < steps_) return DayOrder::day_first;
  if (steps_month_first_ == steps_ && steps_day_first_ < steps_) return DayOrder::month_first;
  return fail(ErrorCode::invalid_input,
              fmt::format("line {}: \"{}\" may have the day or the month first, and no other line tells; write dates "
                          "as 2026-11-05",
                          open_.line, open_.cell));
}

}  // namespace almanac::dataset

#include "calendar/recurrence.h"

#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "calendar/text.h"
#include "core/check.h"

namespace almanac::calendar {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month_day;

constexpr int kLargestCount = 100'000;
constexpr std::size_t kStartsADay = 24;
constexpr std::size_t kLongestRule = 2000;
constexpr local_days kLastDay{std::chrono::year{2200} / 1 / 1};

enum class Frequency { hourly, daily, weekly, monthly, yearly };

// "FR" (ordinal 0: every one of the period) or "-1FR" (the last one).
struct ByDay {
  unsigned weekday;  // 0 = Sunday
  int ordinal;
};

struct Parts {
  Frequency frequency = Frequency::daily;
  int interval = 1;
  int count = 0;                   // 0: without
  std::optional<LocalTime> until;  // inclusive
  unsigned week_start = 1;
  std::vector<int> months, month_days, year_days, week_numbers, hours, minutes, seconds, positions;
  std::vector<ByDay> by_days;
};

bool contains(const std::vector<int>& values, int value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// A list of the rule counts from the front (1, 2 ...) or from the back (-1, -2 ...) of `size` things.
bool contains_position(const std::vector<int>& values, int position, int size) {
  return contains(values, position) || contains(values, position - size - 1);
}

int year_of(local_days day) {
  return static_cast<int>(year_month_day{day}.year());
}
local_days new_year(int year) {
  return local_days{std::chrono::year{year} / 1 / 1};
}

local_days week_begin(local_days day, unsigned week_start) {
  return day - days{(std::chrono::weekday{day}.c_encoding() + 7 - week_start) % 7};
}

// Week 1 is the first with four days in the year (ISO 8601, with the rule's own first weekday).
local_days first_week(int year, unsigned week_start) {
  return week_begin(new_year(year) + days{3}, week_start);
}

bool week_matches(local_days day, const std::vector<int>& week_numbers, unsigned week_start) {
  const local_days week = week_begin(day, week_start);
  const int year = year_of(week + days{3});
  const local_days first = first_week(year, week_start);
  const int weeks = static_cast<int>((first_week(year + 1, week_start) - first).count() / 7);
  return contains_position(week_numbers, static_cast<int>((week - first).count() / 7) + 1, weeks);
}

std::vector<int> list(const short* values) {
  std::vector<int> result;
  for (; *values != ICAL_RECURRENCE_ARRAY_MAX; ++values) result.push_back(*values);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

tl::unexpected<Error> refuse(ErrorCode code, std::string_view rule, std::string_view why) {
  return fail(code, fmt::format("found {}; {}", in_quotes(rule), why));
}

// The library reads numbers into short integers that wrap; no digits that long stand in an honest rule.
bool has_long_number(std::string_view rule, std::string_view key, std::size_t digits) {
  const auto at = rule.find(key);
  if (at == std::string_view::npos) return false;
  const auto end = rule.find_first_not_of("0123456789", at + key.size());
  return (end == std::string_view::npos ? rule.size() : end) - at - key.size() > digits;
}

Result<Frequency> frequency_of(const icalrecurrencetype& rule, std::string_view text) {
  switch (rule.freq) {
    case ICAL_HOURLY_RECURRENCE:
      return Frequency::hourly;
    case ICAL_DAILY_RECURRENCE:
      return Frequency::daily;
    case ICAL_WEEKLY_RECURRENCE:
      return Frequency::weekly;
    case ICAL_MONTHLY_RECURRENCE:
      return Frequency::monthly;
    case ICAL_YEARLY_RECURRENCE:
      return Frequency::yearly;
    case ICAL_SECONDLY_RECURRENCE:
    case ICAL_MINUTELY_RECURRENCE:
      return refuse(ErrorCode::unsupported, text, "expected a rule that repeats hourly or more rarely");
    default:
      return refuse(ErrorCode::invalid_input, text, "expected a recurrence rule such as FREQ=WEEKLY;BYDAY=FR");
  }
}

std::optional<LocalTime> until_of(const icaltimetype& until, const Zone& zone, Recurrence::Of of) {
  if (icaltime_is_null_time(until)) return std::nullopt;
  const year_month_day date{std::chrono::year{until.year}, std::chrono::month(static_cast<unsigned>(until.month)),
                            std::chrono::day(static_cast<unsigned>(until.day))};
  if (!date.ok()) return std::nullopt;
  const LocalTime midnight = local_days{date};
  // A program that knows UNTIL as a moment only writes the last day as its midnight.
  const bool names_a_day =
      of == Recurrence::Of::days && icaltime_is_utc(until) && until.hour == 0 && until.minute == 0 && until.second == 0;
  if (until.is_date || names_a_day) return midnight + kDay - Duration{1};
  const LocalTime time = midnight + Duration{until.hour * 3600 + until.minute * 60 + until.second};
  return icaltime_is_utc(until) ? zone.to_local(Timestamp{time.time_since_epoch()}) : time;
}

// What RFC 5545 forbids and no reader agrees on.
std::string_view contradiction(const Parts& parts) {
  const bool yearly = parts.frequency == Frequency::yearly;
  const bool ordinals =
      std::any_of(parts.by_days.begin(), parts.by_days.end(), [](const ByDay& day) { return day.ordinal != 0; });
  if (!yearly && !parts.week_numbers.empty()) return "BYWEEKNO needs FREQ=YEARLY";
  if (!yearly && parts.frequency != Frequency::hourly && !parts.year_days.empty())
    return "BYYEARDAY needs FREQ=YEARLY or HOURLY";
  if (parts.frequency == Frequency::weekly && !parts.month_days.empty()) return "FREQ=WEEKLY forbids BYMONTHDAY";
  if (ordinals && !yearly && parts.frequency != Frequency::monthly)
    return "a numbered BYDAY such as 2MO needs FREQ=MONTHLY or YEARLY";
  if (ordinals && !parts.week_numbers.empty()) return "BYWEEKNO forbids a numbered BYDAY such as 2MO";
  return {};
}

// Some programs write COUNT=-1 where they do not count.
std::string without_no_count(std::string_view text) {
  std::string rule{text};
  constexpr std::string_view kNoCount = "COUNT=-1";
  const auto at = rule.find(kNoCount);
  const auto end = at == std::string::npos ? at : at + kNoCount.size();
  if (at == std::string::npos || (end < rule.size() && rule[end] != ';')) return rule;
  if (at > 0 && rule[at - 1] == ';') return rule.erase(at - 1, kNoCount.size() + 1);
  return rule.erase(at, kNoCount.size() + (end < rule.size() ? 1 : 0));
}

Result<Parts> parse_parts(std::string_view text, const Zone& zone, Recurrence::Of of) {
  if (text.size() > kLongestRule || has_long_number(text, "INTERVAL=", 4) || has_long_number(text, "COUNT=", 6))
    return refuse(ErrorCode::invalid_input, text, "expected a recurrence rule of a sensible length and numbers");
  icalrecurrencetype rule = icalrecurrencetype_from_string(without_no_count(text).c_str());
  // The one part of the plain struct that the library leaves to its caller to free.
  const std::unique_ptr<char, decltype(&std::free)> rscale{rule.rscale, &std::free};
  const auto frequency = frequency_of(rule, text);
  if (!frequency) return tl::unexpected(frequency.error());
  if (rscale) return refuse(ErrorCode::unsupported, text, "expected a rule without RSCALE (the Gregorian calendar)");

  Parts parts;
  parts.frequency = *frequency;
  parts.interval = std::max<int>(rule.interval, 1);
  parts.count = rule.count;
  parts.until = until_of(rule.until, zone, of);
  parts.week_start = rule.week_start == ICAL_NO_WEEKDAY ? 1u : static_cast<unsigned>(rule.week_start) - 1;
  parts.months = list(rule.by_month);
  parts.month_days = list(rule.by_month_day);
  parts.year_days = list(rule.by_year_day);
  parts.week_numbers = list(rule.by_week_no);
  parts.hours = list(rule.by_hour);
  parts.minutes = list(rule.by_minute);
  parts.seconds = list(rule.by_second);
  parts.positions = list(rule.by_set_pos);
  for (const short* day = rule.by_day; *day != ICAL_RECURRENCE_ARRAY_MAX; ++day)
    parts.by_days.push_back(
        {static_cast<unsigned>(icalrecurrencetype_day_day_of_week(*day)) - 1, icalrecurrencetype_day_position(*day)});
  if (const auto why = contradiction(parts); !why.empty()) return refuse(ErrorCode::invalid_input, text, why);
  if (parts.count > kLargestCount)
    return refuse(ErrorCode::unsupported, text, fmt::format("expected a COUNT of at most {}", kLargestCount));
  return parts;
}

// What the rule leaves open comes from the first start (RFC 5545 section 3.3.10).
void complete(Parts& parts, LocalTime first) {
  const local_days day = std::chrono::floor<days>(first);
  const auto second = static_cast<int>((first - day).count());
  if (parts.hours.empty() && parts.frequency != Frequency::hourly) parts.hours = {second / 3600};
  if (parts.minutes.empty()) parts.minutes = {second / 60 % 60};
  if (parts.seconds.empty()) parts.seconds = {second % 60};

  const year_month_day date{day};
  const ByDay weekday{std::chrono::weekday{day}.c_encoding(), 0};
  const bool chosen = !parts.by_days.empty() || !parts.month_days.empty() || !parts.year_days.empty();
  if (chosen) return;
  if (parts.frequency == Frequency::weekly || !parts.week_numbers.empty()) {
    parts.by_days = {weekday};
  } else if (parts.frequency == Frequency::monthly || parts.frequency == Frequency::yearly) {
    if (parts.frequency == Frequency::yearly && parts.months.empty())
      parts.months = {static_cast<int>(static_cast<unsigned>(date.month()))};
    parts.month_days = {static_cast<int>(static_cast<unsigned>(date.day()))};
  }
}

}  // namespace

// The rule text is read by libical, but not expanded by its iterator: that one walks from the first start each time and
// searches centuries, for seconds, for a day that never comes (30 February, hourly). Here the question is turned round:
// does a day match? Then a range costs its own length, and nothing can hang.
struct Recurrence::Rule {
  Parts parts;
  LocalTime first;
  std::vector<LocalTime> counted;  // all starts of a rule with COUNT

  local_days period_begin(local_days day) const;
  local_days period_end(local_days begin) const;
  bool on_interval(local_days period) const;
  bool weekday_matches(local_days day, const year_month_day& date) const;
  bool day_matches(local_days day) const;
  void add_times(local_days day, std::vector<LocalTime>& out) const;
  std::vector<LocalTime> in_period(local_days begin, local_days from, local_days to) const;
  void count_starts();
};

local_days Recurrence::Rule::period_begin(local_days day) const {
  const year_month_day date{day};
  switch (parts.frequency) {
    case Frequency::yearly:
      return local_days{date.year() / 1 / 1};
    case Frequency::monthly:
      return local_days{date.year() / date.month() / 1};
    case Frequency::weekly:
      return week_begin(day, parts.week_start);
    default:
      return day;
  }
}

local_days Recurrence::Rule::period_end(local_days begin) const {
  const year_month_day date{begin};
  switch (parts.frequency) {
    case Frequency::yearly:
      return local_days{(date.year() + std::chrono::years{1}) / 1 / 1};
    case Frequency::monthly:
      return local_days{date.year() / date.month() / 1 + std::chrono::months{1}};
    case Frequency::weekly:
      return begin + days{7};
    default:
      return begin + days{1};
  }
}

bool Recurrence::Rule::on_interval(local_days period) const {
  const local_days origin = period_begin(std::chrono::floor<days>(first));
  const year_month_day a{origin}, b{period};
  const int months = (static_cast<int>(b.year()) - static_cast<int>(a.year())) * 12 +
                     static_cast<int>(static_cast<unsigned>(b.month())) -
                     static_cast<int>(static_cast<unsigned>(a.month()));
  switch (parts.frequency) {
    case Frequency::yearly:
      return months / 12 % parts.interval == 0;
    case Frequency::monthly:
      return months % parts.interval == 0;
    case Frequency::weekly:
      return (period - origin).count() / 7 % parts.interval == 0;
    case Frequency::daily:
      return (period - origin).count() % parts.interval == 0;
    case Frequency::hourly:
      return true;  // decided hour by hour
  }
  return false;
}

bool Recurrence::Rule::weekday_matches(local_days day, const year_month_day& date) const {
  const unsigned weekday = std::chrono::weekday{day}.c_encoding();
  const bool in_year = parts.frequency == Frequency::yearly && parts.months.empty();
  const local_days begin = in_year ? new_year(year_of(day)) : local_days{date.year() / date.month() / 1};
  const local_days end =
      in_year ? new_year(year_of(day) + 1) : local_days{date.year() / date.month() / 1 + std::chrono::months{1}};
  const int from_front = static_cast<int>((day - begin).count()) / 7 + 1;
  const int from_back = -(static_cast<int>((end - day).count() - 1) / 7 + 1);
  return std::any_of(parts.by_days.begin(), parts.by_days.end(), [&](const ByDay& by) {
    return by.weekday == weekday && (by.ordinal == 0 || by.ordinal == from_front || by.ordinal == from_back);
  });
}

bool Recurrence::Rule::day_matches(local_days day) const {
  const year_month_day date{day};
  if (!parts.months.empty() && !contains(parts.months, static_cast<int>(static_cast<unsigned>(date.month()))))
    return false;
  if (!parts.month_days.empty()) {
    const year_month_day last{date.year() / date.month() / std::chrono::last};
    if (!contains_position(parts.month_days, static_cast<int>(static_cast<unsigned>(date.day())),
                           static_cast<int>(static_cast<unsigned>(last.day()))))
      return false;
  }
  if (!parts.year_days.empty()) {
    const local_days begin = local_days{date.year() / 1 / 1};
    const int length = date.year().is_leap() ? 366 : 365;
    if (!contains_position(parts.year_days, static_cast<int>((day - begin).count()) + 1, length)) return false;
  }
  if (!parts.week_numbers.empty() && !week_matches(day, parts.week_numbers, parts.week_start)) return false;
  return parts.by_days.empty() || weekday_matches(day, date);
}

void Recurrence::Rule::add_times(local_days day, std::vector<LocalTime>& out) const {
  if (parts.frequency != Frequency::hourly) {
    for (int hour : parts.hours)
      for (int minute : parts.minutes)
        for (int second : parts.seconds) out.push_back(day + Duration{hour * 3600 + minute * 60 + second});
    return;
  }
  const auto origin = std::chrono::floor<std::chrono::hours>(first);
  for (int hour = 0; hour < 24; ++hour) {
    const auto time = day + std::chrono::hours{hour};
    if ((time - origin).count() % parts.interval != 0) continue;
    if (!parts.hours.empty() && !contains(parts.hours, hour)) continue;
    if (!parts.positions.empty() && !contains_position(parts.positions, 1, 1)) continue;
    out.push_back(time + Duration{parts.minutes.front() * 60 + parts.seconds.front()});
  }
}

// Starts of the period that begins at `begin` on the days [from, to); ascending.
std::vector<LocalTime> Recurrence::Rule::in_period(local_days begin, local_days from, local_days to) const {
  std::vector<LocalTime> times;
  const bool by_position = !parts.positions.empty() && parts.frequency != Frequency::hourly;
  const local_days end = period_end(begin);
  // Positions count within the whole period, whatever part of it was asked for.
  for (local_days day = by_position ? begin : std::max(begin, from); day < (by_position ? end : std::min(end, to));
       day += days{1})
    if (day_matches(day)) add_times(day, times);
  if (!by_position) return times;
  std::vector<LocalTime> chosen;
  for (std::size_t i = 0; i < times.size(); ++i)
    if (contains_position(parts.positions, static_cast<int>(i) + 1, static_cast<int>(times.size())))
      chosen.push_back(times[i]);
  return chosen;
}

void Recurrence::Rule::count_starts() {
  const auto wanted = static_cast<std::size_t>(parts.count);
  for (local_days period = period_begin(std::chrono::floor<days>(first)); period < kLastDay;
       period = period_end(period)) {
    if (!on_interval(period)) continue;
    for (LocalTime time : in_period(period, period, period_end(period))) {
      if (time < first) continue;
      counted.push_back(time);
      if (counted.size() == wanted) return;
    }
  }
}

Result<Recurrence> Recurrence::parse(std::string_view text, LocalTime first, const Zone& zone, Of of) {
  auto parts = parse_parts(text, zone, of);
  if (!parts) return tl::unexpected(parts.error());
  complete(*parts, first);
  const std::size_t in_an_hour = parts->minutes.size() * parts->seconds.size();
  const std::size_t in_a_day =
      parts->frequency == Frequency::hourly ? 24 * in_an_hour : parts->hours.size() * in_an_hour;
  if (in_a_day > kStartsADay)
    return refuse(ErrorCode::unsupported, text, fmt::format("expected at most {} starts a day", kStartsADay));
  auto rule = std::make_shared<Rule>();
  rule->parts = *std::move(parts);
  rule->first = first;
  if (rule->parts.count > 0) rule->count_starts();
  Recurrence recurrence;
  recurrence.rule_ = std::move(rule);
  return recurrence;
}

std::vector<LocalTime> Recurrence::starts(LocalRange range) const {
  ALMANAC_CHECK(rule_ != nullptr, "a recurrence comes from parse()");
  const Rule& rule = *rule_;
  if (rule.parts.count > 0) {
    const auto from = std::lower_bound(rule.counted.begin(), rule.counted.end(), range.start);
    const auto to = std::lower_bound(from, rule.counted.end(), std::max(range.start, range.end));
    return {from, to};
  }
  std::vector<LocalTime> starts;
  const LocalTime from = std::max(range.start, rule.first);
  const LocalTime to = rule.parts.until ? std::min(range.end, *rule.parts.until + Duration{1}) : range.end;
  if (to <= from) return starts;
  const local_days from_day = std::chrono::floor<days>(from);
  const local_days to_day = std::chrono::ceil<days>(to);
  for (local_days period = rule.period_begin(from_day); period < to_day; period = rule.period_end(period)) {
    if (!rule.on_interval(period)) continue;
    for (LocalTime time : rule.in_period(period, from_day, to_day))
      if (from <= time && time < to) starts.push_back(time);
  }
  return starts;
}

bool Recurrence::is_over_before_it_begins() const {
  ALMANAC_CHECK(rule_ != nullptr, "a recurrence comes from parse()");
  return rule_->parts.until && *rule_->parts.until < rule_->first;
}

}  // namespace almanac::calendar

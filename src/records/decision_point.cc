#include "records/decision_point.h"

#include <array>
#include <charconv>
#include <cmath>

namespace almanac::records {
namespace {

constexpr std::array kHealths{Health::full, Health::fallback, Health::reactive, Health::hold};
using Kind = Outcome::Kind;
constexpr std::array kOutcomes{Kind::open, Kind::not_sent, Kind::accepted, Kind::refused};

// Walks over one JSON value at the beginning of `text` and takes it off; empty where it does not end. Brackets and
// quotes are all that is looked at: lines are written by this program, and what is not one is refused by its fields.
std::string_view take_value(std::string_view& text) {
  std::size_t i = 0;
  int depth = 0;
  bool quoted = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = false;
      }
      continue;
    }
    if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) break;
      --depth;
    } else if (c == ',' && depth == 0) {
      break;
    }
  }
  if (i > text.size() || quoted || depth != 0) return {};
  const std::string_view value = text.substr(0, i);
  text.remove_prefix(i);
  return value;
}

// Calls visit(key, value) for each member of an object; false where it is not one.
template <typename Visit>
bool for_each_member(std::string_view object, Visit&& visit) {
  if (object.size() < 2 || object.front() != '{' || object.back() != '}') return false;
  object = object.substr(1, object.size() - 2);
  while (!object.empty()) {
    if (object.front() != '"') return false;
    const std::size_t end = object.find('"', 1);
    if (end == std::string_view::npos || end + 1 >= object.size() || object[end + 1] != ':') return false;
    const std::string_view key = object.substr(1, end - 1);
    object.remove_prefix(end + 2);
    const std::string_view value = take_value(object);
    if (value.empty()) return false;
    visit(key, value);
    if (!object.empty()) object.remove_prefix(1);
  }
  return true;
}

template <typename Number>
std::optional<Number> number_of(std::string_view value) {
  Number number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return number;
}

std::optional<std::string_view> text_of(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  return value.substr(1, value.size() - 2);
}

// "2026-11-27T08:00:00Z", as format_timestamp writes it; anything else goes through the parser.
std::optional<Timestamp> time_of(std::string_view value) {
  const auto text = text_of(value);
  if (!text) return std::nullopt;
  const auto digits = [&](std::size_t at, std::size_t count) {
    int number = 0;
    for (std::size_t i = at; i < at + count; ++i) {
      const int digit = (*text)[i] - '0';
      if (digit < 0 || digit > 9) return -1;
      number = number * 10 + digit;
    }
    return number;
  };
  if (text->size() == 20 && text->back() == 'Z') {
    const int year = digits(0, 4), month = digits(5, 2), day = digits(8, 2);
    const int hour = digits(11, 2), minute = digits(14, 2), second = digits(17, 2);
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (year > 0 && date.ok() && hour >= 0 && minute >= 0 && second >= 0) {
      return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
             std::chrono::seconds{second};
    }
  }
  const auto parsed = parse_timestamp(*text);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

template <typename Enum, std::size_t N, typename Name>
std::optional<Enum> named(std::string_view value, const std::array<Enum, N>& all, Name&& name) {
  for (const Enum one : all) {
    if (text_of(value) == name(one)) return one;
  }
  return std::nullopt;
}

bool same(double a, double b) {
  return std::abs(a - b) < 1e-9;
}

void set_quantile(DecisionPoint& point, double probability, double demand) {
  if (same(probability, 0.5)) point.q50 = demand;
  if (same(probability, 0.9)) point.q90 = demand;
  if (same(probability, 0.99)) point.q99 = demand;
}

// [[0.5,12.3],...]
bool read_quantiles(std::string_view pairs, DecisionPoint& point) {
  while (!pairs.empty() && (pairs.front() == '[' || pairs.front() == ',')) {
    pairs.remove_prefix(1);
    if (!pairs.empty() && pairs.front() == ']') return true;
    if (pairs.empty() || pairs.front() != '[') continue;
    pairs.remove_prefix(1);
    const std::size_t comma = pairs.find(','), end = pairs.find(']');
    if (comma == std::string_view::npos || end == std::string_view::npos || comma > end) return false;
    const auto probability = number_of<double>(pairs.substr(0, comma));
    const auto demand = number_of<double>(pairs.substr(comma + 1, end - comma - 1));
    if (!probability || !demand) return false;
    set_quantile(point, *probability, *demand);
    pairs.remove_prefix(end + 1);
  }
  return true;
}

template <typename T, typename U>
bool set(T& target, const std::optional<U>& value) {
  if (value) target = *value;
  return value.has_value();
}

// The members that every line has; a bit each, so that a line without one is refused.
enum Seen : unsigned { kNow = 1, kCover = 2, kBefore = 4, kDesired = 8, kHealth = 16, kOutcome = 32, kState = 64 };
constexpr unsigned kAll = 127;

}  // namespace

DecisionPoint point_of(const Record& record) {
  const Decision& d = record.decision;
  DecisionPoint point;
  point.now = d.now;
  point.cover = d.cover_window;
  point.lead_time = d.lead_time;
  for (const auto& [probability, demand] : d.demand_quantiles) set_quantile(point, probability, demand);
  point.before = d.desired_before;
  point.desired = d.desired;
  point.without_calendar = d.desired_without_calendar;
  if (record.group && record.group->counted) point.in_service = record.group->in_service;
  point.health = d.health;
  point.mode = record.mode;
  point.outcome = record.outcome.kind;
  point.dry_run = d.dry_run;
  point.with_events = !d.events.empty();
  point.forecaster = d.forecaster;
  return point;
}

std::optional<DecisionPoint> skim(std::string_view line) {
  DecisionPoint point;
  unsigned seen = 0;
  bool good = true;
  const auto note = [&](unsigned what, bool fine) {
    seen |= what;
    good = good && fine;
  };
  const bool whole = for_each_member(line, [&](std::string_view key, std::string_view value) {
    if (key == "now") {
      note(kNow, set(point.now, time_of(value)));
    } else if (key == "dry_run") {
      point.dry_run = value == "true";
    } else if (key == "health") {
      note(kHealth, set(point.health, named(value, kHealths, [](Health h) { return to_string(h); })));
    } else if (key == "forecaster") {
      note(0, set(point.forecaster, text_of(value)));
    } else if (key == "cover_window") {
      const std::size_t comma = value.find(',');
      const bool pair = comma != std::string_view::npos && value.size() > comma + 2;
      note(kCover, pair && set(point.cover.start, time_of(value.substr(1, comma - 1))) &&
                       set(point.cover.end, time_of(value.substr(comma + 1, value.size() - comma - 2))));
    } else if (key == "lead_time_seconds") {
      const auto seconds = number_of<long long>(value);
      note(0, seconds.has_value());
      if (seconds) point.lead_time = Duration{*seconds};
    } else if (key == "demand_quantiles") {
      note(0, read_quantiles(value, point));
    } else if (key == "events") {
      point.with_events = value.size() > 2;
    } else if (key == "desired_before") {
      note(kBefore, set(point.before, number_of<int>(value)));
    } else if (key == "desired") {
      note(kDesired, set(point.desired, number_of<int>(value)));
    } else if (key == "desired_without_calendar") {
      if (value != "null") note(0, set(point.without_calendar, number_of<int>(value)));
    } else if (key == "mode") {
      note(0, set(point.mode, named(value, planning::kModes, [](planning::Mode m) { return to_string(m); })));
    } else if (key == "group_state" && value != "null") {
      note(0, for_each_member(value, [&](std::string_view name, std::string_view content) {
             if (name == "in_service" && content != "null") note(0, set(point.in_service, number_of<int>(content)));
           }));
    } else if (key == "outcome") {
      note(0, for_each_member(value, [&](std::string_view name, std::string_view content) {
             if (name == "kind")
               note(kOutcome, set(point.outcome, named(content, kOutcomes, [](Kind k) { return to_string(k); })));
           }));
    } else if (key == "state") {
      note(kState, value.front() == '{');
    }
  });
  if (!whole || !good || seen != kAll) return std::nullopt;
  return point;
}

}  // namespace almanac::records

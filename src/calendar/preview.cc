#include "calendar/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "calendar/phases.h"
#include "calendar/zone.h"

namespace almanac::calendar {
namespace {

constexpr std::size_t kColumns = 7;
using Cells = std::array<std::string, kColumns>;

// Characters, not bytes: names may hold any letters.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

std::string table(const std::vector<Cells>& rows) {
  std::array<std::size_t, kColumns> widths{};
  for (const Cells& row : rows)
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], width(row[i]));
  std::string text;
  for (const Cells& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i)
      if (widths[i] > 0) line += row[i] + std::string(widths[i] - width(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

// "09:30", with the day in front where it is not that of `reference`.
std::string clock(const Calendar& calendar, Timestamp t, Timestamp reference) {
  const std::string full = calendar.local_time(t);  // "Fri 2026-11-27 09:30 CET"
  const bool same_day = full.substr(0, 14) == calendar.local_time(reference).substr(0, 14);
  const std::string without_zone = full.substr(0, full.find(' ', 15));
  if (same_day) return without_zone.substr(15);
  return fmt::format("{} {}", without_zone.substr(0, 3), without_zone.substr(15));
}

std::string words_of(const ExpectedWords& expected, const Event& event) {
  return expected ? expected(event) : std::string();
}

std::string expectations(const Event& event, const ExpectedWords& expected) {
  std::string text = words_of(expected, event);
  if (text.empty() && event.expected_uplift) text = fmt::format("x{} usual peak", *event.expected_uplift);
  if (event.minimum_instances)
    text += fmt::format("{}at least {} instances", text.empty() ? "" : ", ", *event.minimum_instances);
  return text;
}

void add_event(const Calendar& calendar, const Event& event, Timestamp now, const ExpectedWords& expected,
               std::vector<Cells>& rows) {
  const PhaseWindows windows = phase_windows(event.span);
  const auto at = [&](Timestamp t) { return clock(calendar, t, event.span.start); };
  const bool running = event.span.contains(now);
  rows.push_back({event.name, event.kind, calendar.local_time(event.span.start), calendar.local_time(event.span.end),
                  format_duration(event.span.duration()),
                  fmt::format("near from {}, opening until {}", at(windows.near_from), at(windows.opening_until)),
                  expectations(event, expected)});
  const Zone& utc = *Zone::utc();
  const bool local_is_utc = calendar.timezone() == "UTC";
  rows.push_back({running ? fmt::format("  (now: {})", describe(phase_at(event.span, now))) : "",
                  event.all_day ? "all day" : "", local_is_utc ? "" : format_zoned(event.span.start, utc),
                  local_is_utc ? "" : format_zoned(event.span.end, utc), "",
                  fmt::format("closing from {}, near until {}", at(windows.closing_from), at(windows.near_until)), ""});
}

std::string left_out_words(std::size_t entries) {
  if (entries == 0) return "";
  return fmt::format(", {} {} left out", entries, entries == 1 ? "entry" : "entries");
}

}  // namespace

std::string preview_text(const Calendar& calendar, TimeRange range, Timestamp now, const ExpectedWords& expected) {
  std::string text = fmt::format("Events from {} to {}; local time is {}.\n", calendar.local_time(range.start),
                                 calendar.local_time(range.end), calendar.timezone());
  if (const auto on = calendar.sale_switch())
    text += fmt::format("The switch is_sale_active is {} now.\n", *on ? "ON" : "off");
  const std::vector<Event> events = calendar.between(range);
  if (events.empty()) {
    text += "No events in this time.\n";
  } else {
    std::vector<Cells> rows{{"EVENT", "KIND", "STARTS", "ENDS", "LASTS", "PHASES (LOCAL)", "EXPECTED"}};
    for (const Event& event : events) add_event(calendar, event, now, expected, rows);
    text += fmt::format("\n{}", table(rows));
  }
  // What is lost stands first in the list.
  const std::vector<Problem>& problems = calendar.problems();
  const auto lost = static_cast<std::size_t>(
      std::count_if(problems.begin(), problems.end(), [](const Problem& problem) { return problem.lost; }));
  if (lost > 0)
    text += fmt::format("\n{} {} in the calendar{}:\n", lost, lost == 1 ? "problem" : "problems",
                        left_out_words(calendar.left_out()));
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (i == lost) text += "\nIn use, but perhaps not as it is meant:\n";
    text += fmt::format("  {}: {}: {}\n", i < lost ? "warning" : "note", problems[i].where, problems[i].message);
  }
  return text;
}

std::string preview_json(const Calendar& calendar, TimeRange range, Timestamp now, const ExpectedWords& expected,
                         const std::vector<Problem>& more) {
  using Json = nlohmann::ordered_json;
  Json json{
      {"timezone", calendar.timezone()}, {"from", format_timestamp(range.start)}, {"to", format_timestamp(range.end)}};
  if (const auto on = calendar.sale_switch()) json["is_sale_active"] = *on ? 1 : 0;
  json["events"] = Json::array();
  for (const Event& event : calendar.between(range)) {
    const PhaseWindows windows = phase_windows(event.span);
    Json one{{"uid", event.uid},
             {"name", event.name},
             {"kind", event.kind},
             {"all_day", event.all_day},
             {"start", format_timestamp(event.span.start)},
             {"end", format_timestamp(event.span.end)},
             {"local_start", calendar.local_time(event.span.start)},
             {"local_end", calendar.local_time(event.span.end)},
             {"phase", to_string(phase_at(event.span, now).phase)},
             {"phases",
              {{"near_from", format_timestamp(windows.near_from)},
               {"opening_until", format_timestamp(windows.opening_until)},
               {"closing_from", format_timestamp(windows.closing_from)},
               {"near_until", format_timestamp(windows.near_until)}}}};
    if (event.expected_uplift) one["expected_uplift"] = *event.expected_uplift;
    if (const std::string words = words_of(expected, event); !words.empty()) one["expected"] = words;
    if (event.minimum_instances) one["minimum_instances"] = *event.minimum_instances;
    json["events"].push_back(std::move(one));
  }
  json["left_out"] = calendar.left_out();
  json["problems"] = Json::array();
  for (const auto* problems : {&calendar.problems(), &more})
    for (const Problem& problem : *problems)
      json["problems"].push_back({{"where", problem.where}, {"message", problem.message}, {"lost", problem.lost}});
  // Names given to Calendar::of() may hold any bytes; those that are no UTF-8 are replaced rather than thrown about.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace almanac::calendar

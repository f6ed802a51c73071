#include "calendar/entry.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::calendar {
namespace {

LocalTime midnight_of(LocalTime t) {
  return std::chrono::floor<std::chrono::days>(t);
}

bool is_excluded(const Entry& entry, LocalTime local, Timestamp start) {
  return std::binary_search(entry.excluded.begin(), entry.excluded.end(), start) ||
         std::binary_search(entry.excluded_days.begin(), entry.excluded_days.end(), midnight_of(local));
}

// Civil starts in `range` with duplicates, in no order.
std::vector<LocalTime> civil_starts(const Entry& entry, LocalRange range) {
  std::vector<LocalTime> starts;
  for (const Recurrence& rule : entry.rules) {
    const std::vector<LocalTime> more = rule.starts(range);
    starts.insert(starts.end(), more.begin(), more.end());
  }
  const auto add = [&](LocalTime start) {
    if (range.start <= start && start < range.end) starts.push_back(start);
  };
  for (LocalTime start : entry.more_starts) add(start);
  if (entry.rules.empty()) add(entry.start);
  return starts;
}

// No zone is further than this from UTC, and no gap longer.
constexpr Duration kMargin = 2 * kDay;

LocalRange around(TimeRange range) {
  return {LocalTime{(range.start - kMargin).time_since_epoch()}, LocalTime{(range.end + kMargin).time_since_epoch()}};
}

}  // namespace

void add_rule(Entry& entry, std::string_view rule, const std::function<void(std::string message)>& report) {
  if (entry.length.civil + entry.length.exact > kLongestRecurring)
    return report(fmt::format("an event that repeats may last at most {}; found {}; used once",
                              format_duration(kLongestRecurring),
                              format_duration(entry.length.civil + entry.length.exact)));
  auto recurrence = Recurrence::parse(rule, entry.start, *entry.zone);
  if (!recurrence) return report(recurrence.error().message + "; used once");
  if (recurrence->starts({entry.start, entry.start + Duration{1}}).empty())
    report("the start is none of the rule's own times; the event happens only at those");
  entry.rules.push_back(*std::move(recurrence));
}

TimeRange span_at(LocalTime start, const Length& length, const Zone& zone) {
  const Timestamp from = zone.to_utc(start);
  if (length.civil == Duration{0}) return {from, from + length.exact};
  const Timestamp to = zone.to_utc(start + length.civil) + length.exact;
  return {from, to > from ? to : from + length.civil + length.exact};
}

std::vector<Event> expand(const Entry& entry, TimeRange starts) {
  std::vector<Event> events;
  for (LocalTime local : civil_starts(entry, around(starts))) {
    // The first occurrence keeps the instant it was written with, which a repeated hour would lose.
    const TimeRange span = local == entry.start ? entry.first.span : span_at(local, entry.length, *entry.zone);
    if (!starts.contains(span.start) || is_excluded(entry, local, span.start)) continue;
    events.push_back(entry.first);
    events.back().span = span;
  }
  const auto by_start = [](const Event& a, const Event& b) { return a.span.start < b.span.start; };
  std::stable_sort(events.begin(), events.end(), by_start);
  // Two civil times can be one instant: 02:00 is moved to 03:00 by a gap and 03:00 is there already.
  const auto same = [](const Event& a, const Event& b) { return a.span.start == b.span.start; };
  events.erase(std::unique(events.begin(), events.end(), same), events.end());
  return events;
}

bool occurs_at(const Entry& entry, Timestamp start) {
  if (entry.first.span.start == start && !entry.recurring()) return true;
  for (LocalTime local : civil_starts(entry, around({start, start + Duration{1}})))
    if ((local == entry.start ? entry.first.span.start : entry.zone->to_utc(local)) == start) return true;
  return false;
}

bool occurs_on(const Entry& entry, LocalTime midnight) {
  return !civil_starts(entry, {midnight, midnight + kDay}).empty();
}

}  // namespace almanac::calendar

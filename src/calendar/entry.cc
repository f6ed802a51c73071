#include "calendar/entry.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::calendar {
namespace {

LocalTime midnight_of(LocalTime t) {
  return std::chrono::floor<std::chrono::days>(t);
}

// An own start with the span that it has where nothing changes it.
struct Start {
  LocalTime local;
  TimeRange span;
  bool own_length = false;
};

bool is_excluded(const Entry& entry, const Start& start) {
  return std::binary_search(entry.excluded.begin(), entry.excluded.end(), start.span.start) ||
         std::binary_search(entry.excluded_days.begin(), entry.excluded_days.end(), midnight_of(start.local));
}

// Own starts in `range` with duplicates, in no order but that listed ones come first.
std::vector<Start> own_starts(const Entry& entry, LocalRange range) {
  std::vector<Start> starts;
  for (const Listed& listed : entry.listed)
    if (range.start <= listed.start && listed.start < range.end)
      starts.push_back({listed.start, listed.span, listed.own_length});
  // The first occurrence keeps the instant it was written with, which a repeated hour would lose.
  const auto add = [&](LocalTime local) {
    starts.push_back({local, local == entry.start ? entry.first.span : span_at(local, entry.length, *entry.zone)});
  };
  for (const Recurrence& rule : entry.rules)
    for (LocalTime local : rule.starts(range)) add(local);
  if (entry.rules.empty() && range.start <= entry.start && entry.start < range.end) add(entry.start);
  return starts;
}

// No zone is further than this from UTC, and no gap longer.
constexpr Duration kMargin = 2 * kDay;

LocalRange around(TimeRange range) {
  return {LocalTime{(range.start - kMargin).time_since_epoch()}, LocalTime{(range.end + kMargin).time_since_epoch()}};
}

// A stretch of own starts that one change, or none, applies to.
struct Stretch {
  const Change* change;  // null: as the series has them
  LocalRange own;
};

std::vector<Stretch> stretches(const Entry& entry) {
  std::vector<Stretch> result{{nullptr, {LocalTime::min(), LocalTime::max()}}};
  for (const Change& change : entry.changes) {
    result.back().own.end = change.from;
    result.push_back({&change, {change.from, LocalTime::max()}});
  }
  return result;
}

// The part of a stretch whose occurrences may begin in `range` on their wall.
LocalRange own_part(const Stretch& stretch, LocalRange range) {
  const Duration shift = stretch.change != nullptr ? stretch.change->shift : Duration{0};
  return {std::max(stretch.own.start, range.start - shift), std::min(stretch.own.end, range.end - shift)};
}

TimeRange span_in(const Stretch& stretch, const Start& start) {
  if (stretch.change == nullptr) return start.span;
  const Length own{Duration{0}, start.span.end - start.span.start};
  return span_at(start.local + stretch.change->shift, start.own_length ? own : stretch.change->length,
                 *stretch.change->zone);
}

}  // namespace

bool add_rule(Entry& entry, std::string_view rule, const std::function<void(std::string message)>& report) {
  if (entry.length.civil + entry.length.exact > kLongestRecurring) {
    report(fmt::format("an event that repeats may last at most {}; found {}; used once",
                       format_duration(kLongestRecurring), format_duration(entry.length.civil + entry.length.exact)));
    return true;
  }
  auto recurrence = Recurrence::parse(rule, entry.start, *entry.zone,
                                      entry.first.all_day ? Recurrence::Of::days : Recurrence::Of::times);
  if (!recurrence) {
    report(recurrence.error().message + "; used once");
    return true;
  }
  entry.rules.push_back(*std::move(recurrence));
  return !entry.rules.back().starts({entry.start, entry.start + Duration{1}}).empty();
}

TimeRange span_at(LocalTime start, const Length& length, const Zone& zone) {
  const Timestamp from = zone.to_utc(start);
  if (length.civil == Duration{0}) return {from, from + length.exact};
  const Timestamp to = zone.to_utc(start + length.civil) + length.exact;
  return {from, to > from ? to : from + length.civil + length.exact};
}

std::vector<Event> expand(const Entry& entry, TimeRange starts) {
  std::vector<Event> events;
  for (const Stretch& stretch : stretches(entry)) {
    if (stretch.change != nullptr && stretch.change->cancelled) continue;
    for (const Start& start : own_starts(entry, own_part(stretch, around(starts)))) {
      const TimeRange span = span_in(stretch, start);
      if (!starts.contains(span.start) || is_excluded(entry, start)) continue;
      events.push_back(stretch.change != nullptr ? stretch.change->labels : entry.first);
      events.back().span = span;
    }
  }
  const auto by_start = [](const Event& a, const Event& b) { return a.span.start < b.span.start; };
  std::stable_sort(events.begin(), events.end(), by_start);
  // Two civil times can be one instant: 02:00 is moved to 03:00 by a gap and 03:00 is there already.
  const auto same = [](const Event& a, const Event& b) { return a.span.start == b.span.start; };
  events.erase(std::unique(events.begin(), events.end(), same), events.end());
  return events;
}

std::optional<OwnStart> own_start_at(const Entry& entry, Timestamp start) {
  const LocalRange near = around({start, start + Duration{1}});
  for (const Start& own : own_starts(entry, near))
    if (own.span.start == start) return OwnStart{own.local, own.span.start};
  for (const Stretch& stretch : stretches(entry)) {
    if (stretch.change == nullptr) continue;
    for (const Start& own : own_starts(entry, own_part(stretch, near)))
      if (span_in(stretch, own).start == start) return OwnStart{own.local, own.span.start};
  }
  return std::nullopt;
}

std::optional<OwnStart> own_start_on(const Entry& entry, LocalTime midnight) {
  const LocalRange day{midnight, midnight + kDay};
  if (const auto own = own_starts(entry, day); !own.empty()) return OwnStart{own.front().local, own.front().span.start};
  for (const Stretch& stretch : stretches(entry)) {
    if (stretch.change == nullptr) continue;
    const auto own = own_starts(entry, own_part(stretch, day));
    if (!own.empty()) return OwnStart{own.front().local, own.front().span.start};
  }
  return std::nullopt;
}

bool ends_before(const Entry& entry, Timestamp t) {
  constexpr Duration kYear = 366 * kDay;  // a rule without an end shows within the first few
  for (Timestamp from = t; from < kEndOfTime; from += kYear)
    if (!expand(entry, {from, from + kYear}).empty()) return false;
  return true;
}

const Event& labels_of(const Entry& entry, LocalTime own_start) {
  const Event* labels = &entry.first;
  for (const Change& change : entry.changes)
    if (change.from <= own_start && !change.cancelled) labels = &change.labels;
  return *labels;
}

bool occurs_at(const Entry& entry, Timestamp start) {
  return own_start_at(entry, start).has_value();
}

bool occurs_on(const Entry& entry, LocalTime midnight) {
  return own_start_on(entry, midnight).has_value();
}

}  // namespace almanac::calendar

#include "calendar/ical_repetition.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::calendar {
namespace {

LocalTime midnight_of(LocalTime t) {
  return std::chrono::floor<std::chrono::days>(t);
}

}  // namespace

bool repeats(const Draft& draft) {
  return !draft.rules.empty() || !draft.listed.empty();
}

void add_repetition(const Draft& draft, Entry& entry, const Reporter& reporter) {
  // The start is the first occurrence, whether a rule gives it or not (RFC 5545, section 3.8.2.4). A rule that is over
  // before it begins is what programs leave of a series from which every occurrence was deleted.
  bool given = draft.rules.empty();
  for (const std::string& rule : draft.rules)
    given |= add_rule(entry, rule,
                      [&](std::string message) { reporter.problem(draft.where + ": RRULE", std::move(message)); });
  const auto over = [](const Recurrence& rule) { return rule.is_over_before_it_begins(); };
  if (!given && std::all_of(entry.rules.begin(), entry.rules.end(), over))
    reporter.doubt(draft.where + ": RRULE", "ends before the start: nothing is left of the series");
  else if (!given)
    entry.listed.push_back({entry.start, entry.first.span});
  for (const auto& [moment, own_length, text] : draft.listed) {
    const Length length = own_length.value_or(entry.length);
    if (length.civil + length.exact > kLongestRecurring) {
      reporter.problem(draft.where + ": RDATE", fmt::format("{}: an event that repeats may last at most {}; ignored",
                                                            text, format_duration(kLongestRecurring)));
      continue;
    }
    const bool time_of_start = moment.is_date && !entry.first.all_day;  // a date alone: at the usual time of day
    if (time_of_start) {
      const LocalTime start = moment.local + (entry.start - midnight_of(entry.start));
      entry.listed.push_back({start, span_at(start, length, *entry.zone), own_length.has_value()});
    } else {
      const TimeRange span = span_at(moment.local, length, *moment.zone);
      entry.listed.push_back({entry.zone->to_local(span.start), span, own_length.has_value()});
    }
  }
}

Entry quietly_repeated(const Draft& draft) {
  Entry entry = draft.entry;
  std::vector<Problem> untold;
  add_repetition(draft, entry, Reporter("", untold));
  return entry;
}

IcalMoment replaced_by(const Draft& change, const Entry& series) {
  IcalMoment replaced = *change.replaces;
  if (replaced.floating) replaced.zone = series.zone;
  return replaced;
}

std::optional<OwnStart> own_start_meant(const Entry& series, const IcalMoment& moment) {
  if (!moment.is_date && !series.first.all_day) return own_start_at(series, moment.utc());
  if (moment.is_date) return own_start_on(series, moment.local);
  // Of whole days written as times: the day on the series' wall, else the day as written ("T000000Z" west of London).
  if (auto own = own_start_on(series, midnight_of(series.zone->to_local(moment.utc())))) return own;
  return own_start_on(series, midnight_of(moment.local));
}

bool exclude(Entry& series, const IcalMoment& moment) {
  const auto own = own_start_meant(series, moment);
  if (!own) return false;
  if (moment.is_date || series.first.all_day)
    series.excluded_days.push_back(midnight_of(own->local));
  else
    series.excluded.push_back(own->utc);
  return true;
}

void sort_exclusions(Entry& series) {
  std::sort(series.excluded.begin(), series.excluded.end());
  std::sort(series.excluded_days.begin(), series.excluded_days.end());
}

bool is_excluded(const Entry& series, const OwnStart& own) {
  return std::binary_search(series.excluded.begin(), series.excluded.end(), own.utc) ||
         std::binary_search(series.excluded_days.begin(), series.excluded_days.end(), midnight_of(own.local));
}

}  // namespace almanac::calendar

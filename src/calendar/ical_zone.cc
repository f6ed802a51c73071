#include "calendar/ical_zone.h"

#include <fmt/format.h>

#include <algorithm>

#include "calendar/ical_values.h"
#include "calendar/recurrence.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

constexpr LocalTime kKnownFrom = std::chrono::local_days{std::chrono::year{1900} / 1 / 1};
constexpr LocalTime kKnownTo = std::chrono::local_days{std::chrono::year{2100} / 1 / 1};
constexpr std::size_t kMostTransitions = 4000;  // twice a year for a long time; more is no zone
constexpr int kLargestOffset = 24 * 3600;

struct Observance {
  LocalTime first;
  Duration from{0};
  Zone::Offset to;
  std::vector<LocalTime> onsets;
};

bool usable_offset(int seconds) {
  return -kLargestOffset < seconds && seconds < kLargestOffset;
}

std::string offset_name(int seconds) {
  const int minutes = std::abs(seconds) / 60;
  return fmt::format("{}{:02}{:02}", seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

Result<Observance> read_observance(icalcomponent* component) {
  const auto refuse = [](std::string message) { return fail(ErrorCode::invalid_input, std::move(message)); };
  icalproperty* start = icalcomponent_get_first_property(component, ICAL_DTSTART_PROPERTY);
  icalproperty* from = icalcomponent_get_first_property(component, ICAL_TZOFFSETFROM_PROPERTY);
  icalproperty* to = icalcomponent_get_first_property(component, ICAL_TZOFFSETTO_PROPERTY);
  if (start == nullptr || from == nullptr || to == nullptr)
    return refuse("a STANDARD or DAYLIGHT part lacks DTSTART, TZOFFSETFROM or TZOFFSETTO");
  const auto first = to_time(icalproperty_get_dtstart(start), start);
  const int before = icalproperty_get_tzoffsetfrom(from), after = icalproperty_get_tzoffsetto(to);
  if (!first || !usable_offset(before) || !usable_offset(after))
    return refuse("a STANDARD or DAYLIGHT part has no possible DTSTART or offset");
  Observance observance{first->local, Duration{before}, {Duration{after}, offset_name(after)}, {first->local}};
  if (icalproperty* name = icalcomponent_get_first_property(component, ICAL_TZNAME_PROPERTY); name != nullptr)
    observance.to.abbreviation = clean(icalproperty_get_tzname(name));

  const auto fixed = Zone::custom("", {observance.from, ""}, {});  // UNTIL in UTC is read with the offset before
  for (icalproperty* rule = icalcomponent_get_first_property(component, ICAL_RRULE_PROPERTY); rule != nullptr;
       rule = icalcomponent_get_next_property(component, ICAL_RRULE_PROPERTY)) {
    const char* text = icalproperty_get_value_as_string(rule);
    const auto recurrence = Recurrence::parse(text == nullptr ? "" : text, observance.first, *fixed);
    if (!recurrence) return tl::unexpected(recurrence.error());
    for (LocalTime year = kKnownFrom; year < kKnownTo && observance.onsets.size() <= kMostTransitions;
         year += 366 * kDay) {
      const auto more = recurrence->starts({year, std::min(year + 366 * kDay, kKnownTo)});
      observance.onsets.insert(observance.onsets.end(), more.begin(), more.end());
    }
  }
  for (icalproperty* date = icalcomponent_get_first_property(component, ICAL_RDATE_PROPERTY); date != nullptr;
       date = icalcomponent_get_next_property(component, ICAL_RDATE_PROPERTY))
    if (const auto onset = to_time(icalproperty_get_rdate(date).time, date)) observance.onsets.push_back(onset->local);
  return observance;
}

}  // namespace

Result<NamedZone> read_vtimezone(const IcalBlock& block) {
  const auto refuse = [](std::string message) { return fail(ErrorCode::invalid_input, std::move(message)); };
  const Component component = parse_component(block.text);
  if (!component) return refuse("not a readable VTIMEZONE");
  icalproperty* tzid = icalcomponent_get_first_property(component.get(), ICAL_TZID_PROPERTY);
  if (tzid == nullptr) return refuse("no TZID");
  const std::string name = clean(icalproperty_get_tzid(tzid));

  std::vector<Observance> observances;
  std::size_t onsets = 0;
  for (icalcomponent* part = icalcomponent_get_first_component(component.get(), ICAL_ANY_COMPONENT); part != nullptr;
       part = icalcomponent_get_next_component(component.get(), ICAL_ANY_COMPONENT)) {
    auto observance = read_observance(part);
    if (!observance) return refuse(fmt::format("{}: {}", in_quotes(name), observance.error().message));
    onsets += observance->onsets.size();
    if (onsets > kMostTransitions)
      return refuse(fmt::format("{}: more than {} clock changes", in_quotes(name), kMostTransitions));
    observances.push_back(*std::move(observance));
  }
  if (observances.empty()) return refuse(fmt::format("{}: neither STANDARD nor DAYLIGHT", in_quotes(name)));

  std::vector<Zone::Transition> transitions;
  for (const Observance& observance : observances)
    for (LocalTime onset : observance.onsets)
      transitions.push_back({Timestamp{onset.time_since_epoch()} - observance.from, observance.to});
  const auto by_time = [](const Zone::Transition& a, const Zone::Transition& b) { return a.at < b.at; };
  const auto same_time = [](const Zone::Transition& a, const Zone::Transition& b) { return a.at == b.at; };
  std::stable_sort(transitions.begin(), transitions.end(), by_time);
  transitions.erase(std::unique(transitions.begin(), transitions.end(), same_time), transitions.end());

  const auto& earliest = *std::min_element(observances.begin(), observances.end(),
                                           [](const Observance& a, const Observance& b) { return a.first < b.first; });
  const int before = static_cast<int>(earliest.from.count());
  return NamedZone{name, Zone::custom(name, {Duration{before}, offset_name(before)}, std::move(transitions))};
}

}  // namespace almanac::calendar

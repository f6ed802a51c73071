#include "control/calendar_loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace almanac::control {
namespace {

using calendar::Event;
using Place = std::pair<std::string, Timestamp>;  // name and start

Place place_of(const Event& event) {
  return {event.name, event.span.start};
}

bool says_less(const Event& before, const Event& after) {
  return (before.minimum_instances && !after.minimum_instances) || (before.expected_uplift && !after.expected_uplift);
}

}  // namespace

CalendarLoss loss_between(const calendar::Calendar& before, const calendar::Calendar& after, Timestamp now) {
  const TimeRange coming{now, now + kComingAhead};
  const std::vector<Event> old_events = before.between(coming), new_events = after.between(coming);
  CalendarLoss loss;
  loss.coming_before = old_events.size();
  loss.coming_after = new_events.size();
  loss.switch_gone = before.sale_switch() && !after.sale_switch();

  std::multimap<Place, const Event*> unmatched;
  for (const Event& event : new_events) unmatched.emplace(place_of(event), &event);
  std::vector<const Event*> missing;
  for (const Event& event : old_events) {
    const auto same = unmatched.find(place_of(event));
    if (same == unmatched.end()) {
      missing.push_back(&event);
      continue;
    }
    if (says_less(event, *same->second)) loss.stripped.push_back(event);
    unmatched.erase(same);
  }
  std::multimap<std::string, const Event*> moved_to;  // by UID
  for (const auto& [place, event] : unmatched) moved_to.emplace(event->uid, event);
  for (const Event* event : missing) {
    const auto moved = moved_to.find(event->uid);
    if (moved == moved_to.end()) {
      loss.gone.push_back(*event);
      continue;
    }
    if (says_less(*event, *moved->second)) loss.stripped.push_back(*event);
    moved_to.erase(moved);
  }
  return loss;
}

std::string describe(const CalendarLoss& loss) {
  std::vector<std::string> parts;
  if (!loss.gone.empty())
    parts.push_back(fmt::format("{} of the {} {} to come are gone from it: {}", loss.gone.size(), loss.coming_before,
                                loss.coming_before == 1 ? "event" : "events", names_of(loss.gone)));
  if (!loss.stripped.empty())
    parts.push_back(fmt::format("the minimum or uplift stated for {} {} to come is gone from it: {}",
                                loss.stripped.size(), loss.stripped.size() == 1 ? "event" : "events",
                                names_of(loss.stripped)));
  if (loss.switch_gone) parts.emplace_back("the switch is_sale_active is gone from it");
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string names_of(const std::vector<Event>& events) {
  constexpr std::size_t kNamed = 10;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(kNamed, events.size()); ++i)
    names.push_back(fmt::format("{} ({})", events[i].name, format_timestamp(events[i].span.start)));
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  if (events.size() > kNamed) text += fmt::format(" and {} more", events.size() - kNamed);
  return text;
}

}  // namespace almanac::control

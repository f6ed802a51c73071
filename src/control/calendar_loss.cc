#include "control/calendar_loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace almanac::control {
namespace {

using calendar::Event;

std::vector<Event> coming(const calendar::Calendar& calendar, Timestamp now) {
  return calendar.between({now, now + kComingAhead});
}

}  // namespace

CalendarLoss loss_between(const calendar::Calendar& before, const calendar::Calendar& after, Timestamp now) {
  CalendarLoss loss;
  const std::vector<Event> old_events = coming(before, now), new_events = coming(after, now);
  loss.coming_before = old_events.size();
  loss.coming_after = new_events.size();
  std::multiset<std::pair<std::string, Timestamp>> there;
  for (const Event& event : new_events) there.emplace(event.name, event.span.start);
  std::multiset<std::pair<std::string, Timestamp>> before_there;
  for (const Event& event : old_events) before_there.emplace(event.name, event.span.start);
  std::map<std::string, int> moved_to;  // UID -> occurrences that are new
  for (const Event& event : new_events) {
    const auto same = before_there.find({event.name, event.span.start});
    if (same != before_there.end())
      before_there.erase(same);
    else
      ++moved_to[event.uid];
  }
  for (const Event& event : old_events) {
    const auto same = there.find({event.name, event.span.start});
    if (same != there.end()) {
      there.erase(same);
    } else if (const auto moved = moved_to.find(event.uid); moved != moved_to.end() && moved->second > 0) {
      --moved->second;
    } else {
      loss.gone.push_back(event);
    }
  }
  return loss;
}

std::string names_of(const std::vector<Event>& gone) {
  constexpr std::size_t kNamed = 10;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(kNamed, gone.size()); ++i)
    names.push_back(fmt::format("{} ({})", gone[i].name, format_timestamp(gone[i].span.start)));
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  if (gone.size() > kNamed) text += fmt::format(" and {} more", gone.size() - kNamed);
  return text;
}

}  // namespace almanac::control

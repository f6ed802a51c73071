#include "calendar_edits.h"

#include <algorithm>
#include <map>

namespace almanac::bench {
namespace {

using Events = std::vector<calendar::Event>;

constexpr int kOneIn = 5, kFirst = 2;  // of five occasions the third
constexpr int kDaysAway = 7;

Events by_start(Events events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.span.start < b.span.start; });
  return events;
}

// The place of every start within `range` among the different ones there.
std::map<Timestamp, int> occasions(const Events& events, TimeRange range) {
  std::map<Timestamp, int> places;
  for (const auto& event : events)
    if (range.contains(event.span.start)) places[event.span.start] = 0;
  int next = 0;
  for (auto& [start, place] : places) place = next++;
  return places;
}

bool is_free(const Events& events, TimeRange span) {
  return std::none_of(events.begin(), events.end(), [&](const auto& event) {
    return event.span.start < span.end + kHour && span.start - kHour < event.span.end;
  });
}

// Those whose place is `first`, and every `one_in`-th after it.
Events moved(Events events, TimeRange range, int one_in, int first) {
  const auto places = occasions(events, range);
  for (auto& event : events) {
    const auto place = places.find(event.span.start);
    if (place == places.end() || place->second % one_in != first) continue;
    const Duration by = place->second / one_in % 2 == 0 ? -Duration{kHour} : Duration{kHour};
    event.span = {event.span.start + by, event.span.end + by};
  }
  return by_start(std::move(events));
}

}  // namespace

Events with_mistaken(Events events, TimeRange range) {
  events = by_start(std::move(events));
  Events claimed = events;
  const auto places = occasions(events, range);
  for (const auto& event : events) {
    const auto place = places.find(event.span.start);
    if (place == places.end() || place->second % kOneIn != kFirst) continue;
    for (int i = 2; i < 2 * kDaysAway + 2; ++i) {  // 1, -1, 2, -2 ...
      const auto away = kDay * (i % 2 == 0 ? i / 2 : -(i / 2));
      auto copy = event;
      copy.uid += "-mistaken";
      copy.span = {event.span.start + away, event.span.end + away};
      if (!range.contains(copy.span.start) || !is_free(claimed, copy.span)) continue;
      claimed.push_back(std::move(copy));
      break;
    }
  }
  return by_start(std::move(claimed));
}

Events with_moved(Events events, TimeRange range) {
  return moved(std::move(events), range, kOneIn, kFirst);
}

Events with_all_moved(Events events, TimeRange range) {
  return moved(std::move(events), range, 1, 0);
}

Events with_missing(Events events, TimeRange range) {
  const auto places = occasions(events, range);
  std::erase_if(events, [&](const auto& event) {
    const auto place = places.find(event.span.start);
    return place != places.end() && place->second % kOneIn == kFirst;
  });
  return by_start(std::move(events));
}

}  // namespace almanac::bench

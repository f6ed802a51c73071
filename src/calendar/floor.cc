#include "calendar/floor.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::calendar {
namespace {

template <typename Counts>
std::optional<Floor> highest(std::span<const Event> events, Counts&& counts) {
  const Event* best = nullptr;
  for (const Event& event : events) {
    if (!event.minimum_instances || !counts(event)) continue;
    if (best == nullptr || *event.minimum_instances > *best->minimum_instances) best = &event;
  }
  return best == nullptr ? std::nullopt : std::optional(Floor{*best->minimum_instances, best->name});
}

}  // namespace

std::optional<Floor> floor_of(std::span<const Event> events) {
  return highest(events, [](const Event&) { return true; });
}

std::optional<Floor> floor_over(std::span<const Event> events, TimeRange window) {
  return highest(events, [&](const Event& event) { return event.span.overlaps(window); });
}

std::vector<std::string> floors_above(std::span<const Event> events, int max) {
  std::vector<std::string> words;
  for (const Event& event : events) {
    if (!event.minimum_instances || *event.minimum_instances <= max) continue;
    std::string word =
        fmt::format("a minimum of {} asked for by \"{}\" is above max {}", *event.minimum_instances, event.name, max);
    // An event that recurs is told once.
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  }
  return words;
}

}  // namespace almanac::calendar

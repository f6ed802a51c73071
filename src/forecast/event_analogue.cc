#include "forecast/event_analogue.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

namespace almanac::forecast {
namespace {

bool on_weekend(Timestamp t) {
  const std::chrono::weekday day{std::chrono::floor<std::chrono::days>(t)};
  return day == std::chrono::Saturday || day == std::chrono::Sunday;
}

Duration abs_duration(Duration d) {
  return d < Duration{0} ? -d : d;
}

bool same_hour(Timestamp a, Timestamp b) {
  const Duration apart = abs_duration((a - floor_to(a, kDay)) - (b - floor_to(b, kDay)));
  return std::min(apart, kDay - apart) <= Duration{1800};
}

}  // namespace

EventIndex::EventIndex(std::vector<calendar::Event> events) : events_(std::move(events)) {
  std::stable_sort(events_.begin(), events_.end(),
                   [](const auto& a, const auto& b) { return a.span.start < b.span.start; });
  std::map<std::string, int> ranks;
  for (const calendar::Event& event : events_) {
    kind_rank_.push_back(ranks.emplace(event.kind, static_cast<int>(ranks.size())).first->second);
    kind_stem_.push_back(event.kind.substr(0, event.kind.find('-')));
    longest_ = std::max(longest_, event.span.duration());
  }
}

std::vector<std::size_t> EventIndex::near(Timestamp t, Duration before, Duration after) const {
  std::vector<std::size_t> found;
  const auto first = std::lower_bound(events_.begin(), events_.end(), t - longest_ - after,
                                      [](const auto& event, Timestamp time) { return event.span.start < time; });
  for (auto it = first; it != events_.end() && it->span.start - before <= t; ++it)
    if (t < it->span.end + after) found.push_back(static_cast<std::size_t>(it - events_.begin()));
  return found;
}

std::optional<std::size_t> EventIndex::nearest(Timestamp t, Duration before, Duration after) const {
  std::optional<std::size_t> best;
  Duration best_distance{0};
  for (std::size_t i : near(t, before, after)) {
    const TimeRange& span = events_[i].span;
    const Duration distance = std::min(abs_duration(t - span.start), abs_duration(t - span.end));
    if (!best || distance < best_distance) best = i, best_distance = distance;
  }
  return best;
}

double EventIndex::similarity(std::size_t past, std::size_t now) const {
  const double age = static_cast<double>(now > past ? now - past - 1 : 0);
  double weight = std::pow(0.92, age);
  if (kind_rank_[past] == kind_rank_[now])
    weight *= 2.0;
  else if (kind_stem_[past] != kind_stem_[now])
    weight *= 0.4;
  if (same_hour(events_[past].span.start, events_[now].span.start)) weight *= 3.0;
  if (on_weekend(events_[past].span.start) == on_weekend(events_[now].span.start)) weight *= 2.0;
  return weight;
}

Timestamp EventIndex::same_phase(Timestamp t, std::size_t now, std::size_t past) const {
  const TimeRange& a = events_[now].span;
  const TimeRange& b = events_[past].span;
  return t - a.start <= a.end - t ? b.start + (t - a.start) : b.end + (t - a.end);
}

Timestamp EventIndex::phase_within(Timestamp t, std::size_t now, std::size_t past) const {
  const TimeRange& a = events_[now].span;
  const TimeRange& b = events_[past].span;
  const Timestamp middle = b.start + b.duration() / 2;
  const Timestamp same = same_phase(t, now, past);
  return t - a.start <= a.end - t ? std::min(same, middle) : std::max(same, middle);
}

}  // namespace almanac::forecast

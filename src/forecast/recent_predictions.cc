#include "forecast/recent_predictions.h"

#include <algorithm>
#include <vector>

namespace almanac::forecast {

// The forecast at an anchor reads the rows before it.
void RecentPredictions::forget_after(Timestamp changed) {
  for (auto& [track, predictions] : known_) predictions.erase(predictions.upper_bound(changed), predictions.end());
}

void RecentPredictions::prepare(std::uint64_t model, const History& history, const calendar::Calendar& calendar) {
  auto events = calendar.between(Features::events_range(history));
  const bool same_events = events_ && events == events_->events();
  if (model != model_ || !same_events || history.start != start_ || history.interval != interval_ ||
      calendar.timezone() != timezone_)
    known_.clear();
  model_ = model;
  start_ = history.start;
  interval_ = history.interval;
  timezone_ = calendar.timezone();
  if (!same_events) events_ = std::make_shared<const EventIndex>(std::move(events));
}

std::size_t RecentPredictions::first_missing(std::size_t track, const Features& features, std::size_t from) const {
  const auto found = known_.find(track);
  if (found == known_.end() || found->second.empty()) return from;
  return std::max(from, features.index_of(found->second.rbegin()->first) + 1);
}

void RecentPredictions::predict(std::size_t track, const Ask& ask, const Features& features,
                                std::span<const Origin> origins, std::span<Prediction> out) {
  if (origins.empty()) return;
  auto& known = known_[track];
  known.erase(known.begin(), known.lower_bound(features.time_at(origins.front().anchor)));
  std::vector<Origin> missing;
  std::vector<std::size_t> places;
  auto at = known.begin();
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const Timestamp time = features.time_at(origins[i].anchor);
    while (at != known.end() && at->first < time) ++at;
    if (at != known.end() && at->first == time) {
      out[i] = at->second;
    } else {
      missing.push_back(origins[i]);
      places.push_back(i);
    }
  }
  std::vector<Prediction> made(missing.size());
  ask(missing, made);
  for (std::size_t i = 0; i < made.size(); ++i) {
    out[places[i]] = made[i];
    known.emplace(features.time_at(missing[i].anchor), made[i]);
  }
}

}  // namespace almanac::forecast

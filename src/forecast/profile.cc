#include "forecast/profile.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/series.h"

namespace almanac::forecast {
namespace {

constexpr double kLeastDemand = 1e-3;  // busy instances; keeps logarithms of an idle night finite
constexpr std::size_t kWeeks = 4;
constexpr std::size_t kEnough = 2;  // values that a median is taken of
constexpr int kUnknownOffset = std::numeric_limits<int>::min();

bool is_weekend(Timestamp local) {
  const std::chrono::weekday day{std::chrono::floor<std::chrono::days>(local)};
  return day == std::chrono::Saturday || day == std::chrono::Sunday;
}

}  // namespace

double median(std::vector<double>& values) {
  if (values.empty()) return kMissing;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Profile::Profile(const History& history, const EventIndex& events, const calendar::Calendar& calendar, Duration window,
                 Duration ahead)
    : history_(history),
      calendar_(calendar),
      per_day_(static_cast<std::size_t>(std::max<long long>(1, kDay / history.interval))) {
  steps_ = static_cast<std::size_t>(std::max<long long>(1, window / history.interval));
  known_ = history.size() < steps_ ? 0 : history.size() - steps_ + 1;
  windows_.assign(known_, kMissing);
  looked_.assign(known_, false);
  const auto total = history.size() + static_cast<std::size_t>(ahead / history.interval);
  near_.assign(total, false);
  for (const calendar::Event& event : events.events()) {
    const std::size_t first = index_of(event.span.start - kBeforeEvent - window);
    const std::size_t end = index_of(event.span.end + kAfterEvent);
    for (std::size_t i = first; i < std::min(end, total); ++i) near_[i] = true;
  }
  usual_.assign(total, kMissing);
  computed_.assign(total, false);
}

double Profile::actual(std::size_t i) const {
  if (i >= known_) return kMissing;
  if (looked_[i]) return windows_[i];
  looked_[i] = true;
  double highest = 0;
  for (std::size_t k = i; k < i + steps_; ++k) {
    const double value = history_.peak[k];
    highest = is_missing(value) || is_missing(highest) ? kMissing : std::max(highest, value);
  }
  return windows_[i] = is_missing(highest) ? kMissing : std::log(std::max(kLeastDemand, highest));
}

// Zones change on the hour.
int Profile::offset(std::size_t i) const {
  const std::size_t hour = i / std::max<std::size_t>(1, per_day_ / 24);
  if (hour >= offset_.size()) offset_.resize(hour + 1, kUnknownOffset);
  if (offset_[hour] == kUnknownOffset) {
    const std::size_t first = hour * std::max<std::size_t>(1, per_day_ / 24);
    offset_[hour] = static_cast<int>(calendar_.utc_offset(time_at(first)) / history_.interval);
  }
  return offset_[hour];
}

std::size_t Profile::index_of(Timestamp t) const {
  if (t <= history_.start) return 0;
  return static_cast<std::size_t>((t - history_.start + history_.interval - Duration{1}) / history_.interval);
}

void Profile::look(std::size_t i, std::size_t days_back, std::vector<double>& found) const {
  const std::size_t back = days_back * per_day_;
  if (back > i) return;
  // The same local time: a clock change in between shifts it.
  const auto there = static_cast<std::ptrdiff_t>(i - back) + offset(i) - offset(i - back);
  if (there < 0 || static_cast<std::size_t>(there) >= known_) return;
  const auto index = static_cast<std::size_t>(there);
  if (near_[index] || is_missing(actual(index))) return;
  found.push_back(actual(index));
}

double Profile::usual(std::size_t i) const {
  if (computed_[i]) return usual_[i];
  computed_[i] = true;
  std::vector<double> found;
  // Weeks that are not over yet are nothing to look back at; as many older ones take their place.
  const std::size_t first_week = i < known_ ? 1 : 1 + (i - known_) / (7 * per_day_);
  for (std::size_t week = first_week; week < first_week + kWeeks; ++week) look(i, 7 * week, found);
  if (found.size() < kEnough) {
    const auto local = [&](std::size_t index) { return time_at(index) + history_.interval * offset(index); };
    const bool weekend = is_weekend(local(i));
    std::vector<double> alike, any;
    for (std::size_t day = 1; day <= 7 * (first_week + kWeeks - 1); ++day) {
      if (day * per_day_ > i) break;
      look(i, day, any);
      if (is_weekend(local(i - day * per_day_)) == weekend) look(i, day, alike);
    }
    if (alike.size() >= kEnough) {
      found = std::move(alike);
    } else if (any.size() >= kEnough || found.empty()) {
      found = std::move(any);
    }
  }
  return usual_[i] = median(found);
}

double Profile::today(std::size_t end) const {
  const std::size_t hour = std::max<std::size_t>(1, per_day_ / 24), enough = std::min<std::size_t>(3, hour);
  const std::size_t last = std::min(end, known_);
  double above = 0;
  std::size_t compared = 0;
  for (std::size_t i = last - std::min(last, hour); i < last; ++i) {
    if (near_[i] || is_missing(actual(i)) || is_missing(usual(i))) continue;
    above += actual(i) - usual(i), ++compared;
  }
  return compared >= enough ? above / static_cast<double>(compared) : level(end);
}

double Profile::level(std::size_t end) const {
  std::vector<double> above;
  const std::size_t last = std::min(end, known_);
  for (std::size_t i = last - std::min(last, 7 * per_day_); i < last; ++i) {
    if (near_[i] || is_missing(actual(i))) continue;
    const double expected = usual(i);
    if (!is_missing(expected)) above.push_back(actual(i) - expected);
  }
  const double middle = median(above);
  return is_missing(middle) ? 0 : middle;
}

}  // namespace almanac::forecast

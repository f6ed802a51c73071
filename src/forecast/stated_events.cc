#include "forecast/stated_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/series.h"
#include "forecast/features.h"

namespace almanac::forecast {
namespace {

const Duration kHalfLife = std::chrono::minutes(15);  // of what was stated, once the event is seen
const Duration kWake = std::chrono::hours(1);         // after an end load is not back yet
const Duration kSeen = std::chrono::minutes(15);
constexpr std::size_t kBase = 3;       // intervals
constexpr double kSeenEnough = 0.25;   // fresh no more: what is seen is said to count
constexpr double kLeastWeight = 0.01;  // less changes nothing that anybody sees

// A normal distribution at equal distances, as probabilities and weights.
struct NormalPoint {
  double z, p, weight;
};
const std::vector<NormalPoint>& normal_points() {
  static const auto made = [] {
    constexpr int kPoints = 145;
    std::vector<NormalPoint> points;
    for (int i = 0; i < kPoints; ++i) {
      const double z = -3.6 + 7.2 * i / (kPoints - 1);
      points.push_back({z, 0.5 * std::erfc(-z / std::numbers::sqrt2), std::exp(-z * z / 2)});
    }
    return points;
  }();
  return made;
}

double log_of(double busy) {
  return std::log(busy + Features::kEpsilon);
}

// The quantiles of `model` and of a log-normal distribution, averaged in logarithms.
Distribution averaged(const Distribution& model, double center, double spread, double weight) {
  std::vector<Distribution::Sample> samples;
  for (const NormalPoint& point : normal_points()) {
    const double log =
        (1 - weight) * log_of(model.quantile(point.p)) + weight * log_of(std::exp(center + spread * point.z));
    samples.push_back({std::exp(log) - Features::kEpsilon, point.weight});
  }
  return Distribution(std::move(samples));
}

}  // namespace

StatedEvents::StatedEvents(const History& history, const EventIndex& events, const calendar::Calendar& calendar,
                           int window)
    : history_(history), events_(events), calendar_(calendar), window_(window) {}

const Profile& StatedEvents::windows() {
  if (!windows_) {
    const Duration window = history_.interval * window_;
    windows_.emplace(history_, events_, calendar_, window, 2 * window);
  }
  return *windows_;
}

const Profile& StatedEvents::steps() {
  if (!steps_) steps_.emplace(history_, events_, calendar_, history_.interval, history_.interval);
  return *steps_;
}

Beliefs& StatedEvents::beliefs() {
  if (!beliefs_) beliefs_.emplace(steps(), events_);
  return *beliefs_;
}

// The end of the last interval before `anchor` with a demand.
Timestamp StatedEvents::seen_until(std::size_t anchor) const {
  while (anchor > 0 && is_missing(history_.mean[anchor - 1])) --anchor;
  return history_.time_at(anchor);
}

// Where `event` stands in the window from index `at` on, by what was known at `anchor`.
Course StatedEvents::course_at(std::size_t event, std::size_t at, std::size_t anchor) {
  const std::size_t passed = anchor - std::min(anchor, static_cast<std::size_t>(window_) - 1);  // windows
  return beliefs().course(windows(), event, history_.time_at(at), passed);
}

// 1 until the event is seen; then it halves with every quarter of an hour in which all of the event would show. Where
// its course says that half would, it takes twice as long.
double StatedEvents::fresh_at(std::size_t event, std::size_t anchor) {
  const Timestamp start = events_.events()[event].span.start, until = seen_until(anchor);
  double shown = 0;  // seconds
  const double interval = static_cast<double>(history_.interval.count());
  double fresh = 1;
  for (Timestamp t = std::max(start, history_.start); t < until && fresh >= kLeastWeight; t += history_.interval) {
    const auto at = static_cast<std::size_t>((t - history_.start) / history_.interval);
    shown += course_at(event, at, anchor).share * std::min(interval, static_cast<double>((until - t).count()));
    fresh = std::exp2(-shown / static_cast<double>(kHalfLife.count()));
  }
  return fresh;
}

// Usual for the time of the week, at the level that load has before the event; where nothing is usual yet, as it is
// now.
double StatedEvents::level_at(std::size_t event, std::size_t anchor) {
  const double usual = windows().usual(anchor);
  if (!is_missing(usual)) return usual + level_before(steps(), events_.events()[event], anchor);
  const Timestamp before = std::min(history_.time_at(anchor), events_.events()[event].span.start);
  if (before <= history_.start) return kMissing;
  const auto end = static_cast<std::size_t>((before - history_.start) / history_.interval);
  double sum = 0, known = 0;
  for (std::size_t i = end - std::min(end, kBase); i < end; ++i)
    if (!is_missing(steps().actual(i))) sum += steps().actual(i), known += 1;
  return known > 0 ? sum / known : kMissing;
}

std::optional<Announcement> StatedEvents::at(std::size_t anchor) {
  const Timestamp now = history_.time_at(anchor);
  const Duration window = history_.interval * window_;
  std::optional<Announcement> highest;
  for (const std::size_t i : events_.near(now, window - Duration{1}, Duration{0})) {
    const calendar::Event& event = events_.events()[i];
    if (!event.expected_uplift) continue;
    Announcement said;
    said.fresh = fresh_at(i, anchor);
    if (said.fresh < kLeastWeight) continue;
    said.level = level_at(i, anchor);
    if (is_missing(said.level)) continue;
    said.belief = beliefs().of(i, anchor);
    said.course = course_at(i, anchor, anchor);
    if (highest && highest->level + highest->belief.mean >= said.level + said.belief.mean) continue;
    said.seen = kMissing;
    const Timestamp from = std::max(event.span.start, now - kSeen);
    for (std::size_t j = anchor; j-- > 0 && history_.time_at(j) + history_.interval > from;) {
      const double demand = steps().actual(j);
      if (!is_missing(demand)) said.seen = is_missing(said.seen) ? demand : std::max(said.seen, demand);
    }
    for (const std::size_t other : events_.near(now, Duration{0}, kWake))
      if (other != i && events_.events()[other].span.start < now) said.alone = false;
    highest = said;
  }
  return highest;
}

void StatedEvents::apply(std::size_t anchor, bool learns, Forecast& forecast) {
  const auto said = at(anchor);
  if (!said) return;
  const StatedUplift& belief = said->belief;
  const double learned = learns ? std::min(1.0, static_cast<double>(belief.earlier) / kKnownEvents) : 0.0;
  const double model = (1 - belief.weight) * learned;
  const double weight = said->fresh * (1 - model);
  if (weight < kLeastWeight) return;
  // What the model does not stand for: the statement, and the experience that it could not learn from yet.
  const double uplift =
      (belief.weight * std::log(belief.stated) + (1 - belief.weight) * (1 - learned) * belief.experience) / (1 - model);
  double center = said->level + said->course.share * uplift;
  // What has come is not taken back: neither the event so far nor another one.
  if (!is_missing(said->seen)) center = std::max(center, said->seen);
  if (!said->alone) center = std::max(center, std::log(std::max(forecast.median, 1e-3)));
  forecast.peak = averaged(forecast.peak, center, said->course.spread_of(belief), weight);
  forecast.median = std::max(
      0.0, std::exp((1 - weight) * log_of(forecast.median) + weight * log_of(std::exp(center))) - Features::kEpsilon);
  forecast.near_event = true;
  forecast.announced = std::exp(said->level + belief.mean);
}

std::string StatedEvents::words(std::size_t anchor) {
  const Timestamp now = history_.time_at(anchor);
  const Duration window = history_.interval * window_;
  std::string text;
  for (const std::size_t i : events_.near(now, window - Duration{1}, Duration{0})) {
    const calendar::Event& event = events_.events()[i];
    if (!text.empty()) text += "; ";
    text += fmt::format("\"{}\" ", event.name);
    if (event.expected_uplift) {
      const bool seen = fresh_at(i, anchor) <= kSeenEnough;
      text += beliefs().of(i, anchor).words() + (seen ? "; by now what is seen of it counts" : "");
      continue;
    }
    int same = 0, other = 0;
    for (std::size_t past = 0; past < i; ++past) {
      const calendar::Event& one = events_.events()[past];
      if (one.span.end > now || one.span.start < history_.start + kDay) continue;
      ++(one.kind == event.kind ? same : other);
    }
    text += words_of_precedents(same, other);
  }
  return text;
}

}  // namespace almanac::forecast

#include "forecast/uplift.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/series.h"

namespace almanac::forecast {
namespace {
constexpr std::size_t kMostEarlier = 40;  // as many as the analogue looks back at
}

double level_before(const Profile& profile, const calendar::Event& event, std::size_t known) {
  const std::size_t near =
      profile.index_of(event.span.start - kBeforeEvent);  // and its window reaches into the one before
  return profile.today(std::min(known, near - std::min<std::size_t>(near, 1)));
}

std::optional<Effect> effect_of(const Profile& profile, const calendar::Event& event, std::size_t known) {
  const std::size_t first = profile.index_of(event.span.start);
  const std::size_t end = std::min(known, profile.index_of(event.span.end));
  double peak = kMissing, usual = kMissing;
  std::size_t compared = 0;
  for (std::size_t i = first; i < end; ++i) {
    const double actual = profile.actual(i), expected = profile.usual(i);
    if (is_missing(actual) || is_missing(expected)) continue;
    ++compared;
    peak = is_missing(peak) ? actual : std::max(peak, actual);
    usual = is_missing(usual) ? expected : std::max(usual, expected);
  }
  if (compared == 0 || 2 * compared < end - first) return std::nullopt;
  // The week's level, not the last hour's: what an event did is told for good, and an hour is easily off.
  const double week = profile.level(std::min(known, profile.index_of(event.span.start - kBeforeEvent)));
  return Effect{peak - usual - week, peak, week};
}

double spread_of_statement(double stated) {
  constexpr double kBetweenEvents = 0.15, kOfTheLogarithm = 0.2;
  return std::hypot(kBetweenEvents, kOfTheLogarithm * std::log(stated));
}

StatedUplift believe(const calendar::Event& event, std::span<const Told> earlier) {
  StatedUplift belief;
  belief.event = event.name;
  belief.stated = *event.expected_uplift;
  belief.earlier = static_cast<int>(earlier.size());
  const double prior = std::log(belief.stated), s = spread_of_statement(belief.stated);
  belief.mean = prior;
  belief.spread = s;
  if (earlier.empty()) return belief;
  double weights = 0, squares = 0, mean = 0, variance = 0;
  for (const Told& one : earlier) {
    weights += one.weight;
    squares += one.weight * one.weight;
    mean += one.weight * one.uplift;
  }
  mean /= weights;
  for (const Told& one : earlier) variance += one.weight / weights * (one.uplift - mean) * (one.uplift - mean);
  constexpr double kSeenBefore = 2;  // times
  const double n = weights * weights / squares;
  const double v = (kSeenBefore * s * s + n * variance) / (kSeenBefore + n - 1);
  const double k = v / (s * s);
  belief.weight = k / (n + k);
  belief.experience = mean;
  belief.mean = belief.weight * prior + (1 - belief.weight) * mean;
  belief.spread = std::sqrt(belief.weight * s * s + (1 - belief.weight) * v);
  return belief;
}

std::string StatedUplift::words() const {
  if (earlier == 0) return fmt::format("x{} as stated; no earlier event of this kind", stated);
  const double expected = std::exp(mean);
  return fmt::format("x{:.{}f}: stated x{}, {} earlier event{} of its kind moved it", expected, expected < 100 ? 1 : 0,
                     stated, earlier, earlier == 1 ? "" : "s");
}

StatedUplift Beliefs::of(std::size_t event, std::size_t known) {
  const calendar::Event& coming = events_.events()[event];
  const Timestamp until = std::min(steps_.time_at(known), coming.span.start);
  std::vector<Told> told;
  for (std::size_t past = event; past-- > 0 && told.size() < kMostEarlier;) {
    const calendar::Event& one = events_.events()[past];
    if (one.span.end > until || one.span.start < steps_.time_at(0) || !of_its_kind(one, coming)) continue;
    if (const auto& did = effect(past, known)) told.push_back({did->uplift, events_.similarity(past, event)});
  }
  return believe(coming, told);
}

const std::optional<Effect>& Beliefs::effect(std::size_t past, std::size_t known) {
  const auto [found, missing] = effects_.try_emplace(past);
  if (missing) found->second = effect_of(steps_, events_.events()[past], known);
  return found->second;
}

double Course::spread_of(const StatedUplift& belief) const {
  constexpr double kLeast = 0.1;
  return std::max(kLeast, std::hypot(share * belief.spread, spread * belief.mean));
}

Course Beliefs::course(const Profile& windows, std::size_t event, Timestamp t, std::size_t known) {
  constexpr double kTelling = 0.2;  // logarithm: who hardly differs from the usual shows no course
  constexpr std::size_t kEnough = 3;
  double weights = 0, sum = 0, squares = 0;
  std::size_t told = 0;
  for (std::size_t past = event; past-- > 0 && told < kMostEarlier;) {
    const calendar::Event& one = events_.events()[past];
    const bool alike = one.kind == "event" ? of_its_kind(one, events_.events()[event]) : events_.kindred(past, event);
    if (!alike || one.span.start < steps_.time_at(0)) continue;
    const std::size_t over = steps_.index_of(one.span.end), at = windows.index_of(events_.phase_within(t, event, past));
    if (over > std::min(known, steps_.known()) || at >= known) continue;
    const auto& did = effect(past, over);
    const double ratio = windows.actual(at) - windows.usual(at);
    if (!did || std::abs(did->uplift) < kTelling || is_missing(ratio)) continue;
    const double share = std::clamp((ratio - did->level) / did->uplift, 0.0, 1.0),
                 weight = events_.similarity(past, event);
    weights += weight, sum += weight * share, squares += weight * share * share, ++told;
  }
  if (told < kEnough) return {};
  const double share = sum / weights;
  return {share, std::sqrt(std::max(0.0, squares / weights - share * share))};
}

std::string words_of_precedents(int of_its_kind, int others) {
  if (of_its_kind > 0)
    return fmt::format("like {} earlier event{} of its kind", of_its_kind, of_its_kind == 1 ? "" : "s");
  return others > 0 ? "like earlier events of other kinds" : "unlike anything seen: it states no expected_uplift";
}

bool of_its_kind(const calendar::Event& past, const calendar::Event& coming) {
  return past.kind == coming.kind && (coming.kind != "event" || past.name == coming.name);
}

}  // namespace almanac::forecast

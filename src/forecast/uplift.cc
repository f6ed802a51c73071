#include "forecast/uplift.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/series.h"

namespace almanac::forecast {

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
  return Effect{peak - usual, peak};
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
  constexpr std::size_t kMostEarlier = 40;  // as many as the analogue looks back at
  const calendar::Event& coming = events_.events()[event];
  const Timestamp until = std::min(steps_.time_at(known), coming.span.start);
  std::vector<Told> told;
  for (std::size_t past = event; past-- > 0 && told.size() < kMostEarlier;) {
    const calendar::Event& one = events_.events()[past];
    if (one.span.end > until || one.span.start < steps_.time_at(0) || !of_its_kind(one, coming)) continue;
    const auto [effect, missing] = effects_.try_emplace(past);
    if (missing) effect->second = effect_of(steps_, one, known);
    if (effect->second) told.push_back({effect->second->uplift, events_.similarity(past, event)});
  }
  return believe(coming, told);
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

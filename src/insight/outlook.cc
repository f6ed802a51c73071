#include "insight/outlook.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "forecast/uplift.h"

namespace almanac::insight {
namespace {

constexpr std::size_t kMostEarlier = 40;  // as many as the forecaster's analogue looks back at

std::string stem(const std::string& kind) {
  return kind.substr(0, kind.find('-'));
}

std::vector<calendar::Event> events_of(const control::Knowledge& known, const calendar::Calendar& calendar,
                                       Timestamp now, Duration ahead) {
  return calendar.between({known.history.start, now + ahead});
}

std::string basis_of(const calendar::Event& coming, const std::vector<EarlierEvent>& earlier) {
  const std::string count = fmt::format("{} earlier event{}", earlier.size(), earlier.size() == 1 ? "" : "s");
  if (same_kind(coming, earlier.front().event)) return fmt::format("{} of kind {}", count, coming.kind);
  if (kindred(coming, earlier.front().event))
    return fmt::format("{} of kinds like {}, none of its own", count, coming.kind);
  return fmt::format("{} of other kinds, none of kind {}", count, coming.kind);
}

}  // namespace

bool same_kind(const calendar::Event& a, const calendar::Event& b) {
  return a.kind == b.kind;
}

bool kindred(const calendar::Event& a, const calendar::Event& b) {
  return stem(a.kind) == stem(b.kind);
}

Outlook::Outlook(const control::Knowledge& known, const calendar::Calendar& calendar, Timestamp now, Duration ahead)
    : now_(now),
      events_(events_of(known, calendar, now, ahead)),
      profile_(known.history, events_, calendar, known.history.interval, Duration{0}) {}

std::optional<EarlierEvent> Outlook::effect_of(std::size_t past) const {
  const calendar::Event& event = events_.events()[past];
  const auto effect = forecast::effect_of(profile_, event, profile_.known());
  if (!effect) return std::nullopt;
  return EarlierEvent{event, std::exp(effect->uplift), std::exp(effect->peak), 0};
}

std::vector<EarlierEvent> Outlook::earlier(const calendar::Event& coming) const {
  const auto& all = events_.events();
  const auto found = std::find(all.begin(), all.end(), coming);
  if (found == all.end()) return {};
  const auto now = static_cast<std::size_t>(found - all.begin());
  const auto told_by = [&](auto&& alike) {
    std::vector<EarlierEvent> told;
    for (std::size_t past = now; past-- > 0 && told.size() < kMostEarlier;) {
      if (all[past].span.end > std::min(now_, coming.span.start) || !alike(all[past], coming)) continue;
      auto effect = effect_of(past);
      if (!effect) continue;
      effect->weight = events_.similarity(past, now);
      told.push_back(std::move(*effect));
    }
    return told;
  };
  if (coming.expected_uplift) return told_by(forecast::of_its_kind);
  if (auto told = told_by(same_kind); !told.empty()) return told;
  if (auto told = told_by(kindred); !told.empty()) return told;
  return told_by([](const calendar::Event&, const calendar::Event&) { return true; });
}

std::optional<Expectation> Outlook::expect(const calendar::Event& coming,
                                           const std::vector<EarlierEvent>& earlier) const {
  constexpr double kUsualSpread = 0.15, kUnknownSpread = 0.3;  // of log uplift, from event to event
  constexpr double kWidth = 1.2816;                            // 80 % of a normal distribution
  if (coming.expected_uplift) {
    std::vector<forecast::Told> told;
    for (const EarlierEvent& one : earlier) told.push_back({std::log(one.uplift), one.weight});
    const auto belief = forecast::believe(coming, told);
    const double middle = std::exp(belief.mean), factor = std::exp(kWidth * belief.spread);
    return Expectation{middle / factor, middle, middle * factor, belief.words()};
  }
  if (earlier.empty()) return std::nullopt;
  double weights = 0, squares = 0, mean = 0, variance = 0;
  for (const EarlierEvent& one : earlier) {
    weights += one.weight;
    squares += one.weight * one.weight;
    mean += one.weight * std::log(one.uplift);
  }
  mean /= weights;
  for (const EarlierEvent& one : earlier) variance += one.weight / weights * std::pow(std::log(one.uplift) - mean, 2);
  // As if one more event had been seen that lay as far off as events of a kind usually do.
  const double effective = weights * weights / squares;
  const double prior = same_kind(coming, earlier.front().event) ? kUsualSpread : kUnknownSpread;
  variance = (effective * variance + prior * prior) / effective;
  const double factor = std::exp(kWidth * std::sqrt(variance * (1 + 1 / effective)));
  const double middle = std::exp(mean);
  return Expectation{middle / factor, middle, middle * factor, basis_of(coming, earlier)};
}

}  // namespace almanac::insight

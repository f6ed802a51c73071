#pragma once

#include <array>
#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "forecast/features.h"
#include "forecast/group_model.h"

namespace almanac::planning {

// Simple rules that stand beside the model. Each proposes, at every price of lambda_grid(), factor(price) x level: the
// level is what the rule looks at, the factor the one that would have been cheapest over the last 28 days at that price
// (a newsvendor over the rule's own errors). Where load has no structure one of them is optimal or nearly so.
//   constant         level 1: the newsvendor-optimal constant
//   recent_peak      highest minute of the last 15 minutes: what target tracking follows
//   peak_3_hours, peak_1_day   trailing maxima
//   slow_down        the highest minute so far, fading with a half-life of 6 hours: up at once, down slowly
inline constexpr std::array<std::string_view, 5> kExpertRules = {"constant", "recent_peak", "peak_3_hours",
                                                                 "peak_1_day", "slow_down"};

// What the experts say at one tick, for each price of lambda_grid(). Empty vectors: nothing was learned yet.
struct ExpertAdvice {
  struct Voice {
    std::string expert;          // "model" first, then the rules
    std::vector<double> weight;  // sum over the voices is 1 at each price
    std::vector<double> cost;    // replayed, relative to the model's: 1.05 is 5 % dearer
    std::vector<int> capacity;   // instances; empty for the model, which brings its own curve
  };
  std::vector<Voice> voices;
  double days = 0;  // replayed, older ones counting less

  bool empty() const { return voices.empty(); }
};

// The capacities of `model` (one for each price) mixed with the experts' by their weights, rounded to whole instances.
std::vector<int> mix_curve(const std::vector<int>& model, const ExpertAdvice& advice);

// "model 0.83, peak_1_day 0.12 (1.03 x its cost), ..." at the grid position nearest to `position`; voices under 1 %
// are left out.
std::string describe(const ExpertAdvice& advice, double position);

// How the model and the rules did when the last weeks were replayed out of sample, day by day: each day with the model
// and the factors of the day before. A day's cost at a price is instances + price x violating demand, summed over its
// ticks; compared are logarithms of costs relative to the model's, fading with a half-life of 14 days. A rule's weight
// is exp(-2.5 (t + 0.5)), t the mean of its log ratio in standard errors of that mean: what differs by chance counts
// half, what differs every day counts fully, and one catastrophe cannot decide alone. The model's t + 0.5 is 0.
//
// Ticks near announced events are neither counted nor mixed: a rule knows no calendar.
class ExpertBoard {
 public:
  using DayForecasts = std::span<const std::pair<std::size_t, forecast::Forecast>>;

  // After the day [first, end) of `features` is over: counts it and fits the factors anew. `forecasts` are those of the
  // day made out of sample, by anchor; empty when there was no model yet. `utilisation` is the objective's. A board is
  // for one utilisation: a change of it starts anew.
  void close_day(const forecast::Features& features, std::size_t first, std::size_t end, DayForecasts forecasts,
                 double utilisation);

  // For a decision after `peaks`: the highest 1-minute demand of each interval before it, busy instances, kMissing
  // where unknown (the last two days are looked at). Empty for another utilisation than the board's.
  ExpertAdvice advise(std::span<const double> peaks, Duration interval, double utilisation) const;

  // To and from plain numbers, to be kept with a model. corrupt when they are not a board's.
  std::vector<double> to_numbers() const;
  static Result<ExpertBoard> from_numbers(std::span<const double> numbers);

  bool operator==(const ExpertBoard&) const = default;

 private:
  static constexpr std::size_t kRules = kExpertRules.size(), kPrices = 26;
  using Table = std::array<std::array<double, kPrices>, kRules>;

  void fit_factors(const forecast::Features& features, std::size_t end, double utilisation);
  Table weights_against_model() const;

  double utilisation_ = 0;
  bool fitted_ = false;
  double days_ = 0, squared_days_ = 0;  // sums of the days' weights and of their squares
  Table factor_{};                      // instances for each busy instance of the level
  Table sum_{}, squares_{};             // of log(cost / model's cost)
};

// The board that travels with a model; an empty one where there is none that can be read.
ExpertBoard board_of(const forecast::GroupModel& model);

// GroupModel::advance, with the board that travels with the model closing every day that is walked over.
Result<void> advance_with_experts(forecast::GroupModel& model, const forecast::Features& features, Timestamp until,
                                  double utilisation, const ProgressSink& progress = {},
                                  const std::atomic<bool>* stop = nullptr);

}  // namespace almanac::planning

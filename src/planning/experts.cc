#include "planning/experts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "core/series.h"
#include "planning/error_budget.h"
#include "planning/guard_rails.h"
#include "planning/limits.h"
#include "planning/newsvendor.h"

namespace almanac::planning {
namespace {

constexpr std::string_view kAttachment = "experts";
constexpr double kHalfLifeDays = 14;
constexpr double kSharpness = 2.5;    // weight = exp(-kSharpness (t + kBias))
constexpr double kBias = 0.5;         // in standard errors: a rule must earn its weight
constexpr double kLeastError = 0.02;  // a day's log ratio is never known better than this
constexpr double kMostLogRatio = 3;
constexpr int kFactorDays = 28;
constexpr int kLeastTicks = 36;     // a day with fewer says nothing
constexpr int kLeastWindows = 144;  // to fit a factor on

using Levels = std::array<double, kExpertRules.size()>;

// Of the intervals before the end of `peaks`; 0 where nothing is known.
Levels levels_of(std::span<const double> peaks, Duration interval) {
  const auto steps_in = [interval](Duration time) {
    return std::max<std::size_t>(1, static_cast<std::size_t>(time / interval));
  };
  const std::size_t quarter = steps_in(kHour / 4), three_hours = steps_in(3 * kHour), day = steps_in(kDay);
  const double keep = std::exp2(-static_cast<double>(interval.count()) / static_cast<double>((6 * kHour).count()));
  Levels levels{1.0, 0, 0, 0, 0};
  double faded = 1;
  for (std::size_t back = 1; back <= std::min(peaks.size(), 2 * day); ++back, faded *= keep) {
    const double peak = peaks[peaks.size() - back];
    if (is_missing(peak)) continue;
    if (back <= quarter) levels[1] = std::max(levels[1], peak);
    if (back <= three_hours) levels[2] = std::max(levels[2], peak);
    if (back <= day) levels[3] = std::max(levels[3], peak);
    levels[4] = std::max(levels[4], faded * peak);
  }
  return levels;
}

Levels levels_at(const forecast::Features& features, std::size_t anchor) {
  return levels_of(features.peaks().first(anchor), features.interval());
}

int capacity_of(double factor, double level) {
  return instances_for(factor * level, 1.0);
}

bool violates(double peak, int capacity, double utilisation) {
  return peak > utilisation * capacity + 1e-9;
}

struct Outcome {
  double level, peak;
};

// The factor of every price that would have been cheapest: for a price p the k that minimises
// sum k level + p sum peak [peak > u k level]. Only ratios peak / (u level) are candidates.
void fit_rule(std::vector<Outcome> outcomes, double utilisation, std::span<double> factors) {
  std::sort(outcomes.begin(), outcomes.end(),
            [](const Outcome& a, const Outcome& b) { return a.peak * b.level < b.peak * a.level; });
  double levels = 0, above = 0;
  for (const Outcome& o : outcomes) levels += o.level, above += o.peak;
  std::vector<double> best(factors.size(), std::numeric_limits<double>::infinity());
  const auto prices = lambda_grid();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    above -= outcomes[i].peak;
    const double k = outcomes[i].peak / outcomes[i].level / utilisation;
    if (i + 1 < outcomes.size() && outcomes[i + 1].peak * outcomes[i].level <= outcomes[i].peak * outcomes[i + 1].level)
      continue;  // the last of equal ratios covers them all
    for (std::size_t p = 0; p < factors.size(); ++p) {
      const double cost = k * levels + prices[p] * std::max(0.0, above);
      if (cost < best[p]) best[p] = cost, factors[p] = k;
    }
  }
}

}  // namespace

std::vector<int> mix_curve(const std::vector<int>& model, const ExpertAdvice& advice) {
  if (advice.empty()) return model;
  std::vector<int> mixed(model.size());
  for (std::size_t p = 0; p < model.size(); ++p) {
    double sum = 0;
    for (const auto& voice : advice.voices)
      sum += voice.weight[p] * (voice.capacity.empty() ? model[p] : voice.capacity[p]);
    // Rounded to the nearest: rounding up would add an instance for every voice of a hundredth.
    mixed[p] = std::max(1, static_cast<int>(std::ceil(sum - 0.5)));
  }
  return mixed;
}

std::string describe(const ExpertAdvice& advice, double position) {
  if (advice.empty()) return "the model alone: nothing was replayed yet";
  const auto last = static_cast<double>(advice.voices.front().weight.size() - 1);
  const auto p = static_cast<std::size_t>(std::lround(std::clamp(position, 0.0, last)));
  std::string text;
  for (const auto& voice : advice.voices) {
    if (voice.weight[p] < 0.01) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {:.2f}", voice.expert, voice.weight[p]);
    if (!voice.capacity.empty())
      text += fmt::format(" (says {}, cost {:.2f} x the model's)", voice.capacity[p], voice.cost[p]);
  }
  return fmt::format("weights by {:.0f} replayed days: {}", advice.days, text);
}

void ExpertBoard::fit_factors(const forecast::Features& features, std::size_t end, double utilisation) {
  const auto reach = static_cast<std::size_t>(kFactorDays * features.per_day());
  std::array<std::vector<Outcome>, kRules> outcomes;
  for (std::size_t anchor = end > reach ? end - reach : 1; anchor + static_cast<std::size_t>(features.window()) <= end;
       ++anchor) {
    const double peak = features.target_peak({anchor, 0});
    if (is_missing(peak)) continue;
    const Levels levels = levels_at(features, anchor);
    for (std::size_t rule = 0; rule < kRules; ++rule)
      if (levels[rule] > 0) outcomes[rule].push_back({levels[rule], peak});
  }
  fitted_ = std::all_of(outcomes.begin(), outcomes.end(), [](const auto& o) { return o.size() >= kLeastWindows; });
  if (!fitted_) return;
  for (std::size_t rule = 0; rule < kRules; ++rule) fit_rule(std::move(outcomes[rule]), utilisation, factor_[rule]);
}

void ExpertBoard::close_day(const forecast::Features& features, std::size_t first, std::size_t end,
                            DayForecasts forecasts, double utilisation) {
  ALMANAC_CHECK(utilisation > 0 && lambda_grid().size() == kPrices, "the board fits the grid of prices");
  if (utilisation != utilisation_) *this = {}, utilisation_ = utilisation;
  std::array<double, kPrices> model{};
  Table rules{};
  int ticks = 0;
  for (const auto& [anchor, forecast] : forecasts) {
    if (!fitted_ || anchor < first || anchor + static_cast<std::size_t>(features.window()) > end) continue;
    const double peak = features.target_peak({anchor, 0});
    if (is_missing(peak) || forecast.near_event) continue;
    const auto curve =
        cap_curve(capacity_curve(forecast.peak, utilisation), forecast,
                  features.recent_peak(anchor, static_cast<std::size_t>(28 * features.per_day())), utilisation);
    const Levels levels = levels_at(features, anchor);
    for (std::size_t p = 0; p < kPrices; ++p) {
      const double price = lambda_grid()[p];
      model[p] += curve[p] + (violates(peak, curve[p], utilisation) ? price * peak : 0);
      for (std::size_t rule = 0; rule < kRules; ++rule) {
        const int n = capacity_of(factor_[rule][p], levels[rule]);
        rules[rule][p] += n + (violates(peak, n, utilisation) ? price * peak : 0);
      }
    }
    ++ticks;
  }
  if (ticks >= kLeastTicks) {
    const double keep = std::exp2(-1 / kHalfLifeDays);
    days_ = days_ * keep + 1;
    squared_days_ = squared_days_ * keep * keep + 1;
    for (std::size_t rule = 0; rule < kRules; ++rule)
      for (std::size_t p = 0; p < kPrices; ++p) {
        const double ratio = std::clamp(std::log(rules[rule][p] / model[p]), -kMostLogRatio, kMostLogRatio);
        sum_[rule][p] = sum_[rule][p] * keep + ratio;
        squares_[rule][p] = squares_[rule][p] * keep * keep + ratio * ratio;
      }
  }
  fit_factors(features, end, utilisation);
}

// Relative to the model's weight, which is 1.
ExpertBoard::Table ExpertBoard::weights_against_model() const {
  Table weights{};
  for (std::size_t rule = 0; rule < kRules; ++rule)
    for (std::size_t p = 0; p < kPrices; ++p) {
      const double error = std::sqrt(squares_[rule][p] + kLeastError * kLeastError * squared_days_);
      const double t = error > 0 ? sum_[rule][p] / error : 0;
      weights[rule][p] = std::exp(-kSharpness * (t + kBias));
    }
  return weights;
}

ExpertAdvice ExpertBoard::advise(std::span<const double> peaks, Duration interval, double utilisation) const {
  ExpertAdvice advice;
  if (!fitted_ || days_ <= 0 || utilisation != utilisation_) return advice;
  advice.days = days_;
  const Table weights = weights_against_model();
  const Levels levels = levels_of(peaks, interval);
  advice.voices.resize(kRules + 1);
  advice.voices[0] = {"model", std::vector<double>(kPrices), std::vector<double>(kPrices, 1.0), {}};
  for (std::size_t p = 0; p < kPrices; ++p) {
    double total = 1;
    for (std::size_t rule = 0; rule < kRules; ++rule) total += weights[rule][p];
    advice.voices[0].weight[p] = 1 / total;
    for (std::size_t rule = 0; rule < kRules; ++rule) {
      auto& voice = advice.voices[rule + 1];
      if (p == 0) voice.expert = kExpertRules[rule];
      voice.weight.push_back(weights[rule][p] / total);
      voice.cost.push_back(std::exp(sum_[rule][p] / days_));
      voice.capacity.push_back(capacity_of(factor_[rule][p], levels[rule]));
    }
  }
  return advice;
}

std::vector<double> ExpertBoard::to_numbers() const {
  std::vector<double> numbers{utilisation_, fitted_ ? 1.0 : 0.0, days_, squared_days_};
  for (const Table* table : {&factor_, &sum_, &squares_})
    for (const auto& row : *table) numbers.insert(numbers.end(), row.begin(), row.end());
  return numbers;
}

Result<ExpertBoard> ExpertBoard::from_numbers(std::span<const double> numbers) {
  ExpertBoard board;
  if (numbers.size() != 4 + 3 * kRules * kPrices)
    return fail(ErrorCode::corrupt, fmt::format("the experts' board has {} numbers, expected {}; train again",
                                                numbers.size(), 4 + 3 * kRules * kPrices));
  const bool sane = std::all_of(numbers.begin(), numbers.end(), [](double v) { return std::isfinite(v); }) &&
                    numbers[0] >= 0 && numbers[0] <= 1 && numbers[2] >= 0 && numbers[3] >= 0;
  if (!sane) return fail(ErrorCode::corrupt, "the experts' board holds a number that cannot be; train again");
  board.utilisation_ = numbers[0];
  board.fitted_ = numbers[1] != 0;
  board.days_ = numbers[2];
  board.squared_days_ = numbers[3];
  std::size_t next = 4;
  for (Table* table : {&board.factor_, &board.sum_, &board.squares_})
    for (auto& row : *table)
      for (double& value : row) value = numbers[next++];
  for (const auto& row : board.factor_)
    for (const double factor : row)
      if (factor < 0) return fail(ErrorCode::corrupt, "the experts' board holds a negative factor; train again");
  for (const auto& row : board.squares_)
    for (const double square : row)
      if (square < 0) return fail(ErrorCode::corrupt, "the experts' board holds a negative square; train again");
  return board;
}

ExpertBoard board_of(const forecast::GroupModel& model) {
  auto board = ExpertBoard::from_numbers(model.attached(std::string(kAttachment)));
  return board ? *board : ExpertBoard();
}

Result<void> advance_with_experts(forecast::GroupModel& model, const forecast::Features& features, Timestamp until,
                                  double utilisation, const ProgressSink& progress, const std::atomic<bool>* stop) {
  ExpertBoard board = board_of(model);
  const auto close = [&](const forecast::Features& of, std::size_t first, std::size_t end,
                         ExpertBoard::DayForecasts forecasts) {
    board.close_day(of, first, end, forecasts, utilisation);
  };
  if (auto advanced = model.advance(features, until, progress, close, stop); !advanced) return advanced;
  model.attach(std::string(kAttachment), board.to_numbers());
  return {};
}

}  // namespace almanac::planning

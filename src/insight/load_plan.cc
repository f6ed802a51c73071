#include "insight/load_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <set>

#include "calendar/floor.h"
#include "core/distribution.h"
#include "core/series.h"
#include "forecast/event_analogue.h"
#include "forecast/profile.h"
#include "forecast/uplift.h"
#include "insight/outlook.h"
#include "planning/newsvendor.h"

namespace almanac::insight {
namespace {

constexpr int kResidualDays = 28;    // the plan's own errors are judged over
constexpr double kLevelTrust = 0.8;  // of last week's level that is carried on
constexpr std::size_t kMostEarlier = 40;
constexpr double kEventSpread = 0.15;  // of log uplift from event to event, where one alone is known
constexpr double kLeastSpread = 0.05;
constexpr std::size_t kPoints = 49;  // a distribution is told by so many values, three deviations to each side

// The values stand at equal distances on a normal scale.
double scale_at(std::size_t point) {
  return -3 + 6 * static_cast<double>(point) / (kPoints - 1);
}

const std::array<double, kPoints>& weights() {
  static const auto made = [] {
    std::array<double, kPoints> all{};
    double sum = 0;
    for (std::size_t i = 0; i < kPoints; ++i) sum += all[i] = std::exp(-scale_at(i) * scale_at(i) / 2);
    for (double& one : all) one /= sum;
    return all;
  }();
  return made;
}

double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

// A distribution of log ratios to the median, at the scale's points.
using Shape = std::array<double, kPoints>;

Shape normal_shape(double deviation) {
  Shape shape{};
  for (std::size_t i = 0; i < kPoints; ++i) shape[i] = deviation * scale_at(i);
  return shape;
}

// `values` are sorted here. Under a day of them a normal distribution says more.
Shape empirical_shape(std::vector<double>& values, std::size_t enough) {
  if (values.size() < enough) return normal_shape(0.2);
  std::sort(values.begin(), values.end());
  Shape shape{};
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double at = normal_cdf(scale_at(i)) * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, values.size() - 1);
    shape[i] = values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
  }
  return shape;
}

Distribution distribution_of(double log_median, const Shape& shape) {
  std::vector<Distribution::Sample> samples;
  for (std::size_t i = 0; i < kPoints; ++i) samples.push_back({std::exp(log_median + shape[i]), weights()[i]});
  return Distribution(std::move(samples));
}

// How far the 90 and 99 % quantiles of the ticks' forecasts lay above their medians, in the middle of all ticks.
std::optional<Shape> tick_shape(std::span<const records::DecisionPoint> recent, bool with_events, std::size_t enough) {
  constexpr double k90 = 1.2816, k99 = 2.3263;
  std::vector<double> to90, to99;
  for (const records::DecisionPoint& point : recent) {
    if (point.with_events != with_events || !(point.q50 > 0)) continue;
    to90.push_back(std::log(point.q90 / point.q50));
    to99.push_back(std::log(point.q99 / point.q50));
  }
  if (to90.size() < enough) return std::nullopt;
  const double a = std::max(1e-3, forecast::median(to90)), b = std::max(a, forecast::median(to99));
  Shape shape{};
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double z = scale_at(i);
    shape[i] = z <= k90 ? a * z / k90 : a + (b - a) * (z - k90) / (k99 - k90);
  }
  return shape;
}

// The capacity that a tick decides where the median is what it is, read from a table over the logarithm of the median.
class CapacityOf {
 public:
  CapacityOf(const Shape& shape, const PlanSettings& settings, double low, double high) : low_(low) {
    step_ = std::max(1e-9, (high - low) / kSteps);
    for (std::size_t i = 0; i <= kSteps; ++i) {
      const auto peak = distribution_of(low + step_ * static_cast<double>(i), shape);
      const int capacity =
          planning::capacity_at(planning::capacity_curve(peak, settings.utilisation), settings.position);
      table_.push_back(std::clamp(capacity, settings.min, settings.max));
    }
  }
  double operator()(double log_median) const {
    const double at = std::clamp((log_median - low_) / step_, 0.0, static_cast<double>(kSteps));
    return table_[static_cast<std::size_t>(std::lround(at))];
  }

 private:
  static constexpr std::size_t kSteps = 400;
  double low_, step_;
  std::vector<double> table_;
};

class Planner {
 public:
  Planner(const control::Knowledge& known, const calendar::Calendar& calendar,
          std::span<const records::DecisionPoint> recent, const PlanSettings& settings, Duration ahead)
      : known_(known),
        settings_(settings),
        recent_(recent),
        events_(calendar.between({known.history.start, known.history.end() + ahead + settings.cover_window})),
        coming_(calendar.between({known.history.end(), known.history.end() + ahead + settings.cover_window})),
        profile_(known.history, events_, calendar, settings.cover_window, ahead + settings.cover_window),
        steps_profile_(known.history, events_, calendar, known.history.interval, Duration{0}),
        beliefs_(steps_profile_, events_),
        steps_(static_cast<std::size_t>(ahead / known.history.interval)) {}

  LoadPlan plan() {
    LoadPlan plan;
    plan.start = known_.history.end();
    plan.step = known_.history.interval;
    const double level = kLevelTrust * profile_.level(profile_.known());
    const Shape ordinary = residual_shape();
    struct Expected {
      double median;  // of log peak
      Shape shape;
      bool event;
    };
    std::vector<Expected> expected;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (std::size_t i = 0; i < steps_; ++i) {
      const std::size_t index = known_.history.size() + i;
      Expected one{profile_.usual(index) + level, ordinary, false};
      if (const auto uplift = uplift_at(profile_.time_at(index), plan)) {
        one.median += uplift->mean;
        one.event = true;
        if (uplift->spread > 0) one.shape = normal_shape(uplift->spread);
      }
      expected.push_back(one);
      if (is_missing(one.median)) continue;
      low = std::min(low, one.median + one.shape.front());
      high = std::max(high, one.median + one.shape.back());
    }
    if (low > high) low = high = 0;
    const std::size_t enough = profile_.per_day() / 4;
    const auto away = tick_shape(recent_, false, enough);
    const auto near = tick_shape(recent_, true, enough / 2);
    std::optional<CapacityOf> usually, at_events;
    if (away) usually.emplace(*away, settings_, low, high);
    if (away || near) at_events.emplace(near ? *near : *away, settings_, low, high);
    for (std::size_t i = 0; i < steps_; ++i) {
      const Expected& one = expected[i];
      const auto peak = is_missing(one.median) ? Distribution() : distribution_of(one.median, one.shape);
      const auto& table = one.event ? at_events : usually;
      add(plan, i, peak, [&](double capacity) {
        if (!table) return capacity;
        // A tick sees more than the plan does: the capacity is what it would decide for each course that load may take.
        double mean = 0;
        for (std::size_t k = 0; k < kPoints; ++k) mean += weights()[k] * (*table)(one.median + one.shape[k]);
        return mean;
      });
    }
    tell_expectations(plan);
    return plan;
  }

 private:
  struct Uplift {
    double mean = 0;
    double spread = 0;  // of log peak; 0: that of ordinary times
  };

  template <typename Refine>
  void add(LoadPlan& plan, std::size_t step, const Distribution& peak, Refine&& refine) {
    const Timestamp time = plan.start + plan.step * static_cast<long long>(step);
    for (auto [values, p] : {std::pair{&plan.q50, 0.5}, {&plan.q90, 0.9}, {&plan.q99, 0.99}})
      values->push_back(peak.empty() ? kMissing : peak.quantile(p));
    if (peak.empty()) return plan.capacity.push_back(kMissing);
    const int at_once =
        planning::capacity_at(planning::capacity_curve(peak, settings_.utilisation), settings_.position);
    if (at_once > plan.most_needed) {
      plan.most_needed = at_once;
      plan.most_needed_at = time;
    }
    double capacity = refine(std::clamp<double>(at_once, settings_.min, settings_.max));
    if (const auto asked = calendar::floor_over(coming_, {time, time + settings_.cover_window}))
      capacity = std::max<double>(capacity, asked->minimum);
    capacity = std::clamp<double>(capacity, settings_.min, settings_.max);
    plan.capacity.push_back(capacity);
    plan.instance_hours += capacity * static_cast<double>(plan.step.count()) / 3600.0;
  }

  // Errors of plans that had been made half a week before, away from events.
  Shape residual_shape() const {
    const std::size_t day = profile_.per_day(), end = profile_.known();
    std::vector<double> errors;
    for (std::size_t days = kResidualDays; days > 0; --days) {
      if (days * day > end) continue;
      const std::size_t first = end - days * day;
      const double level = kLevelTrust * profile_.level(first - std::min(first, 4 * day));
      for (std::size_t i = first; i < first + day; ++i) {
        if (profile_.near_event(i)) continue;
        const double error = profile_.actual(i) - profile_.usual(i) - level;
        if (!is_missing(error)) errors.push_back(error);
      }
    }
    return empirical_shape(errors, day);
  }

  // What is expected at `t` of the event it is near to, and of others that last at the time and state to do more.
  std::optional<Uplift> uplift_at(Timestamp t, LoadPlan& plan) {
    const auto nearest = events_.nearest(t, forecast::kBeforeEvent + settings_.cover_window, forecast::kAfterEvent);
    if (!nearest) return std::nullopt;
    Uplift highest = uplift_of(*nearest, t, plan);
    for (const std::size_t other : events_.near(t, settings_.cover_window - Duration{1}, Duration{0})) {
      if (other == *nearest || !events_.events()[other].expected_uplift) continue;
      const Uplift stated = uplift_of(other, t, plan);
      if (stated.mean > highest.mean) highest = stated;
    }
    return highest;
  }

  // What earlier events did at the phase that `t` has in event `now`, moved by as much as what is stated of it differs
  // from what they did.
  Uplift uplift_of(std::size_t now, Timestamp t, LoadPlan& plan) {
    double sum = 0, squares = 0, mean = 0, second = 0;
    for (const auto& [past, weight] : telling(now)) {
      const std::size_t index = profile_.index_of(events_.phase_within(t, now, past));
      const double ratio = index < profile_.known() ? profile_.actual(index) - profile_.usual(index) : kMissing;
      if (is_missing(ratio)) continue;
      sum += weight, squares += weight * weight;
      mean += weight * ratio, second += weight * ratio * ratio;
    }
    if (sum <= 0) return without_precedent(now, t, plan);
    mean /= sum;
    const double effective = sum * sum / squares;
    const double variance = std::max(0.0, second / sum - mean * mean) + kEventSpread * kEventSpread / effective;
    const double spread = std::max(kLeastSpread, std::sqrt(variance * (1 + 1 / effective)));
    if (!events_.events()[now].expected_uplift || !lasts(now, t)) return {mean, spread};
    const auto& belief = belief_of(now);
    const auto course = beliefs_.course(profile_, now, t, profile_.known());
    return {mean + course.share * (belief.mean - belief.experience), belief.spread};
  }

  Uplift without_precedent(std::size_t now, Timestamp t, LoadPlan& plan) {
    const calendar::Event& event = events_.events()[now];
    if (event.expected_uplift) {
      const auto& belief = belief_of(now);
      if (!lasts(now, t)) return {0, belief.spread};
      const auto course = beliefs_.course(profile_, now, t, profile_.known());
      return {course.share * belief.mean, course.spread_of(belief)};
    }
    if (event.span.end > plan.start && untold_.insert(event.uid + event.name).second) plan.untold.push_back(event.name);
    return {};
  }

  void tell_expectations(LoadPlan& plan) {
    const auto& all = events_.events();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].span.end <= plan.start || all[i].span.start >= profile_.time_at(known_.history.size() + steps_))
        continue;
      const auto& told = telling(i);
      const auto same =
          std::count_if(told.begin(), told.end(), [&](const auto& one) { return same_kind(all[one.first], all[i]); });
      plan.expected.push_back({all[i].name, all[i].expected_uplift
                                                ? belief_of(i).words()
                                                : forecast::words_of_precedents(static_cast<int>(same),
                                                                                static_cast<int>(told.size() - same))});
    }
  }

  // Whether event `now` lasts in the cover window from `t` on.
  bool lasts(std::size_t now, Timestamp t) const {
    const TimeRange& span = events_.events()[now].span;
    return t + settings_.cover_window > span.start && t < span.end;
  }

  // `now` states an uplift.
  const forecast::StatedUplift& belief_of(std::size_t now) {
    const auto [found, missing] = belief_.try_emplace(now);
    if (missing) found->second = beliefs_.of(now, steps_profile_.known());
    return found->second;
  }

  // Events that are over, with their weights: those of the same kind and a little of kindred ones; else kindred ones;
  // else any. Where an uplift is stated, others than those of its kind tell nothing.
  const std::vector<std::pair<std::size_t, double>>& telling(std::size_t now) {
    auto [found, missing] = telling_.try_emplace(now);
    if (!missing) return found->second;
    const auto& all = events_.events();
    std::vector<std::pair<std::size_t, double>> same, near, other;
    for (std::size_t past = now; past-- > 0;) {
      if (all[past].span.end + settings_.cover_window > known_.history.end()) continue;
      const double weight = events_.similarity(past, now);
      if (all[now].expected_uplift) {
        if (forecast::of_its_kind(all[past], all[now]) && same.size() < kMostEarlier) same.emplace_back(past, weight);
      } else if (same_kind(all[past], all[now])) {
        if (same.size() < kMostEarlier) same.emplace_back(past, weight);
      } else if (kindred(all[past], all[now])) {
        if (near.size() < kMostEarlier) near.emplace_back(past, weight);
      } else if (other.size() < kMostEarlier) {
        other.emplace_back(past, weight);
      }
    }
    std::vector<std::pair<std::size_t, double>>& chosen = found->second;
    constexpr double kKindred = 0.25;  // beside events of the same kind
    chosen = !same.empty() ? same : !near.empty() ? near : other;
    if (!same.empty())
      for (const auto& [past, weight] : near) chosen.emplace_back(past, kKindred * weight);
    return chosen;
  }

  const control::Knowledge& known_;
  const PlanSettings& settings_;
  std::span<const records::DecisionPoint> recent_;
  forecast::EventIndex events_;
  std::vector<calendar::Event> coming_;
  forecast::Profile profile_;        // of cover windows
  forecast::Profile steps_profile_;  // of single intervals
  forecast::Beliefs beliefs_;
  std::map<std::size_t, forecast::StatedUplift> belief_;
  std::size_t steps_;
  std::map<std::size_t, std::vector<std::pair<std::size_t, double>>> telling_;
  std::set<std::string> untold_;
};

}  // namespace

LoadPlan plan_load(const control::Knowledge& known, const calendar::Calendar& calendar,
                   std::span<const records::DecisionPoint> recent, const PlanSettings& settings, Duration ahead) {
  return Planner(known, calendar, recent, settings, ahead).plan();
}

}  // namespace almanac::insight

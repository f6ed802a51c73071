// Peers that forecast, each joined with the reactive policy that its system runs beside it.
#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>

#include "simulation/peers.h"

namespace almanac::simulation {
namespace {

// Mean busy instances over five minutes each, counted from the first minute of the trace; grows as minutes finish. A
// bin without any known minute is missing.
class FiveMinutes {
 public:
  static constexpr std::size_t kWidth = 5;

  void catch_up(const View& view) {
    while ((means_.size() + 1) * kWidth <= view.published()) {
      double sum = 0;
      int known = 0;
      for (std::size_t t = means_.size() * kWidth; t < (means_.size() + 1) * kWidth; ++t) {
        if (is_missing(view.busy(t))) continue;
        sum += view.busy(t);
        ++known;
      }
      means_.push_back(known == 0 ? kMissing : sum / known);
    }
  }
  std::size_t size() const { return means_.size(); }
  double operator[](std::size_t bin) const { return means_[bin]; }

 private:
  std::vector<double> means_;
};

// The capacity at which `busy` instances' worth of load is at `target` CPU %.
double capacity_for(double busy, double target) {
  return std::ceil(busy * 100 / target - 1e-9);
}

constexpr std::size_t kHourBins = 12;  // bins of five minutes
constexpr std::size_t kDayBins = 24 * kHourBins;

// AWS predictive scaling joined with target tracking: every six hours a forecast of the load of each of the next 48
// hours from the last 14 days; the capacity that keeps the hour's highest load at the target is a minimum from
// SchedulingBufferTime (five minutes) before the hour on; the capacity in force is the larger of the two policies'. The
// service's model is not published; it learns daily and weekly patterns, for which stands here the mean of the same
// hour on the last 14 days, where the same weekday weighs as much as all the others.
// Amazon EC2 Auto Scaling User Guide, "How predictive scaling works", "Create a predictive scaling policy".
class AwsPredictive final : public Policy {
 public:
  AwsPredictive(double target, const Scene&) : target_(target), reactive_(make_target_tracking(target)) {}

  double decide(const View& view) override {
    constexpr std::size_t kRefresh = 6;  // hours
    constexpr std::size_t kBuffer = 5;   // minutes
    catch_up(view);
    if (!forecast_from_ || view.minute() / 60 >= *forecast_from_ + kRefresh) refresh();
    const double floor = std::max(capacity_at(view.minute() / 60), capacity_at((view.minute() + kBuffer) / 60));
    return std::max(floor, reactive_->decide(view));
  }

 private:
  static constexpr std::size_t kAhead = 48;
  static constexpr std::size_t kMemory = 14;  // days

  void catch_up(const View& view) {
    bins_.catch_up(view);
    while ((peaks_.size() + 1) * kHourBins <= bins_.size()) {
      double peak = kMissing;
      for (std::size_t i = peaks_.size() * kHourBins; i < (peaks_.size() + 1) * kHourBins; ++i)
        if (!is_missing(bins_[i]) && !(peak >= bins_[i])) peak = bins_[i];
      peaks_.push_back(peak);
    }
  }

  double capacity_at(std::size_t hour) const {
    if (hour < *forecast_from_ || hour - *forecast_from_ >= forecast_.size()) return 0;
    return capacity_for(forecast_[hour - *forecast_from_], target_);
  }

  void refresh() {
    const std::size_t now = peaks_.size();
    forecast_from_ = now;
    forecast_.clear();
    if (now < 24) return;  // the service asks for a day of history
    for (std::size_t hour = now; hour < now + kAhead; ++hour) {
      double sum = 0, weight = 0;
      for (std::size_t day = 1; day <= kMemory && day * 24 <= hour; ++day) {
        const std::size_t past = hour - day * 24;
        if (past >= now || is_missing(peaks_[past])) continue;
        const double w = day % 7 == 0 ? 7 : 1;
        sum += w * peaks_[past];
        weight += w;
      }
      forecast_.push_back(weight > 0 ? sum / weight : 0);
    }
  }

  double target_;
  std::unique_ptr<Policy> reactive_;
  FiveMinutes bins_;
  std::vector<double> peaks_;                 // highest five minutes of each hour of the trace
  std::optional<std::size_t> forecast_from_;  // hour of the trace
  std::vector<double> forecast_;              // busy instances, per hour
};

// Additive Holt-Winters with a daily season over 5-minute steps, forecasting to the end of the launch delay; the larger
// of its forecast at the target and of the HPA, as predictive-horizontal-pod-autoscaler does with decisionType maximum.
// github.com/jthomperoo/predictive-horizontal-pod-autoscaler, "Holt-Winters"; Winters 1960 for the recursion.
class HoltWinters final : public Policy {
 public:
  HoltWinters(double target, const Scene& scene)
      : target_(target),
        reactive_(make_hpa(target)),
        ahead_((static_cast<std::size_t>(scene.plant->boot) + 4) / 5 + 1) {}

  double decide(const View& view) override {
    bins_.catch_up(view);
    while (learnt_ < bins_.size()) learn(bins_[learnt_++]);
    const double reactive = reactive_->decide(view);
    if (learnt_ < 2 * kDayBins) return reactive;
    double most = 0;
    for (std::size_t k = 1; k <= ahead_; ++k)
      most = std::max(most, level_ + static_cast<double>(k) * trend_ + season_[(learnt_ + k - 1) % kDayBins]);
    return std::max(reactive, capacity_for(most, target_));
  }

 private:
  void learn(double value) {
    constexpr double kLevel = 0.5;
    constexpr double kTrend = 0;  // a trend of five-minute steps is noise; the level follows fast enough
    constexpr double kSeason = 0.05;
    const std::size_t phase = (learnt_ - 1) % kDayBins;
    if (is_missing(value)) value = level_ + trend_ + season_[phase];
    if (learnt_ <= kDayBins) {  // the first day sets level and season
      season_[phase] = value;
      level_ += value / kDayBins;
      if (learnt_ == kDayBins)
        for (double& s : season_) s -= level_;
      return;
    }
    const double before = level_;
    level_ = kLevel * (value - season_[phase]) + (1 - kLevel) * (level_ + trend_);
    trend_ = kTrend * (level_ - before) + (1 - kTrend) * trend_;
    season_[phase] = kSeason * (value - level_) + (1 - kSeason) * season_[phase];
  }

  double target_;
  std::unique_ptr<Policy> reactive_;
  std::size_t ahead_;
  FiveMinutes bins_;
  std::size_t learnt_ = 0;
  double level_ = 0;
  double trend_ = 0;
  std::vector<double> season_ = std::vector<double>(kDayBins, 0.0);
};

// Same time yesterday and last week over the coming launch delay, joined with the HPA: the larger of the two.
class SeasonalNaive final : public Policy {
 public:
  SeasonalNaive(double target, const Scene& scene)
      : target_(target), reactive_(make_hpa(target)), boot_(scene.plant->boot) {}

  double decide(const View& view) override {
    double most = 0;
    const std::size_t ahead = static_cast<std::size_t>(boot_) + 5;
    for (const std::size_t back : {std::size_t{1440}, std::size_t{7 * 1440}}) {
      if (view.minute() < back) continue;
      for (std::size_t t = view.minute() - back; t < std::min(view.minute() - back + ahead, view.published()); ++t)
        if (!is_missing(view.busy(t))) most = std::max(most, view.busy(t));
    }
    return std::max(reactive_->decide(view), capacity_for(most, target_));
  }

 private:
  double target_;
  std::unique_ptr<Policy> reactive_;
  int boot_;
};

// What repeats in `history` (whole days of five-minute bins, at least one), continued for a day: its mean and the
// `items` strongest frequencies of at most one an hour.
std::vector<double> continue_by_fourier(const std::vector<double>& history, std::size_t items) {
  const std::size_t length = history.size();
  std::vector<std::complex<double>> circle(length);
  for (std::size_t i = 0; i < length; ++i)
    circle[i] = std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(length));
  std::vector<std::complex<double>> spectrum(length / kHourBins + 1);
  std::vector<std::pair<double, std::size_t>> strength;
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    std::complex<double> sum = 0;
    for (std::size_t i = 0, at = 0; i < length; ++i, at = (at + k) % length) sum += history[i] * circle[at];
    spectrum[k] = sum / static_cast<double>(length);
    if (k > 0) strength.emplace_back(std::abs(spectrum[k]), k);
  }
  std::sort(strength.rbegin(), strength.rend());
  strength.resize(std::min(strength.size(), items));
  std::vector<double> continued(kDayBins, spectrum[0].real());
  for (const auto& [amplitude, k] : strength)
    for (std::size_t i = 0; i < continued.size(); ++i)
      continued[i] += 2 * (spectrum[k] * std::conj(circle[k * i % length])).real();
  return continued;
}

// Whether each day resembles the one before: autocorrelation at one day.
bool repeats_daily(const std::vector<double>& history) {
  double mean = 0;
  for (double value : history) mean += value / static_cast<double>(history.size());
  double shared = 0, own = 0;
  for (std::size_t i = 0; i < history.size(); ++i) {
    own += (history[i] - mean) * (history[i] - mean);
    if (i >= kDayBins) shared += (history[i] - mean) * (history[i - kDayBins] - mean);
  }
  return own > 0 && shared / own > 0.2;
}

// Crane's "dsp" predictor joined with the HPA (EHPA): twice a day, where the last seven days repeat themselves, their
// strongest low frequencies continued forwards and raised by a margin; the group holds the maximum of the next hour.
// github.com/gocrane/crane, docs "Effective HorizontalPodAutoscaler" and "DSP" (marginFraction 0.2, at least 10
// spectrum items).
class Fourier final : public Policy {
 public:
  Fourier(double target, const Scene&) : target_(target), reactive_(make_hpa(target)) {}

  double decide(const View& view) override {
    bins_.catch_up(view);
    if (!predicted_from_ || bins_.size() >= *predicted_from_ + kDayBins / 2) refresh();
    const double reactive = reactive_->decide(view);
    double most = 0;
    const std::size_t first = view.minute() / FiveMinutes::kWidth - *predicted_from_;
    for (std::size_t i = first; i < std::min(first + kHourBins, predicted_.size()); ++i)
      most = std::max(most, predicted_[i]);
    return std::max(reactive, capacity_for(most * (1 + kMargin), target_));
  }

 private:
  static constexpr double kMargin = 0.2;
  static constexpr std::size_t kItems = 10;

  void refresh() {
    const std::size_t now = bins_.size();
    predicted_from_ = now;
    predicted_.clear();
    if (now < 3 * kDayBins) return;
    std::vector<double> history(std::min(now / kDayBins, std::size_t{7}) * kDayBins, 0.0);
    for (std::size_t i = 0; i < history.size(); ++i) {
      const double value = bins_[now - history.size() + i];
      history[i] = !is_missing(value) ? value : i > 0 ? history[i - 1] : 0;
    }
    if (repeats_daily(history)) predicted_ = continue_by_fourier(history, kItems);
  }

  double target_;
  std::unique_ptr<Policy> reactive_;
  FiveMinutes bins_;
  std::optional<std::size_t> predicted_from_;  // bin of the trace
  std::vector<double> predicted_;              // busy instances, per bin
};

template <typename P>
PolicyFamily family_of(std::string name) {
  return {std::move(name), "CPU target %", cpu_targets(), 50,
          [](double knob, const Scene& scene) { return std::make_unique<P>(knob, scene); }};
}

}  // namespace

PolicyFamily aws_predictive_family() {
  return family_of<AwsPredictive>("aws_predictive");
}
PolicyFamily holt_winters_family() {
  return family_of<HoltWinters>("holt_winters");
}
PolicyFamily fft_family() {
  return family_of<Fourier>("fft");
}
PolicyFamily seasonal_naive_family() {
  return family_of<SeasonalNaive>("seasonal_naive");
}

}  // namespace almanac::simulation

#include "forecast/seasonal_naive.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace almanac::forecast {
namespace {

double seasonal_median(const Features& features, const Origin& origin) {
  const double yesterday = features.earlier_target(origin, 1);
  const double last_week = features.earlier_target(origin, 7);
  if (is_missing(yesterday)) return is_missing(last_week) ? 0.0 : last_week;
  return is_missing(last_week) ? yesterday : (yesterday + last_week) / 2;
}

}  // namespace

double pinball(const Prediction& prediction, double z) {
  const auto loss = [z](double quantile, double level) {
    return z >= quantile ? level * (z - quantile) : (1 - level) * (quantile - z);
  };
  return (loss(prediction.median, 0.5) + loss(prediction.median + prediction.spread, 0.9)) / 2;
}

Result<void> SeasonalNaive::fit(const Features& features, std::span<const Origin> origins, const FitPlan&,
                                const ProgressSink&) {
  std::vector<double> errors;
  for (const Origin& origin : origins) errors.push_back(features.target(origin) - seasonal_median(features, origin));
  if (errors.empty()) return fail(ErrorCode::invalid_input, "no window of the history can be used to fit on");
  const auto ninth = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() * 9 / 10);
  std::nth_element(errors.begin(), ninth, errors.end());
  spread_ = std::max(kLeastSpread, *ninth);
  fitted_ = true;
  return {};
}

void SeasonalNaive::predict(const Features& features, std::span<const Origin> origins,
                            std::span<Prediction> out) const {
  for (std::size_t i = 0; i < origins.size(); ++i) out[i] = {seasonal_median(features, origins[i]), spread_};
}

}  // namespace almanac::forecast

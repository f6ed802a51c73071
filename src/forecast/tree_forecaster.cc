#include "forecast/tree_forecaster.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace almanac::forecast {
namespace {

// Of the weight that a window near events has for a network: copies weigh more in leaves of a few dozen rows.
constexpr double kCopiesOfWeight = 0.4;

}  // namespace

Result<void> TreeForecaster::fit(const Features& features, std::span<const Origin> origins, const FitPlan& plan,
                                 const ProgressSink&) {
  if (origins.empty()) return fail(ErrorCode::invalid_input, "no window of the history can be used to fit on");
  const std::size_t width = Features::context_names().size();
  std::vector<float> contexts, targets, row(width);
  contexts.reserve(origins.size() * width);
  const int near_copies = std::max(1, static_cast<int>(std::lround(kCopiesOfWeight * plan.near_weight)));
  for (const Origin& origin : origins) {
    features.context(origin, row);
    const int copies = features.situation(origin) == Situation::ordinary ? 1 : near_copies;
    for (int copy = 0; copy < copies; ++copy) {
      contexts.insert(contexts.end(), row.begin(), row.end());
      targets.push_back(static_cast<float>(features.target(origin)));
    }
  }
  const trees::BinnedTable table(contexts, width);
  trees::BoostSettings settings;
  settings.seed = plan.seed;
  settings.quantile = 0.5;
  median_ = trees::BoostedTrees::fit(table, targets, settings);
  settings.quantile = 0.9;
  high_ = trees::BoostedTrees::fit(table, targets, settings);
  return {};
}

void TreeForecaster::predict(const Features& features, std::span<const Origin> origins,
                             std::span<Prediction> out) const {
  std::vector<float> context(Features::context_names().size());
  for (std::size_t i = 0; i < origins.size(); ++i) {
    features.context(origins[i], context);
    const double median = median_.predict(context);
    out[i] = {median, std::max(kLeastSpread, high_.predict(context) - median)};
  }
}

void TreeForecaster::restore(trees::BoostedTrees median, trees::BoostedTrees high) {
  median_ = std::move(median);
  high_ = std::move(high);
}

}  // namespace almanac::forecast

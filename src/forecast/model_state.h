#pragma once

// What a GroupModel is made of; shared by the walk forward (group_model.cc) and the model file (model_codec.cc).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "forecast/calibration.h"
#include "forecast/forecaster.h"
#include "forecast/group_model.h"
#include "forecast/network_forecaster.h"
#include "forecast/seasonal_naive.h"
#include "forecast/tree_forecaster.h"

namespace almanac::forecast {

// One forecaster, or the average of several others, with its out-of-sample residuals of the last 28 days and the pools
// made of them.
struct Track {
  std::unique_ptr<Forecaster> forecaster;  // nullptr: the average of `parts`
  std::vector<std::size_t> parts{};        // positions of earlier tracks
  std::string name;
  std::vector<Residual> residuals;  // by time
  Pools pools;
  std::optional<Volatility> volatility;  // after all the residuals

  explicit Track(std::unique_ptr<Forecaster> f) : forecaster(std::move(f)), name(forecaster->name()) {}
  Track(std::string average, std::vector<std::size_t> of) : parts(std::move(of)), name(std::move(average)) {}
  Track(const Track& other);
  Track& operator=(const Track& other);
  Track(Track&&) = default;
  Track& operator=(Track&&) = default;

  // Of the residuals that `counts` takes; infinite without any.
  double mean_pinball(const std::function<bool(const Residual&)>& counts) const;
};

struct GroupModel::State {
  explicit State(ModelSettings model_settings);

  ModelSettings settings;
  std::vector<Track> tracks;    // linear, lstm, trees and lstm+trees (where used), seasonal_naive
  std::size_t winner = 0;       // at ordinary times
  std::size_t winner_near = 0;  // near events
  std::optional<Timestamp> trained_until;
  std::map<std::string, std::vector<double>> attachments;
  std::uint64_t version = 0;  // another one after each training, never the same in one process

  int window() const;
  // What track `i` says of the origins; `out` has as many.
  void predict(std::size_t i, const Features& features, std::span<const Origin> origins,
               std::span<Prediction> out) const;
  // The network that the model file shows to Keras: the lstm, or the linear model where no lstm is used.
  const NetworkForecaster& served() const;
  Result<void> advance(const Features& features, Timestamp until, const ProgressSink& progress,
                       const DayObserver& observer, const std::atomic<bool>* stop);
  bool calibrated() const;  // enough residuals of the winner
  // The track that forecasts an anchor.
  std::size_t track_at(const Features& features, std::size_t anchor) const;
  std::vector<std::pair<std::size_t, Forecast>> forecast_range(const Features& features, std::size_t first,
                                                               std::size_t last) const;
  // The same by one track, whatever else would be forecast by another.
  std::vector<std::pair<std::size_t, Forecast>> forecast_by(std::size_t track, const Features& features,
                                                            std::size_t first, std::size_t last,
                                                            RecentPredictions* recent = nullptr) const;
  // Where the forecasts begin that the volatility at anchor `first` needs.
  std::size_t first_needed(const Features& features, std::size_t first) const;
  ForecasterScore score(const Track& track) const;
  // After residuals changed: pools anew, winner named.
  void finish();

 private:
  std::size_t best_track(const std::function<bool(const Residual&)>& counts) const;
  void tell(const Features& features, std::size_t first, std::size_t end, const DayObserver& observer);
  void record_day(const Features& features, std::size_t first, std::size_t end);
  Result<void> fit_all(const Features& features, std::size_t end, const ProgressSink& progress);
};

}  // namespace almanac::forecast

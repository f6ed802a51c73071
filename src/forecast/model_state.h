#pragma once

// What a GroupModel is made of; shared by the walk forward (group_model.cc) and the model file (model_codec.cc).

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "forecast/calibration.h"
#include "forecast/forecaster.h"
#include "forecast/group_model.h"
#include "forecast/network_forecaster.h"
#include "forecast/seasonal_naive.h"

namespace almanac::forecast {

// One forecaster with its out-of-sample residuals of the last 28 days and the pools made of them.
struct Track {
  std::unique_ptr<Forecaster> forecaster;
  std::vector<Residual> residuals;  // by time
  Pools pools;
  std::optional<Volatility> volatility;  // after all the residuals

  Track(std::unique_ptr<Forecaster> f, std::vector<Residual> r, Pools p)
      : forecaster(std::move(f)), residuals(std::move(r)), pools(std::move(p)) {}
  Track(const Track& other);
  Track& operator=(const Track& other);
  Track(Track&&) = default;
  Track& operator=(Track&&) = default;

  double mean_pinball() const;
};

struct GroupModel::State {
  explicit State(ModelSettings model_settings);

  ModelSettings settings;
  std::vector<Track> tracks;  // linear, lstm (where used), seasonal_naive
  std::size_t winner = 0;
  std::optional<Timestamp> trained_until;
  std::map<std::string, std::vector<double>> attachments;
  std::uint64_t version = 0;  // another one after each training, never the same in one process

  int window() const;
  // The network that the model file shows to Keras: the lstm, or the linear model where no lstm is used.
  const NetworkForecaster& served() const;
  Result<void> advance(const Features& features, Timestamp until, const ProgressSink& progress,
                       const DayObserver& observer, const std::atomic<bool>* stop);
  bool calibrated() const;  // enough residuals of the winner
  std::vector<std::pair<std::size_t, Forecast>> forecast_range(const Features& features, std::size_t first,
                                                               std::size_t last,
                                                               RecentPredictions* recent = nullptr) const;
  // Where the forecasts begin that the volatility at anchor `first` needs.
  std::size_t first_needed(const Features& features, std::size_t first) const;
  ForecasterScore score(const Track& track) const;
  // After residuals changed: pools anew, winner named.
  void finish();

 private:
  void tell(const Features& features, std::size_t first, std::size_t end, const DayObserver& observer);
  void record_day(const Features& features, std::size_t first, std::size_t end);
  Result<void> fit_all(const Features& features, std::size_t end, const ProgressSink& progress);
};

}  // namespace almanac::forecast

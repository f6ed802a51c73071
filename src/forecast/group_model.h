#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/calendar.h"
#include "core/decision.h"
#include "core/distribution.h"
#include "core/progress.h"
#include "core/result.h"
#include "forecast/features.h"
#include "forecast/history.h"
#include "forecast/method.h"
#include "forecast/recent_predictions.h"

namespace almanac::forecast {

// A calibrated forecast of PEAK (1-minute) demand over a window, in busy instances.
struct Forecast {
  Timestamp now{};
  TimeRange window{};
  std::string forecaster;   // "lstm+trees", "lstm", "trees", "linear", "seasonal_naive"
  double base = 0;          // mean demand of the last 15 minutes, what the forecast is relative to
  bool near_event = false;  // an event starts, lasts or ends within half an hour of the window
  double median = 0;        // the forecaster's, before calibration
  Distribution peak;
  double announced = 0;     // peak that an uplift stated by the calendar would bring, busy instances; 0: none is stated
  std::string event_words;  // of each event of the window what is expected of it, and from what; forecast() alone says
};

struct ModelSettings {
  Duration interval{300};
  Duration cover_window{600};  // lead time + interval, rounded up to whole intervals
  std::uint64_t seed = 1;
  bool use_calendar = true;  // false: as if the calendar were empty (the counterfactual's model)
  bool use_lstm = true;      // false: linear and seasonal naive only (quick runs)
  Method method{};           // for benchmarks; a model file holds only models of the whole method

  bool operator==(const ModelSettings&) const = default;
};

// Out-of-sample scores of one forecaster over the last 28 days, from rolling origins (each day predicted by the model
// fitted on the days before it).
struct ForecasterScore {
  std::string forecaster;
  double pinball = 0;     // mean pinball loss of the .5 and .9 quantiles of log(peak / base)
  double coverage50 = 0;  // share of windows whose peak was at most the forecaster's own quantile, before calibration
  double coverage90 = 0;
  int windows = 0;
};

// Told of each day [first, end) that a model walks over, before it is learned from: the forecasts of its usable
// anchors, made by the model of the day before. Empty while there is nothing to calibrate a forecast with.
using DayObserver = std::function<void(const Features& features, std::size_t first, std::size_t end,
                                       std::span<const std::pair<std::size_t, Forecast>> forecasts)>;

// Everything learned about one group: forecasters behind one interface, their out-of-sample residuals, and which of
// them wins. A value; forecasts are const and thread-safe.
class GroupModel {
 public:
  explicit GroupModel(ModelSettings settings);
  GroupModel(GroupModel&&) noexcept;
  GroupModel& operator=(GroupModel&&) noexcept;
  GroupModel(const GroupModel&);
  GroupModel& operator=(const GroupModel&);
  ~GroupModel();

  // Walks forward day by day from where the model stands to `until`: predicts each day with the model of the day before
  // (those residuals calibrate), then refits. The first call starts at the first day with enough history behind it, so
  // that a new group has out-of-sample residuals at once. Calling it again with the same `until` changes nothing.
  // Deterministic: the same history, calendar, settings and seed give the same bits on one machine.
  // invalid_input when the history is too short to fit anything (under 2 days); the model stays as it was.
  Result<void> advance(const History& history, const calendar::Calendar& calendar, Timestamp until,
                       const ProgressSink& progress = {}, const DayObserver& observer = {});

  // Forecast of the peak over the cover window [now, now + cover window) from rows that end at or before `now`.
  // unavailable when the last 15 minutes hold no value or nothing was learned yet.
  // `recent`, kept from tick to tick, saves what the ticks before have in common with this one.
  Result<Forecast> forecast(const History& history, const calendar::Calendar& calendar, Timestamp now,
                            RecentPredictions* recent = nullptr) const;

  // The same three over features made once, for replays of a long history: features of an anchor hold nothing of later
  // rows. forecast_range gives the forecast of the cover window at every usable anchor of [first, last].
  Features features(const History& history, const calendar::Calendar& calendar) const;
  // `stop`, set by another thread, ends the walk before its next day: conflict. nullptr: nobody does.
  Result<void> advance(const Features& features, Timestamp until, const ProgressSink& progress = {},
                       const DayObserver& observer = {}, const std::atomic<bool>* stop = nullptr);
  std::vector<std::pair<std::size_t, Forecast>> forecast_range(const Features& features, std::size_t first,
                                                               std::size_t last) const;

  const ModelSettings& settings() const;
  bool trained() const;  // a forecaster and enough residuals to calibrate it
  std::optional<Timestamp> trained_until() const;
  // Names of the forecasters in use, at ordinary times and near events: the average of lstm and trees, unless another's
  // loss there is lower by a tenth.
  std::string winner() const;
  std::string winner_near_events() const;
  std::vector<ForecasterScore> scores() const;

  // Numbers that others learned beside the model and that must change together with it: they travel in its file and
  // mean nothing to it. Names without '/'; values finite.
  void attach(const std::string& name, std::vector<double> numbers);
  std::span<const double> attached(const std::string& name) const;  // empty when there are none

  // lstm_model.h5 as bytes (docs/formats.md).
  Result<std::string> to_bytes() const;
  // corrupt, unsupported; never crashes on hostile bytes.
  static Result<GroupModel> from_bytes(std::string_view bytes);

 private:
  friend struct ModelCodec;
  struct State;
  std::unique_ptr<State> state_;
};

// The ladder's next rung when no model can be used: yesterday's and last week's course relative to their base, with the
// spread those would have had over the history. Of the calendar it knows the uplifts that are stated. unavailable with
// under two days of history or nothing in the last 15 minutes.
Result<Forecast> seasonal_naive_forecast(const History& history, const calendar::Calendar& calendar, Timestamp now,
                                         Duration cover_window);

}  // namespace almanac::forecast

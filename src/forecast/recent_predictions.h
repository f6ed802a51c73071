#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "calendar/calendar.h"
#include "forecast/event_analogue.h"
#include "forecast/features.h"
#include "forecast/forecaster.h"
#include "forecast/history.h"

namespace almanac::forecast {

// What a model predicted at the anchors before: a tick's volatility needs all those since the training, and only the
// newest is new. Kept by whoever forecasts tick after tick, one for each calendar that is believed. With it a forecast
// is the same to the bit, only sooner, provided that forget_after() hears of rows that changed.
class RecentPredictions {
 public:
  // The row that starts at `changed`, or one after it, is not what it was.
  void forget_after(Timestamp changed);

  // For GroupModel. Forgets everything unless model, calendar and the history's beginning are what they were.
  void prepare(std::uint64_t model, const History& history, const calendar::Calendar& calendar);
  const std::shared_ptr<const EventIndex>& events() const { return events_; }
  // Of the anchors from `from` on, the first that track `track` may still have to predict.
  std::size_t first_missing(std::size_t track, const Features& features, std::size_t from) const;
  // What `ask` says of the origins, which is called for those that are not known yet. `track` tells forecasters of one
  // model apart. `origins` ascend and have lead 0; what lies before the first of them is forgotten.
  using Ask = std::function<void(std::span<const Origin> origins, std::span<Prediction> out)>;
  void predict(std::size_t track, const Ask& ask, const Features& features, std::span<const Origin> origins,
               std::span<Prediction> out);

 private:
  std::uint64_t model_ = 0;
  Timestamp start_{};
  Duration interval_{0};
  std::string timezone_;
  std::shared_ptr<const EventIndex> events_;
  std::map<std::size_t, std::map<Timestamp, Prediction>> known_;  // by track, by the anchor's time
};

}  // namespace almanac::forecast

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "forecast/event_analogue.h"
#include "forecast/history.h"

namespace almanac::forecast {

// Where a forecast stands: rows with index < anchor are known; the target is the peak over [anchor + lead,
// anchor + lead + window) intervals.
struct Origin {
  std::size_t anchor = 0;
  int lead = 0;  // intervals
};

// From half an hour before an event's start until an hour after its end errors are of another kind than at
// ordinary times, and of yet another while fewer than kKnownEvents events lie behind: nothing could be learned from
// them yet.
enum class Situation { ordinary, near_event, novel_event };

inline constexpr int kKnownEvents = 4;

// Turns a history and its calendar into what the networks read. Everything for an origin is computed from rows before
// its anchor and from the calendar alone, so that features of a whole history may be computed at once without looking
// ahead.
//
// Values are logarithms relative to the base, the mean demand of the last three intervals:
// target z = log((peak + e) / (base + e)), e = a tenth of one instance.
class Features {
 public:
  static constexpr int kPastSteps = 24;
  static constexpr int kFutureSteps = 4;
  static constexpr int kSteps = kPastSteps + kFutureSteps;
  static constexpr double kEpsilon = 0.1;  // busy instances

  // `history` and `calendar` must outlive nothing: what is needed is copied.
  Features(const History& history, const calendar::Calendar& calendar, int window);

  std::size_t size() const { return mean_.size(); }
  int window() const { return window_; }
  int per_day() const { return per_day_; }
  Timestamp start() const { return start_; }
  Duration interval() const { return interval_; }
  Timestamp time_at(std::size_t i) const { return start_ + interval_ * static_cast<long long>(i); }
  std::size_t index_of(Timestamp t) const;

  static const std::vector<std::string>& sequence_names();
  static const std::vector<std::string>& context_names();

  // Mean demand of the last three known intervals before the anchor (busy instances); kMissing when none is known.
  double base(std::size_t anchor) const;
  // True when the origin can be forecast: a base, and at least a day of history behind it.
  bool usable(const Origin& origin) const;
  // z of the origin's window; kMissing when a row of the window is missing or lies beyond the history.
  double target(const Origin& origin) const;
  // Highest 1-minute demand in the origin's window, busy instances; kMissing as target().
  double target_peak(const Origin& origin) const;

  // Writes kSteps x sequence_names().size() floats, row by row (24 past steps, then 4 future ones).
  void sequence(const Origin& origin, std::span<float> out) const;
  // Writes context_names().size() floats.
  void context(const Origin& origin, std::span<float> out) const;

  // What earlier events did at the phase of the origin's window, seen from before its anchor.
  Analogue analogue(const Origin& origin) const;
  // What kind of errors to expect for the origin's window.
  Situation situation(const Origin& origin) const;

  // Seasonal references: z at the same time `days` ago; kMissing when unknown.
  double earlier_target(const Origin& origin, int days) const;
  // Highest 1-minute demand of the last `steps` intervals before the anchor; 0 when nothing is known.
  double recent_peak(std::size_t anchor, std::size_t steps) const;

  // Highest 1-minute demand of each interval of the history, busy instances; kMissing where unknown.
  std::span<const double> peaks() const { return peak_; }

  const EventIndex& events() const { return events_; }

 private:
  struct ContextWriter;
  void write_seasonal(const Origin& origin, ContextWriter& out) const;
  void write_recent(const Origin& origin, ContextWriter& out) const;
  void write_calendar(const Origin& origin, ContextWriter& out) const;
  void write_season_of(const Origin& origin, ContextWriter& out) const;
  double level(std::size_t anchor) const { return anchor < log_base_.size() ? log_base_[anchor] : kMissing; }
  double analogue_error(std::size_t anchor) const;
  double compute_peak(std::size_t first, int count) const;

  Timestamp start_;
  Duration interval_;
  int window_;
  int per_day_;
  std::vector<double> mean_, peak_;          // busy instances, kMissing where unknown
  std::vector<double> log_mean_, log_peak_;  // log(x + e)
  std::vector<double> log_network_;
  std::vector<double> log_base_;                   // size n + 1: the anchor may be the end of history
  std::vector<double> window_peak_;                // of [i, i + window): log(peak + e)
  std::vector<double> log_maximum_28d_;            // running maximum before the anchor, log(x + e); size n + 1
  std::vector<double> day_mean_;                   // mean of the last 24 h before the anchor; size n + 1
  std::vector<float> local_hour_, local_weekday_;  // of step i, size n + margin: fractions of the day and of the week
  std::vector<float> active_;                      // events active at step i, size n + margin
  std::vector<double> analogue_mean_, analogue_weight_;  // lead 0, size n + 1
  EventIndex events_;
  bool has_network_ = false;
};

}  // namespace almanac::forecast

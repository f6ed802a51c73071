#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "forecast/context_table.h"
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
// What is asked of many anchors lies in tables, what is asked of a few is computed when asked; both by the same code,
// to the same bits. So a replay tabulates a whole history, and a tick nothing but its own anchor.
//
// Values are logarithms relative to the base, the mean demand of the last three intervals:
// target z = log((peak + e) / (base + e)), e = a tenth of one instance.
class Features {
 public:
  static constexpr int kPastSteps = 24;
  static constexpr int kFutureSteps = 4;
  static constexpr int kSteps = kPastSteps + kFutureSteps;
  static constexpr double kEpsilon = 0.1;  // busy instances

  // Tables of the whole history. Both are copied: `history` and `calendar` may go.
  Features(const History& history, const calendar::Calendar& calendar, int window);
  // Tables from index `first` on only: `history` is NOT copied and must outlive the features. `events` are those of
  // `calendar` in events_range(history).
  static Features of_tail(const History& history, const calendar::Calendar& calendar,
                          std::shared_ptr<const EventIndex> events, int window, std::size_t first);
  // The events that can play a part; it changes once a day.
  static TimeRange events_range(const History& history);

  std::size_t size() const { return history_->size(); }
  int window() const { return window_; }
  int per_day() const { return per_day_; }
  Timestamp start() const { return start_; }
  Duration interval() const { return interval_; }
  Timestamp time_at(std::size_t i) const { return start_ + interval_ * static_cast<long long>(i); }
  std::size_t index_of(Timestamp t) const;

  // Contexts of lead 0 are kept from now on, by all copies together: 0.3 kB an anchor that is asked for, where a walk
  // asks for each hundreds of times.
  void keep_contexts();

  // These context values are 0 from now on: for benchmarks that ask what they are worth. Unknown names abort.
  void blank(const std::vector<std::string>& names);

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
  std::span<const double> peaks() const { return history_->peak; }
  // Mean demand likewise.
  std::span<const double> means() const { return history_->mean; }

  const EventIndex& events() const { return *events_; }
  const History& history() const { return *history_; }
  const calendar::Calendar& calendar() const { return calendar_; }

 private:
  Features(std::shared_ptr<const History> history, const calendar::Calendar& calendar,
           std::shared_ptr<const EventIndex> events, int window, std::size_t first);

  // A value for each index from `first` on.
  template <typename T>
  struct Tail {
    std::vector<T> values;
    std::size_t first = 0;

    bool has(std::size_t i) const { return i >= first && i - first < values.size(); }
    T operator[](std::size_t i) const { return values[i - first]; }
    template <typename Compute>
    void fill(std::size_t from, std::size_t end, const Compute& compute) {
      first = from;
      values.reserve(end - from);
      for (std::size_t i = from; i < end; ++i) values.push_back(compute(i));
    }
  };
  struct LocalTime {
    float hour, weekday;  // fractions of the day and of the week
  };
  // What the sequence says of the clock: sines and cosines of hour of day, time of week and minute of the hour.
  struct Waves {
    float hour_sin, hour_cos, week_sin, week_cos, minute_sin, minute_cos;
  };
  static Waves waves_of(LocalTime local);
  void tabulate(std::size_t first);
  struct ContextWriter;
  void compute_context(const Origin& origin, std::span<float> out) const;
  void write_seasonal(const Origin& origin, ContextWriter& out) const;
  void write_hourly(const Origin& origin, ContextWriter& out) const;
  void write_recent(const Origin& origin, ContextWriter& out) const;
  void write_calendar(const Origin& origin, ContextWriter& out) const;
  void write_season_of(const Origin& origin, ContextWriter& out) const;
  double analogue_error(std::size_t anchor) const;
  double hourly_target(const Origin& origin, std::size_t back) const;  // z of the window `back` intervals ago
  double since_burst(std::size_t anchor) const;
  double compute_peak(std::size_t first, int count) const;

  // By index, from a table where there is one.
  double log_mean(std::size_t i) const;  // log(x + e)
  double log_peak(std::size_t i) const;
  double log_network(std::size_t i) const;
  double level(std::size_t anchor) const;           // log of the base; the anchor may be the end of history
  double window_peak(std::size_t i) const;          // of [i, i + window): log(peak + e)
  double log_maximum_28d(std::size_t i) const;      // before the anchor, log(x + e)
  double day_mean(std::size_t i) const;             // of the last 24 h before the anchor
  LocalTime local_time(std::size_t i) const;        // of step i < clock_end()
  float active_at(std::size_t i) const;             // events active at step i < clock_end()
  Analogue analogue_now(std::size_t anchor) const;  // of lead 0
  double compute_level(std::size_t anchor) const;
  double compute_log_maximum_28d(std::size_t anchor) const;
  double compute_day_mean(std::size_t anchor) const;
  std::size_t block_phase() const;
  Duration offset_at(std::size_t i) const;
  LocalTime local_time_with(Duration offset, std::size_t i) const;
  float compute_active(std::size_t i) const;
  // The clock goes on beyond the history as far as a day's lead may ask.
  std::size_t clock_end() const { return size() + static_cast<std::size_t>(per_day_ + kFutureSteps + window_); }

  std::shared_ptr<const History> history_;
  calendar::Calendar calendar_;
  std::shared_ptr<const EventIndex> events_;
  Timestamp start_;
  Duration interval_;
  int window_;
  int per_day_;
  Tail<double> log_mean_, log_peak_, log_network_, window_peak_;  // by step
  Tail<double> level_, log_maximum_28d_, day_mean_;               // by anchor
  Tail<LocalTime> local_time_;
  Tail<Waves> waves_;
  Tail<float> active_;
  Tail<Analogue> analogue_;
  std::shared_ptr<ContextTable> contexts_;  // nullptr: none are kept
  std::vector<std::size_t> blank_;
};

}  // namespace almanac::forecast

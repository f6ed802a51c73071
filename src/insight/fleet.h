#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/event.h"
#include "calendar/floor.h"
#include "control/knowledge.h"
#include "core/mutex.h"
#include "core/result.h"
#include "insight/attention.h"
#include "ports/object_store.h"
#include "records/calendar_store.h"
#include "records/decision_log.h"
#include "records/overrides.h"

namespace almanac::insight {

// What the fleet page knows of a group: some 40 kB that stay in memory. Immutable.
struct Summary {
  Timestamp tick{};
  std::optional<double> unit_capacity;  // of the rows' demand
  Timestamp estimated{};                // when that was
  std::vector<float> demand;            // mean of each interval of the last 7 days before `tick`, busy instances
  std::vector<float> counted;           // the same where a capacity was there to count against, else NaN
  std::vector<float> violating;         // demand that met more than the objective's utilisation
  std::optional<records::Record> latest;
  records::Overrides overrides;
  std::optional<calendar::Event> next_event;        // active or coming within four weeks
  std::optional<double> next_uplift;                // its expected uplift, looked up when it is near
  std::optional<calendar::Floor> floor_in_an_hour;  // of the events that a decision sees then
  std::optional<Error> problem;                     // why it could not be read lately

  std::optional<double> realised;  // violating share of the last 7 days; empty while nothing was counted

  std::optional<double> demand_now() const;
  // The last 24 hours in steps of half an hour (or the interval): means; kMissing where unknown.
  struct Sparkline {
    Timestamp start{};
    Duration step{1800};
    std::vector<double> values;
  };
  Sparkline sparkline(Duration interval) const;
  // What will be desired in an hour if load moves as it did at this time in the last seven days, the coming event
  // counted in; empty with too little to go by.
  std::optional<int> in_an_hour(const control::GroupSettings& settings) const;
};

// Reads and refreshes one group's summary. A refresh after a tick reads the end of two objects and parses a few lines
// of each. Thread-safe.
class SummaryReader {
 public:
  // `uplift` looks up what an event is expected to do: costly, asked for events of the next hours only, once each.
  using Uplift = std::function<std::optional<double>(const calendar::Event&)>;

  SummaryReader(ports::ObjectStore& store, control::GroupSettings settings, std::vector<records::CalendarFeed> feeds,
                Uplift uplift);

  // The last summary read, without reading; nullptr before the first.
  std::shared_ptr<const Summary> last() const ALMANAC_EXCLUDES(mutex_);
  // Reads what is new at `now`.
  std::shared_ptr<const Summary> refresh(Timestamp now);
  const control::GroupSettings& settings() const { return settings_; }

 private:
  void add(Summary& summary, const control::Knowledge& known, const std::vector<records::DecisionPoint>& points,
           Timestamp from);
  Result<std::vector<Row>> tail_rows(TimeRange range) const;
  Result<void> read_all(Summary& summary);
  Result<void> read_tail(Summary& summary, Timestamp from);
  void read_calendar(Summary& summary) ALMANAC_REQUIRES(reading_);

  ports::ObjectStore& store_;
  control::GroupSettings settings_;
  Uplift uplift_;
  mutable Mutex mutex_;  // not held while the store is read
  std::shared_ptr<const Summary> last_ ALMANAC_GUARDED_BY(mutex_);
  Mutex reading_;  // held by who refreshes
  records::CalendarStore calendars_ ALMANAC_GUARDED_BY(reading_);
  std::vector<calendar::Event> events_ ALMANAC_GUARDED_BY(reading_);  // of the weeks ahead
  Timestamp calendar_read_ ALMANAC_GUARDED_BY(reading_){};
};

inline constexpr int kObjectiveDays = 7;

}  // namespace almanac::insight

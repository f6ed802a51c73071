#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision.h"
#include "core/result.h"
#include "core/time.h"
#include "ports/notifier.h"

namespace almanac::serving {

// What a person may set against the configuration, as it is in force.
struct ByHand {
  std::string mode;  // "observe", "floor", "own": set by hand, else as configured
  bool paused = false;
  std::optional<int> manual_floor;  // in instances, while one is in force
};

// What is known of a group after a tick that took a decision. Demand and quantiles in busy instances, shares 0 to 1.
// An unknown value stays empty and is then absent from the exposition, never 0.
struct GroupTick {
  std::string group;
  Timestamp time;  // of the decision
  Duration interval{0};
  double duration_seconds = 0;  // that the tick took, by a steady clock
  Health health = Health::full;

  std::optional<double> demand;            // of the newest known of the last three intervals
  std::map<double, double> forecast_peak;  // probability -> peak demand in the cover window
  std::optional<int> desired, in_service, min, max;
  std::optional<int> desired_without_calendar;  // where an event plays a part
  std::optional<double> violating_ratio_hour;   // requests above the stated utilisation, of the last hour ...
  std::optional<double> violating_ratio_week;   // ... and of the last seven days, for which the objective is stated
  std::optional<double> objective_ratio;
  std::map<double, double> coverage;    // probability -> share of past peaks at or below that quantile
  std::optional<double> pinball_ratio;  // loss of the winner relative to the seasonal naive; below 1 is better
  std::optional<Duration> lead_time;

  // The ages are worked out when somebody asks, so that they grow while no tick succeeds.
  std::optional<Timestamp> data_until;  // end of the last interval with a demand
  std::optional<Timestamp> model_trained;
  std::optional<Timestamp> calendar_read;  // the oldest of the group's feeds' last good copies; empty: no calendar

  ByHand by_hand;
  bool write_refused = false;                    // the group did not take this decision
  std::set<ports::NotificationKind> conditions;  // what is amiss now (records::Record::conditions)
};

// One answer of the HTTP server.
struct HttpAnswer {
  std::string route;  // the pattern, "/api/v1/groups/{group}"; empty for what is no route
  std::string method;
  int status = 0;
  double duration_seconds = 0;
};

// The process in numbers, in the Prometheus text format. Names and units: docs/metrics.md. Counters start with the
// process. Thread-safe.
class Metrics {
 public:
  struct Build {
    std::string version;
  };
  // `now` is the time that ages are measured against: the clock of the ticks. Called when text() is.
  Metrics(Build build, std::function<Timestamp()> now);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The groups there are from now on (at the start, after a reload): all series of others disappear.
  void set_groups(const std::vector<std::string>& groups);
  // Whether this process holds the lease. One that does not shows no groups' values: they would be stale.
  void set_active(bool active);

  // Ticks of groups that set_groups() did not name are ignored: a reload may overtake a tick.
  void tick_done(const GroupTick& tick);
  // A person changed what holds for the group. A tick that began before and ends after it does not take that back.
  void set_by_hand(const std::string& group, const ByHand& in_force, Timestamp since);
  // The tick took no decision; what was known of the group before stays, and its ages grow.
  void tick_failed(const std::string& group, ErrorCode kind, double duration_seconds);
  void training_done(const std::string& group, double duration_seconds, bool failed);
  void http_answered(const HttpAnswer& answer);
  // Viewers connected to the event stream now.
  void set_viewers(std::size_t viewers);

  // Everything, in the text format 0.0.4 (kContentType).
  std::string text() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace almanac::serving

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace almanac {

// One step of the way to a capacity: what it proposed and why, in words a person reads in the ledger.
struct Stage {
  std::string name;    // "newsvendor", "calendar_floor", "step_limit" ...
  int capacity = 0;    // instances after this stage
  std::string reason;  // "cover window 10m: median 12.3, q99 17.8 busy instances; 23 keep 99.9 % of requests ..."

  bool operator==(const Stage&) const = default;
};

// How much of the method could be used: the degradation ladder, best first.
enum class Health {
  full,      // calibrated forecast of the group's best model
  fallback,  // no usable model: seasonal naive stands in
  reactive,  // not enough history, or calibration broken: follow what arrives
  hold,      // metrics missing or stale: keep the capacity, never scale in
};

std::string_view to_string(Health health);

// What was decided at one tick. Demand and quantiles are in busy instances (instances at 100 % CPU).
struct Decision {
  std::string group;
  Timestamp now;
  Health health = Health::full;
  std::string forecaster;    // which forecaster the numbers come from; empty when none
  TimeRange cover_window{};  // [now, now + lead time + interval)
  Duration lead_time{0};
  int rows_used = 0;
  std::map<double, double> demand_quantiles;  // probability -> peak demand in the cover window
  std::vector<std::string> events;            // names of events that touch the cover window
  std::vector<Stage> stages;                  // in order; the last one's capacity is `desired`
  int desired_before = 0;
  int desired = 0;
  std::optional<int> desired_without_calendar;  // the counterfactual; empty when no event plays a part
  bool dry_run = false;

  bool operator==(const Decision&) const = default;
};

}  // namespace almanac

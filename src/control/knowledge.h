#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/row.h"
#include "core/time.h"
#include "dataset/credibility.h"
#include "forecast/history.h"
#include "planning/error_budget.h"
#include "planning/planner.h"
#include "records/record.h"

namespace almanac::control {

// What Trainer and Scaler need to know about a group besides its rows.
struct GroupSettings {
  std::string name;
  Duration interval{300};
  planning::Policy policy;
  std::optional<double> capacity_per_instance;  // requests/s at 100 % CPU; empty: estimated from the rows
  std::optional<Duration> lead_time;            // empty: measured
  std::optional<std::string> timezone;          // IANA; empty: the first calendar's that states one
  Duration usual_lead_time{300};                // where nothing can be measured
  std::uint64_t seed = 1;
  bool use_lstm = true;
};

// Rows older than this do not reach models or decisions.
inline constexpr Duration kHistoryKept{400 * kDay};

// The rows of a group as demand, up to `until`. Values that another metric contradicts (dataset/credibility.h) count as
// missing.
struct Knowledge {
  forecast::History history;       // ends at `until`: intervals not known yet are missing
  std::vector<double> in_service;  // on the history's grid; kMissing where unknown
  int rows = 0;
  std::optional<double> unit_capacity;
  std::vector<Row> recent_rows;          // the last 28 days as they were collected
  std::optional<Timestamp> last_demand;  // end of the last interval with a demand
  std::vector<dataset::Doubted> doubts;  // what of the last day is not believed
  bool of_one_instance = false;          // demand is what one instance has to do, not the group (know_cpu_alone)
};

// The values of the last hour that are not believed, one sentence for each kind of doubt.
std::vector<std::string> doubts_now(const Knowledge& known, Timestamp now);

// Why the latest rows say nothing of the demand, and what would: "in_service_instances is needed ...". Empty where they
// do.
std::string why_no_demand(const Knowledge& known);

// What of the rows before `until` is believed, by the capacity of an instance that know() finds.
dataset::Judged judge(std::span<const Row> rows, const GroupSettings& settings, Timestamp until);

// `rows` ascending, on the grid; those that start at or after `until` are left out. A capacity that must be estimated
// is estimated from the rows before the UTC day of `until`, so that the unit of demand moves once a day; from all while
// there is not a day of those.
Knowledge know(std::span<const Row> rows, const GroupSettings& settings, Timestamp until);

// Makes of what was known at an earlier tick what is known at `until`: know() of all the rows, to the bit. `rows` are
// all those in [from, until), whatever was known of that time; earlier ones must be what they were. Answers from when
// on a row differs from what was known (at the latest where that ended); empty, with nothing touched, where it takes
// all the rows: on another UTC day, in a history that begins after `from`, or when a capacity must be estimated anew.
std::optional<Timestamp> extend(Knowledge& known, std::span<const Row> rows, Timestamp from,
                                const GroupSettings& settings, Timestamp until);

// For the policy threshold, which needs only the CPU: what `rows` say of one instance (CPU % / 100 as its demand),
// where the last day of `known` has a CPU and no demand of the group. Empty for any other policy, and where there is a
// demand.
std::optional<Knowledge> know_cpu_alone(const Knowledge& known, std::span<const Row> rows,
                                        const GroupSettings& settings, Timestamp until);

// From when on two knowledges of one group differ: at the beginning, in a row, or where the shorter one ends.
Timestamp first_difference(const Knowledge& a, const Knowledge& b);

}  // namespace almanac::control

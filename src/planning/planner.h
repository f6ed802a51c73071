#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/event.h"
#include "core/capacity_unit.h"
#include "core/decision.h"
#include "forecast/group_model.h"
#include "planning/error_budget.h"
#include "planning/experts.h"

namespace almanac::planning {

enum class PolicyKind { almanac, threshold };
enum class Mode { observe, floor, own };
inline constexpr std::array kModes{Mode::observe, Mode::floor, Mode::own};
std::string_view to_string(Mode mode);
std::optional<Mode> mode_of(std::string_view name);

// What the user states. Nothing here is a tuning knob: the objective and the limits of what may be done.
struct Policy {
  PolicyKind kind = PolicyKind::almanac;
  Mode mode = Mode::own;
  double objective = 0.001;  // share of requests that may meet a utilisation above `utilisation`
  double utilisation = 0.8;  // 0..1
  int min = 1;
  int max = 1000;
  std::optional<int> max_scale_out;    // instances added at most in one tick
  std::optional<int> max_scale_in;     // instances removed at most in one tick
  Duration scale_in_stabilisation{0};  // scale in only to the highest capacity decided in this time
  double threshold_out = 0.70;         // policy threshold: predicted CPU above which one instance is added
  double threshold_in = 0.35;          //                   below which one is removed
  std::optional<double>
      fixed_lambda;  // instances per busy instance of violating demand; empty: the controller moves it
};

// The age of metrics that were never known.
inline constexpr Duration kNeverKnown{400 * kDay};

// What is known at the tick, besides the forecast: of the load as observe() sees it, and of the group.
struct Observation {
  std::string group;
  CapacityUnit unit = CapacityUnit::instances;  // of capacities, and of demand: "busy" is a unit at 100 % CPU
  int instance = 1;                             // what one instance counts for, at least
  int desired = 0;                              // asked for now
  int in_service = 0;
  Duration lead_time{300};
  Duration cover{0};                    // what the decision must hold for, from its tick on
  std::optional<double> recent_demand;  // mean demand of the newest known of the last three intervals, busy instances
  double recent_growth = 1;             // by which it may have grown unseen since (forecast/growth.h)
  std::optional<double> recent_peak;    // highest 1-minute demand of the last 15 minutes
  std::optional<double> max_28_days;    // highest 1-minute demand of the last 28 days
  Duration metrics_age{0};              // now - end of the newest interval with a demand
  int rows_used = 0;
  std::vector<calendar::Event> events;  // that overlap the cover window
  struct ManualFloor {
    int capacity = 0;
    std::string reason;  // who set it, until when and why
  };
  std::optional<ManualFloor> manual_floor;  // set by a person, in force now
};

// What is carried from tick to tick; kept in the store between them.
struct PlannerState {
  ErrorBudget budget;
  std::vector<std::pair<Timestamp, int>> recent;  // capacities wanted lately, for scale-in stabilisation
  std::optional<Timestamp> last_tick;

  bool operator==(const PlannerState&) const = default;
};

// Which forecasts the tick has. `reason` says why one is missing.
struct Forecasts {
  Health health = Health::full;
  std::string reason;                                  // why not full
  std::optional<forecast::Forecast> peak;              // over the cover window
  std::optional<forecast::Forecast> without_calendar;  // the counterfactual, when events play a part
  ExpertAdvice experts;                                // simple rules and how far they count beside `peak`
  std::optional<double> next_interval_cpu;             // % predicted at the present capacity (policy threshold)
  bool of_one_instance = false;                        // `peak` is not the group's demand: nothing of it is recorded
};

// The capacity at every price of lambda_grid(): the newsvendor's, and that under the history cap mixed with the
// experts'. Empty without a forecast. They do not depend on what the group has: a replay that tries many prices makes
// them once a tick.
struct Curves {
  std::vector<int> raw, mixed;
};
Curves curves_of(const Observation& observation, const Forecasts& forecasts, const Policy& policy);

// The decision of one tick: newsvendor on the forecast, then the guard rails, each stage with its number and reason.
// Pure: no clock, no I/O, no log. Never scales in when health is hold or reactive data is missing;
// min <= desired <= max always. `curves` are those of the first three.
Decision decide(const Observation& observation, const Forecasts& forecasts, const Policy& policy,
                const PlannerState& state, Timestamp now);
Decision decide(const Observation& observation, const Forecasts& forecasts, const Curves& curves, const Policy& policy,
                const PlannerState& state, Timestamp now);

// The state after `decision`.
PlannerState advance(PlannerState state, const Decision& decision, const Policy& policy);

}  // namespace almanac::planning

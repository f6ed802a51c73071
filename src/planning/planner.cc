#include "planning/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "forecast/growth.h"
#include "planning/guard_rails.h"
#include "planning/limits.h"
#include "planning/newsvendor.h"

namespace almanac::planning {
namespace {

// Used where a person reads them: in the ledger, `explain` and the dashboard.
constexpr double kQuantiles[] = {0.5, 0.75, 0.9, 0.95, 0.99, 0.999};

double price_position(const Policy& policy, const PlannerState& state) {
  return policy.fixed_lambda ? position_of(*policy.fixed_lambda) : state.budget.position;
}

Stage newsvendor_stage(const Observation& seen, const forecast::Forecast& forecast, const Policy& policy,
                       const Curves& curves, double position) {
  const int capacity = capacity_at(curves.raw, position);
  const double share = forecast.peak.demand_above(policy.utilisation * capacity) / std::max(1e-9, forecast.peak.mean());
  // Demand is told in the instances it needs, so that it can be held against the capacity beside it.
  const auto needs = [&](double probability) { return forecast.peak.quantile(probability) / policy.utilisation; };
  return {"newsvendor", capacity,
          fmt::format("the peak until {} needs {:.1f} {} (median), {:.1f} (q90), {:.1f} (q99) at {:.0f} % "
                      "utilisation ({}); with {} of them {:.2g} % of its demand is expected above that{}{}",
                      format_timestamp(forecast.window.end), needs(0.5), words(seen.unit), needs(0.9), needs(0.99),
                      100 * policy.utilisation, forecast.forecaster, capacity, 100 * share,
                      forecast.event_words.empty() ? "" : "; ", forecast.event_words)};
}

// The classic rule on the predicted CPU, by one instance.
Stage threshold_stage(const Observation& seen, const Forecasts& forecasts, const Policy& policy) {
  if (!forecasts.next_interval_cpu) return {"threshold", seen.desired, "no CPU could be predicted: nothing changes"};
  const double cpu = *forecasts.next_interval_cpu;
  if (cpu > 100 * policy.threshold_out)
    return {"threshold", seen.desired + seen.instance,
            fmt::format("predicted CPU {:.1f} % is above {:.0f} %", cpu, 100 * policy.threshold_out)};
  if (cpu < 100 * policy.threshold_in)
    return {"threshold", seen.desired - seen.instance,
            fmt::format("predicted CPU {:.1f} % is below {:.0f} %", cpu, 100 * policy.threshold_in)};
  return {"threshold", seen.desired, fmt::format("predicted CPU {:.1f} % is between the thresholds", cpu)};
}

// The event about to begin that states the highest uplift; of one that has begun the recent peak tells.
const calendar::Event* highest_to_come(const Observation& seen, Timestamp now) {
  const calendar::Event* highest = nullptr;
  for (const calendar::Event& event : seen.events)
    if (event.span.start >= now && event.expected_uplift.value_or(1) > (highest ? *highest->expected_uplift : 1.0))
      highest = &event;
  return highest;
}

// Without a forecast to trust: enough for the recent peak with room to grow, and slowly down.
Stage reactive_stage(const Observation& seen, const Policy& policy, Timestamp now) {
  if (!seen.recent_peak) return {"reactive", seen.desired, "nothing is known of recent demand: the capacity is held"};
  constexpr double kGrowth = 1.25;
  const calendar::Event* coming = highest_to_come(seen, now);
  const double uplift = coming ? *coming->expected_uplift : 1.0;
  const double peak = forecast::grown(*seen.recent_peak, seen.recent_growth);
  const int wanted = instances_for(kGrowth * uplift * peak, policy.utilisation);
  const int slowly = std::max(wanted, seen.desired - std::max(1, seen.desired / 10));
  const std::string stated =
      coming ? fmt::format(" when \"{}\" brings x{} as stated", coming->name, uplift) : std::string();
  return {"reactive", slowly,
          fmt::format("the peak of the last 15 minutes needs {:.1f} {}; {} hold it with a quarter more{}{}",
                      peak / policy.utilisation, words(seen.unit), wanted, stated,
                      slowly > wanted ? ", approached by a tenth a tick" : "")};
}

Stage first_stage(const Observation& seen, const Forecasts& forecasts, const Policy& policy, const Curves& curves,
                  double position, Timestamp now) {
  if (forecasts.health == Health::hold)
    return {"hold", seen.desired,
            fmt::format("{}: the capacity is held, never scaled in on missing data", forecasts.reason)};
  if (policy.kind == PolicyKind::threshold) return threshold_stage(seen, forecasts, policy);
  if (forecasts.health == Health::reactive || !forecasts.peak) return reactive_stage(seen, policy, now);
  return newsvendor_stage(seen, *forecasts.peak, policy, curves, position);
}

// Simple rules beside the model, as far as they earned it. They know no calendar, so near events the model is alone.
Stage experts_stage(int capacity, const Forecasts& forecasts, const Curves& curves, double position) {
  if (forecasts.peak->near_event) return {"experts", capacity, "the model alone: an event is near"};
  if (!forecasts.experts.empty()) capacity = capacity_at(curves.mixed, position);
  return {"experts", capacity, describe(forecasts.experts, position)};
}

// The way through all stages; `forecasts.peak` may be the counterfactual.
std::vector<Stage> run_stages(const Observation& seen, const Forecasts& forecasts, const Policy& policy,
                              const PlannerState& state, const Curves& curves, double position, Timestamp now) {
  std::vector<Stage> stages{first_stage(seen, forecasts, policy, curves, position, now)};
  const auto capacity = [&] { return stages.back().capacity; };
  if (stages.front().name == "newsvendor") {
    stages.push_back(history_cap(capacity(), seen, *forecasts.peak, policy));
    stages.push_back(experts_stage(capacity(), forecasts, curves, position));
  }
  stages.push_back(calendar_floor(capacity(), seen));
  if (policy.kind == PolicyKind::almanac) stages.push_back(reactive_guard(capacity(), seen));
  stages.push_back(scale_in_stabilisation(capacity(), seen, policy, state, now));
  stages.push_back(step_limit(capacity(), seen, policy));
  if (seen.manual_floor) stages.push_back(manual_floor(capacity(), *seen.manual_floor));
  stages.push_back(limits(capacity(), policy));
  return stages;
}

Stage mode_stage(int capacity, const Policy& policy) {
  switch (policy.mode) {
    case Mode::observe:
      return {"mode", capacity, "observe: recorded only"};
    case Mode::floor:
      return {"mode", capacity, "floor: raises the minimum only"};
    case Mode::own:
      return {"mode", capacity, "own: sets the desired capacity"};
  }
  return {"mode", capacity, ""};
}

}  // namespace

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::observe:
      return "observe";
    case Mode::floor:
      return "floor";
    case Mode::own:
      return "own";
  }
  return "unknown";
}

std::optional<Mode> mode_of(std::string_view name) {
  for (const Mode mode : kModes) {
    if (to_string(mode) == name) return mode;
  }
  return std::nullopt;
}

Curves curves_of(const Observation& seen, const Forecasts& forecasts, const Policy& policy) {
  Curves curves;
  if (!forecasts.peak) return curves;
  curves.raw = capacity_curve(forecasts.peak->peak, policy.utilisation);
  curves.mixed = mix_curve(cap_curve(curves.raw, *forecasts.peak, seen.max_28_days.value_or(0), policy.utilisation),
                           forecasts.experts);
  return curves;
}

Decision decide(const Observation& seen, const Forecasts& forecasts, const Policy& policy, const PlannerState& state,
                Timestamp now) {
  return decide(seen, forecasts, curves_of(seen, forecasts, policy), policy, state, now);
}

Decision decide(const Observation& seen, const Forecasts& forecasts, const Curves& curves, const Policy& policy,
                const PlannerState& state, Timestamp now) {
  ALMANAC_CHECK(policy.min >= 0 && policy.min <= policy.max, "limits are ordered");
  ALMANAC_CHECK(policy.utilisation > 0 && policy.utilisation <= 1, "a utilisation is a share");
  Decision decision;
  decision.group = seen.group;
  decision.now = now;
  decision.health = forecasts.health;
  decision.lead_time = seen.lead_time;
  decision.rows_used = seen.rows_used;
  decision.desired_before = seen.desired;
  decision.cover_window = {now, now + seen.cover};
  for (const calendar::Event& event : seen.events) decision.events.push_back(event.name);
  if (forecasts.peak) {
    decision.forecaster = forecasts.peak->forecaster;
    decision.cover_window = forecasts.peak->window;
    if (!forecasts.of_one_instance)
      for (const double p : kQuantiles) decision.demand_quantiles[p] = forecasts.peak->peak.quantile(p);
  }
  const double position = price_position(policy, state);
  decision.stages = run_stages(seen, forecasts, policy, state, curves, position, now);
  decision.stages.push_back(mode_stage(decision.stages.back().capacity, policy));
  decision.desired = decision.stages.back().capacity;
  if (forecasts.without_calendar) {
    Forecasts without = forecasts;
    without.peak = forecasts.without_calendar;
    Observation unaware = seen;
    unaware.events.clear();
    const Curves others = curves_of(unaware, without, policy);
    decision.desired_without_calendar =
        run_stages(unaware, without, policy, state, others, position, now).back().capacity;
  }
  return decision;
}

PlannerState advance(PlannerState state, const Decision& decision, const Policy& policy) {
  std::erase_if(state.recent,
                [&](const auto& entry) { return entry.first <= decision.now - policy.scale_in_stabilisation; });
  if (policy.scale_in_stabilisation.count() > 0 && !decision.stages.empty())
    state.recent.emplace_back(decision.now, decision.stages.front().capacity);
  state.last_tick = decision.now;
  return state;
}

}  // namespace almanac::planning

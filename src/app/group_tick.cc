#include "app/group_tick.h"

namespace almanac::app {

serving::ByHand by_hand(const records::Overrides& in_force, planning::Mode mode) {
  serving::ByHand set;
  set.mode = planning::to_string(mode);
  set.paused = in_force.pause.has_value();
  if (in_force.floor) set.manual_floor = in_force.floor->capacity;
  return set;
}

serving::GroupTick group_tick(const daemon::Ticked& ticked) {
  const control::GroupSettings& group = ticked.group;
  const records::Record& record = ticked.report.scaled.record;
  const Decision& d = record.decision;
  serving::GroupTick tick;
  tick.group = group.name;
  tick.time = d.now;
  tick.interval = group.interval;
  tick.duration_seconds = ticked.seconds;
  tick.health = d.health;
  tick.forecast_peak = d.demand_quantiles;
  tick.desired = d.desired;
  if (record.group) {
    if (record.group->counted) tick.in_service = record.group->in_service;
    tick.min = record.group->min;
    tick.max = record.group->max;
  }
  tick.desired_without_calendar = d.desired_without_calendar;
  tick.objective_ratio = group.policy.objective;
  tick.lead_time = d.lead_time;
  tick.calendar_read = ticked.calendar_read;
  tick.by_hand = by_hand(record.overrides, record.mode);
  tick.write_refused = record.outcome.kind == records::Outcome::Kind::refused;
  for (const auto& condition : record.conditions) tick.conditions.insert(condition.kind);
  if (const auto& facts = ticked.report.scaled.facts) {
    tick.demand = facts->demand;
    tick.data_until = facts->data_until;
    tick.violating_ratio_hour = facts->violating_hour;
    tick.violating_ratio_week = facts->violating_week;
    if (facts->coverage.windows > 0) tick.coverage = {{0.5, facts->coverage.at50}, {0.99, facts->coverage.at99}};
    tick.pinball_ratio = facts->pinball_ratio;
    tick.model_trained = facts->model_trained;
  }
  return tick;
}

}  // namespace almanac::app

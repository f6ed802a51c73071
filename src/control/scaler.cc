#include "control/scaler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calendar/floor.h"
#include "control/alerts.h"
#include "control/counting.h"
#include "control/horizon.h"
#include "control/ladder.h"
#include "control/steering.h"
#include "core/series.h"
#include "planning/accountant.h"
#include "planning/limits.h"
#include "planning/observe.h"
#include "planning/planner.h"

namespace almanac::control {
namespace {

bool was_real(const records::Record& record) {
  return !record.decision.dry_run;
}

// What the decisions asked for, and how long a launch took then.
std::vector<planning::Asked> asked_by(std::span<const std::shared_ptr<const records::Record>> records) {
  std::vector<planning::Asked> asked;
  for (const auto& record : records) {
    const Decision& decision = record->decision;
    asked.push_back({decision.now, static_cast<double>(decision.desired), decision.lead_time});
  }
  return asked;
}

}  // namespace

// All that one decision is made of.
struct Scaler::Situation {
  Timestamp tick;
  Punctuality usual;
  planning::Policy policy;
  ports::GroupState group;
  planning::Observation seen;
  planning::Forecasts forecasts;
  planning::PlannerState state;
  const Knowledge* known = nullptr;                            // the scaler's memory, or `alone`
  std::optional<Knowledge> alone;                              // where the policy goes by the CPU alone
  std::vector<std::shared_ptr<const records::Record>> recent;  // real decisions of the last days
  std::vector<Foretold> foretold;                              // by them
  std::vector<std::string> notices;
  bool metrics_failed = false;
  records::Overrides overrides;
  records::LoadedModel model;

  const records::Record* previous() const { return recent.empty() ? nullptr : recent.back().get(); }
};

Result<void> Scaler::check_clock(Timestamp tick) {
  constexpr Duration kFarAhead{36500 * kDay};
  const auto last = ledger_.latest(tick + kFarAhead, was_real);
  if (!last) return tl::unexpected(last.error());
  if (*last && (*last)->decision.now > tick) {
    return fail(ErrorCode::unavailable,
                fmt::format("the clock went back: the last decision is of {}, but now is {}; nothing was decided",
                            format_timestamp((*last)->decision.now), format_timestamp(tick)));
  }
  return {};
}

Result<ScaleReport> Scaler::scale(Timestamp now, const records::LoadedCalendar& calendar, const ScaleOptions& options) {
  const Timestamp tick = floor_to(now, settings_.interval);
  auto earlier = ledger_.find(tick, options.dry_run);
  if (!earlier) return tl::unexpected(earlier.error());
  ScaleOptions noted = options;
  const auto overrides = overrides_at(now, noted.notices);
  if (!overrides) return tl::unexpected(overrides.error());
  ScaleReport report;
  report.repeated = earlier->has_value();
  std::shared_ptr<const records::Record> previous;
  if (*earlier) {
    report.record = std::move(**earlier);
  } else {
    if (auto clock = check_clock(tick); !clock) return tl::unexpected(clock.error());
    auto decided = decide(now, calendar, noted, *overrides);
    if (!decided) return tl::unexpected(decided.error());
    previous = std::move(decided->previous);
    report.facts = std::move(decided->facts);
    auto added = ledger_.add(decided->record);
    if (!added) {
      return tl::unexpected(with_context(added.error(), "the decision could not be recorded, so nothing was sent"));
    }
    report.repeated = !added->is_new;
    report.record = std::move(added->record);
    if (!report.repeated) ++counts_[report.record.decision.health];
  }
  records::Record& record = report.record;
  // A run that died before its answer was recorded had told nobody.
  const bool told_before = report.repeated && record.outcome.kind != records::Outcome::Kind::open;
  if (!told_before && !previous) previous = decided_before(record);
  const auto stored = std::pair(record.notices, record.conditions);
  const auto done = carry_out(record, *overrides, now);
  tell(record, previous.get(), options.notifiers, told_before);
  if (stored != std::pair(record.notices, record.conditions)) {
    const auto kept = ledger_.annotate(tick, record.decision.dry_run, record.notices, record.conditions);
    if (!kept) record.notices.push_back("what was told could not be recorded: " + kept.error().message);
  }
  if (!done) return tl::unexpected(done.error());
  return report;
}

// What people have set. Stored text that makes no sense must not stop the ticks: it counts as nothing, visibly.
Result<records::Overrides> Scaler::overrides_at(Timestamp now, std::vector<std::string>& notices) const {
  const auto stored = overrides_.load();
  if (stored) return stored->at(now);
  if (stored.error().code != ErrorCode::corrupt) return tl::unexpected(stored.error());
  notices.push_back("pause, floor and mode set by people are NOT applied: " + stored.error().message);
  return records::Overrides{};
}

Result<std::optional<records::Record>> Scaler::settled(Timestamp now) const {
  auto record = ledger_.find(floor_to(now, settings_.interval), false);
  if (!record || !*record) return record;
  const auto kind = (*record)->outcome.kind;
  if (kind != records::Outcome::Kind::accepted && kind != records::Outcome::Kind::not_sent)
    return std::optional<records::Record>();
  return record;
}

Result<Punctuality> Scaler::punctuality(Timestamp now) {
  const Timestamp tick = floor_to(now, settings_.interval);
  const auto recent = ledger_.between({tick - kDay, tick});
  if (!recent) return tl::unexpected(recent.error());
  return control::punctuality(*recent, tick, settings_.interval);
}

Result<std::optional<Timestamp>> Scaler::collected_until(Timestamp now) {
  const Timestamp tick = floor_to(now, settings_.interval);
  const auto rows = dataset_.read({tick - std::max(kHour, settings_.interval) * 2, tick});
  dataset_.take_warnings();
  if (!rows) return tl::unexpected(rows.error());
  return whole_until(*rows, settings_.interval);
}

Result<Scaler::Decided> Scaler::decide(Timestamp now, const records::LoadedCalendar& calendar,
                                       const ScaleOptions& options, const records::Overrides& overrides) {
  const Timestamp tick = floor_to(now, settings_.interval);
  const auto state = group_.describe();
  if (!state) return tl::unexpected(with_context(state.error(), "group " + settings_.name));
  Situation situation;
  situation.tick = tick;
  situation.metrics_failed = options.metrics_failed;
  situation.notices = options.notices;
  situation.overrides = overrides;
  auto recent = ledger_.between({tick - kCoverageOver, tick});
  if (!recent) return tl::unexpected(recent.error());
  std::erase_if(*recent, [](const auto& record) { return !was_real(*record); });
  situation.recent = std::move(*recent);
  situation.foretold = foretold_by(situation.recent);
  situation.usual = control::punctuality(situation.recent, tick, settings_.interval);

  look_at_group(situation, *state);
  observe(situation, calendar);
  update_budget(situation);
  forecast(situation, calendar);
  if (!state->capacity_known) {
    if (auto started = find_a_start(situation); !started) return tl::unexpected(started.error());
  }
  records::Record record;
  record.decision = planning::decide(situation.seen, situation.forecasts, situation.policy, situation.state, tick);
  record.decision.dry_run = options.dry_run;
  record.state = planning::advance(situation.state, record.decision, situation.policy);
  record.mode = situation.policy.mode;
  record.group = situation.group;
  record.overrides = situation.overrides;
  record.decided_at = now;
  record.metrics_until = whole_until(situation.known->recent_rows, settings_.interval);
  const records::Record* previous = situation.previous();
  record.outcome = intended(record);
  if (record.mode == planning::Mode::floor) decide_floor(situation, record);
  const auto reverted = previous ? find_revert(*previous, record) : std::nullopt;
  if (reverted) situation.notices.push_back(*reverted);
  record.conditions = inherit_told(conditions_of(record, calendar.conditions, reverted), previous);
  if (!situation.forecasts.reason.empty()) situation.notices.push_back(situation.forecasts.reason);
  // The same thing may be amiss for the collector and for the scaler; once is enough.
  for (std::string& notice : situation.notices) {
    if (std::find(record.notices.begin(), record.notices.end(), notice) == record.notices.end()) {
      record.notices.push_back(std::move(notice));
    }
  }
  return Decided{std::move(record), situation.recent.empty() ? nullptr : situation.recent.back(), facts_of(situation)};
}

// Until when the minimum is to be kept: as long as the decision holds. A decision that knows nothing new says nothing
// new: what an earlier one has raised ends when that one said.
void Scaler::decide_floor(const Situation& situation, records::Record& record) const {
  const records::Record* previous = situation.previous();
  const Decision& d = record.decision;
  // While a floor stands still an end that falls due is lost, so there an end must stay ahead.
  const bool says_nothing = d.health == Health::hold && d.desired <= d.desired_before &&
                            !find_blocker(situation.group, ports::Blocker::Kind::floor_stands_still);
  if (!says_nothing || !previous || previous->mode != planning::Mode::floor || !previous->floor_until) {
    record.floor_until = situation.tick + from_tick(situation);
    record.outcome = intended(record);
    return;
  }
  record.floor_until = previous->floor_until;
  record.outcome = intended(record);
  if (record.outcome.kind == records::Outcome::Kind::open) {
    record.outcome = {records::Outcome::Kind::not_sent,
                      fmt::format("nothing new is known: the raised minimum ends as it was decided before, at {}",
                                  format_timestamp(*record.floor_until))};
  }
}

// What a decision must hold for, from its tick on. Metrics that come late delay it.
Duration Scaler::from_tick(const Situation& situation) const {
  return cover_window(situation.seen.lead_time, settings_.interval, situation.usual.age % settings_.interval);
}

Facts Scaler::facts_of(const Situation& situation) {
  const Knowledge& known = *situation.known;
  const planning::KnownLoad load = planning::load_of(known.history);
  Facts facts;
  if (!known.of_one_instance) facts.demand = situation.seen.recent_demand;
  facts.data_until = known.last_demand;
  const auto violating = [&](Duration back) -> std::optional<double> {
    double all = 0, above = 0;
    for (const auto& spent :
         planning::consumption(load, known.in_service, situation.policy.utilisation, situation.tick - back)) {
      all += spent.demand;
      above += spent.violating;
    }
    return all > 0 ? std::optional(above / all) : std::nullopt;
  };
  facts.violating_hour = violating(kHour);
  facts.violating_week = violating(kWeek);
  facts.coverage = measure_coverage(load, situation.foretold);
  if (const auto& model = situation.model.model) {
    facts.model_trained = model->trained_until();
    std::optional<double> winner, naive;
    for (const auto& score : model->scores()) {
      if (score.forecaster == model->winner()) winner = score.pinball;
      if (score.forecaster == "seasonal_naive") naive = score.pinball;
    }
    if (winner && naive && *naive > 0) facts.pinball_ratio = *winner / *naive;
  }
  return facts;
}

// The group as it stands: its limits, how long a launch takes, and what keeps it from doing as it is told.
void Scaler::look_at_group(Situation& situation, const ports::GroupState& state) {
  const Timestamp tick = situation.tick;
  planning::Policy& policy = situation.policy;
  policy = settings_.policy;
  if (situation.overrides.mode) policy.mode = situation.overrides.mode->mode;
  // The group's own limits hold as well; where they leave nothing in common, the group's count.
  const auto limits = planning::within_group({policy.min, policy.max}, {state.min, state.max});
  policy.min = limits.min;
  policy.max = limits.max;
  planning::Observation& seen = situation.seen;
  seen.group = settings_.name;
  seen.unit = state.unit;
  if (state.instances.value_or(0) > 0) seen.instance = std::max(1, state.in_service / *state.instances);
  seen.in_service = state.in_service;
  seen.desired = state.desired;
  // What mode floor steers is the minimum; the capacity above it is others' to take back. Held at the capacity, a
  // minimum would keep them from it whenever metrics are missing. The threshold rule judges the capacity itself.
  if (policy.mode == planning::Mode::floor && policy.kind == planning::PolicyKind::almanac) {
    seen.desired = std::max(state.min, state.raised_minimum.value_or(state.min));
  }
  const records::Record* previous = situation.previous();
  const LeadTime lead = lead_time_at(
      settings_, &group_, [&] { return previous ? std::optional(previous->decision.lead_time) : std::nullopt; }, tick);
  if (lead.problem) {
    situation.notices.push_back(fmt::format("launches cannot be read, a lead time of {} is assumed: {}",
                                            format_duration(lead.value), lead.problem->message));
  }
  seen.lead_time = lead.value;
  if (const auto& floor = situation.overrides.floor) seen.manual_floor = {floor->capacity, describe(*floor)};

  const Timestamp since = previous ? std::max(previous->decision.now, tick - kHour) : tick - kHour;
  const auto failures = group_.launch_failures(since);
  if (!failures) situation.notices.push_back("failed launches cannot be read: " + failures.error().message);
  auto notices = group_notices(state, policy.mode, failures ? *failures : std::vector<ports::LaunchFailure>());
  situation.notices.insert(situation.notices.end(), notices.begin(), notices.end());
  situation.group = state;
  situation.group.notices.clear();
}

// What is known of the load; rows that cannot be read are no rows.
void Scaler::observe(Situation& situation, const records::LoadedCalendar& calendar) {
  const Timestamp tick = situation.tick;
  const auto [known, changed, problem] = memory_.recall(dataset_, tick);
  if (problem) situation.notices.push_back("rows cannot be read: " + problem->message);
  situation.known = &known;
  situation.alone = know_cpu_alone(known, known.recent_rows, settings_, tick);
  if (situation.alone) {
    situation.known = &*situation.alone;
    recent_.forget_after(Timestamp::min());
    recent_without_calendar_.forget_after(Timestamp::min());
  }
  recent_.forget_after(changed);
  recent_without_calendar_.forget_after(changed);
  dataset_.take_warnings();
  situation.notices.insert(situation.notices.end(), calendar.notices.begin(), calendar.notices.end());
  for (std::string& doubt : doubts_now(known, tick)) situation.notices.push_back(std::move(doubt));

  if (auto why = counted_otherwise(known.recent_rows, situation.recent, situation.group, tick); !why.empty()) {
    situation.group.unit_problem = std::move(why);
  }
  if (!situation.group.unit_problem.empty()) situation.notices.push_back(situation.group.unit_problem);
  // Of a group that nobody steers the rows may tell what is in service, though its last decision stands for it.
  if (!situation.group.counted && !known.in_service.empty() && !is_missing(known.in_service.back())) {
    situation.group.in_service = static_cast<int>(std::lround(known.in_service.back()));
    situation.group.counted = true;
  }
  planning::Observation& seen = situation.seen;
  const Duration cover = from_tick(situation);
  seen =
      planning::observe(std::move(seen), planning::load_of(situation.known->history), tick, calendar.calendar, cover);
  seen.rows_used = situation.known->rows;
  // A source that answers and has not published yet is late; one that fails may hide a load that rises.
  if (situation.metrics_failed && seen.metrics_age.count() > 0) seen.recent_demand.reset();
  for (std::string& word : calendar::floors_above(seen.events, situation.policy.max)) {
    situation.notices.push_back(std::move(word));
  }
}

// The error budget moves by what was really in service, or, where we only watch, by what our decisions would have had.
void Scaler::update_budget(Situation& situation) {
  if (!situation.recent.empty()) {
    situation.state = situation.recent.back()->state;
  } else if (const auto before = ledger_.latest(situation.tick, was_real); before && *before) {
    situation.state = (*before)->state;
  } else {
    situation.state.budget = models_.load_budget().value_or(planning::initial_budget(situation.policy.objective));
    // What the group did before our first decision is not ours to answer for.
    situation.state.budget.counted_until = floor_to(situation.tick, kHour);
  }
  if (situation.known->of_one_instance) return;
  const Knowledge& known = *situation.known;
  const planning::KnownLoad load = planning::load_of(known.history);
  planning::ErrorBudget& budget = situation.state.budget;
  const bool owned = situation.policy.mode == planning::Mode::own;
  budget = planning::account(
      budget, load,
      owned ? known.in_service
            : planning::served(load, asked_by(situation.recent), budget.counted_until.value_or(situation.tick)),
      situation.policy, situation.tick);
}

void Scaler::forecast(Situation& situation, const records::LoadedCalendar& calendar) {
  const Duration window = cover_window(situation.seen.lead_time, settings_.interval, situation.usual.age);
  const records::LoadedModel& model = situation.model = models_.load_and_keep();
  situation.forecasts =
      make_forecasts(*situation.known, model, calendar.calendar, from_tick(situation), situation.tick, &recent_);
  planning::Forecasts& forecasts = situation.forecasts;
  forecasts.of_one_instance = situation.known->of_one_instance;
  if (forecasts.health == Health::full) {
    const planning::KnownLoad load = planning::load_of(situation.known->history);
    forecasts.experts = experts_at(load, planning::board_of(*model.model), situation.policy.utilisation);
    const Duration trained_for = model.model->settings().cover_window;
    if (trained_for != window) {
      situation.notices.push_back(
          situation.usual.age.count() > 0
              ? fmt::format("the model forecasts {} ahead, a launch with metrics {} late needs {}; train again",
                            format_duration(trained_for), format_duration(situation.usual.age), format_duration(window))
              : fmt::format("the model forecasts {} ahead, a launch needs {}; train again",
                            format_duration(trained_for), format_duration(window)));
    }
    if (!situation.seen.events.empty()) {
      auto without =
          forecast_until(situation.tick + from_tick(situation), situation.known->history, *situation.known->last_demand,
                         *model.model, calendar::Calendar(), &recent_without_calendar_);
      if (without) forecasts.without_calendar = std::move(*without);
    }
    demote_if_broken(forecasts, load, situation.foretold, situation.tick);
  }
  if (forecasts.health == Health::hold) return;
  const auto cpu = predict_cpu(*situation.known, model, forecasts.peak, situation.group.desired, situation.tick);
  if (cpu) {
    forecasts.next_interval_cpu = *cpu;
  } else if (situation.policy.kind == planning::PolicyKind::threshold) {
    situation.notices.push_back("no CPU predicted: " + cpu.error().message);
  }
}

// Where a group stands of which nobody knows the capacity: where its demand wants it, and by the threshold rule, which
// does not know the demand, at the maximum. At no minimum that nobody has seen.
Result<void> Scaler::find_a_start(Situation& situation) const {
  const planning::Forecasts& forecasts = situation.forecasts;
  planning::Policy policy = situation.policy;
  if (forecasts.health == Health::hold || (!forecasts.peak && !situation.seen.recent_peak)) {
    // What rows never tell does not come by asking again.
    const bool untold = situation.known->rows > 0 && !why_no_demand(*situation.known).empty();
    return fail(untold ? ErrorCode::invalid_input : ErrorCode::unavailable,
                fmt::format("group {}: nothing was decided: how many instances are in service is not known (no row of "
                            "the last day has in_service_instances), and {}",
                            settings_.name, forecasts.reason));
  }
  int start = policy.max;
  if (policy.kind == planning::PolicyKind::almanac) {
    policy.max_scale_out.reset();
    situation.seen.desired = policy.min;
    start = planning::decide(situation.seen, forecasts, policy, situation.state, situation.tick).desired;
  }
  situation.seen.desired = situation.seen.in_service = start;
  situation.group.desired = situation.group.in_service = start;
  situation.group.counted = false;
  situation.notices.push_back(
      fmt::format("how many instances are in service is not known (no row of the last day has in_service_instances): "
                  "the record begins at {}, {}",
                  start, policy.kind == planning::PolicyKind::almanac ? "which the demand needs" : "the maximum"));
  return {};
}

// Sends what is open, also on behalf of a run that died or was refused earlier in this tick.
Result<void> Scaler::carry_out(records::Record& record, const records::Overrides& overrides, Timestamp now) {
  const bool unsettled =
      record.outcome.kind == records::Outcome::Kind::open || record.outcome.kind == records::Outcome::Kind::refused;
  if (!unsettled) return {};
  // A pause may have come after the decision that an earlier run could not send.
  Sent sent;
  if (overrides.pause) {
    sent.outcome = {records::Outcome::Kind::not_sent, describe(*overrides.pause)};
  } else {
    sent = send(group_, record, now);
  }
  record.outcome = std::move(sent.outcome);
  record.notices.insert(record.notices.end(), sent.notices.begin(), sent.notices.end());
  const auto completed = ledger_.complete(record.decision.now, record.decision.dry_run, record.outcome);
  if (sent.error) {
    return tl::unexpected(with_context(*sent.error, fmt::format("group {} did not take {}", settings_.name,
                                                                counted(record.decision.desired, record.unit()))));
  }
  // The line stays open: the next run of this tick asks again for the same capacity, which is the same as once.
  if (!completed) record.notices.push_back("the answer could not be recorded: " + completed.error().message);
  return {};
}

std::shared_ptr<const records::Record> Scaler::decided_before(const records::Record& record) const {
  auto before = ledger_.latest(record.decision.now - Duration{1}, was_real);
  return before && *before ? std::make_shared<const records::Record>(std::move(**before)) : nullptr;
}

// Messages about what began at this tick. Told at least once: a run that dies between a message and its mark in the
// ledger is followed by one that sends it again.
void Scaler::tell(records::Record& record, const records::Record* previous,
                  const std::vector<ports::Notifier*>& notifiers, bool told_before) {
  note_refusal(record, previous);
  if (record.decision.dry_run || notifiers.empty()) return;
  auto messages = alerts(previous, record);
  if (told_before) std::erase_if(messages, [](const auto& m) { return m.kind == ports::NotificationKind::recovered; });
  const Delivery delivery = deliver(notifiers, messages);
  for (records::Condition& condition : record.conditions) {
    const bool told = std::find(delivery.told.begin(), delivery.told.end(), condition.kind) != delivery.told.end();
    condition.told = condition.told || told;
  }
  for (const std::string& notice : delivery.notices) {
    if (std::find(record.notices.begin(), record.notices.end(), notice) == record.notices.end()) {
      record.notices.push_back(notice);
    }
  }
}

}  // namespace almanac::control

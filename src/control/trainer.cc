#include "control/trainer.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/lead_time.h"
#include "control/punctuality.h"
#include "core/series.h"
#include "planning/newsvendor.h"

namespace almanac::control {
namespace {

// Long enough for the controller's gain to settle most of the way; each day costs a refit.
constexpr Duration kWarmUp{14 * kDay};

// Plays one day's forecasts at the controller's own price of violating demand and counts what would have been consumed.
void replay_day(const forecast::GroupModel& model, const forecast::Features& features, const Knowledge& known,
                const planning::Policy& policy, TimeRange day, std::vector<double>& capacity,
                std::vector<double>& desired, std::size_t boot_steps, planning::ErrorBudget& budget) {
  const double hourly = hourly_mean(known.history);
  const std::size_t first = features.index_of(day.start);
  const std::size_t last = features.index_of(day.end);
  if (last <= first) return;
  std::size_t played = first;
  const auto play_until = [&](std::size_t anchor) {
    for (; played < anchor && played < desired.size(); ++played) {
      if (is_missing(desired[played]) && played > 0) desired[played] = desired[played - 1];
      double least = desired[played];
      for (std::size_t back = 1; back <= boot_steps && back <= played; ++back) {
        if (!is_missing(desired[played - back])) least = std::min(least, desired[played - back]);
      }
      capacity[played] = least;
    }
  };
  const planning::ExpertBoard board = planning::board_of(model);
  std::optional<Timestamp> counted;
  for (const auto& [anchor, forecast] : model.forecast_range(features, first, last - 1)) {
    play_until(anchor);
    const Timestamp hour = floor_to(features.time_at(anchor), kHour);
    if (!counted || hour > *counted) {
      const Timestamp from = budget.counted_until.value_or(day.start);
      auto spent = consumption(known, capacity, policy.utilisation, from);
      std::erase_if(spent, [&](const planning::Consumption& c) { return c.start >= features.time_at(anchor); });
      budget = planning::count_hours(budget, spent, policy.objective, hourly);
      counted = hour;
    }
    planning::Observation seen;
    seen.desired = policy.min;
    seen.max_28_days = features.recent_peak(anchor, static_cast<std::size_t>(28 * features.per_day()));
    planning::Forecasts forecasts;
    forecasts.peak = forecast;
    forecasts.experts = board.advise(features.peaks().first(anchor), features.interval(), policy.utilisation);
    desired[anchor] = planning::unguarded_capacity(seen, forecasts, policy, budget.position);
  }
  play_until(last);
}

}  // namespace

Result<planning::ErrorBudget> advance_and_warm_up(forecast::GroupModel& model, const forecast::Features& features,
                                                  const Knowledge& known, const planning::Policy& policy,
                                                  Duration lead_time, Timestamp until, const ProgressSink& progress) {
  planning::ErrorBudget budget = planning::initial_budget(policy.objective);
  const Timestamp start = std::max(floor_to(until - kWarmUp, kHour), ceil_to(features.start() + 7 * kDay, kHour));
  budget.counted_until = start;
  std::vector<double> capacity(features.size(), kMissing);
  std::vector<double> desired(features.size(), kMissing);
  const auto boot_steps =
      static_cast<std::size_t>((lead_time + features.interval() - Duration{1}) / features.interval());
  const double days = static_cast<double>((until - start) / kDay) + 1;
  double done = 0;
  for (Timestamp day = start; day < until; day += kDay, done += 1) {
    // Too early in a short history to know anything: the replay begins later.
    if (!planning::advance_with_experts(model, features, day, policy.utilisation,
                                        done == 0 ? progress : ProgressSink{}))
      continue;
    report(progress, {"Replaying decisions", done, days, format_timestamp(day).substr(0, 10)});
    replay_day(model, features, known, policy, {day, std::min(day + kDay, until)}, capacity, desired, boot_steps,
               budget);
  }
  if (auto advanced = planning::advance_with_experts(model, features, until, policy.utilisation); !advanced)
    return tl::unexpected(advanced.error());
  report(progress, {"Replaying decisions", days, days, ""});
  return budget;
}

// A ledger that cannot be read says nothing, as an empty one does.
Duration Trainer::age_of_metrics(Timestamp now) {
  const auto recent = ledger_.between({now - kDay, now});
  return recent ? punctuality(*recent, now, settings_.interval).age : Duration{0};
}

Result<TrainReport> Trainer::train(Timestamp now, const records::LoadedCalendar& calendar, Duration lead_time,
                                   bool from_scratch, const ProgressSink& progress) {
  const Timestamp until = floor_to(now, settings_.interval);
  const auto rows = dataset_.read({until - kHistoryKept, until});
  if (!rows) return tl::unexpected(rows.error());
  Knowledge known = know(*rows, settings_, until);
  if (auto alone = know_cpu_alone(known, *rows, settings_, until)) known = std::move(*alone);

  TrainReport report;
  report.rows = known.rows;
  report.history = {known.history.start, known.history.end()};
  report.unit_capacity = known.unit_capacity;
  report.notices = calendar.notices;
  for (std::string& warning : dataset_.take_warnings()) report.notices.push_back(std::move(warning));
  for (std::string& doubt : doubts_now(known, until)) report.notices.push_back(std::move(doubt));
  if (!known.last_demand) {
    const std::string why = why_no_demand(known);
    return fail(
        ErrorCode::invalid_input,
        fmt::format("group {}: no row with a demand to learn from: {}; `almanac collect` and `almanac import` bring "
                    "rows",
                    settings_.name, why.empty() ? "what there is cannot be believed" : why));
  }

  forecast::ModelSettings wanted;
  wanted.interval = settings_.interval;
  wanted.cover_window = cover_window(lead_time, settings_.interval, age_of_metrics(until));
  wanted.seed = settings_.seed;
  wanted.use_lstm = settings_.use_lstm;
  report.cover_window = wanted.cover_window;

  const records::LoadedModel stored = models_.load_and_keep();
  if (stored.made_elsewhere && !from_scratch) {
    const std::string what = stored.cpu_model && !stored.is_copy
                                 ? "lstm_model.h5 is a Keras model made elsewhere and serves as it is"
                                 : stored.problem;
    return fail(ErrorCode::unsupported,
                fmt::format("group {}: {}; training would replace it. `almanac train --fresh` does that",
                            settings_.name, what));
  }
  if (!stored.problem.empty() && (stored.model || !stored.etag.empty())) report.notices.push_back(stored.problem);
  report.from_scratch = from_scratch || !stored.model || !(stored.model->settings() == wanted);
  forecast::GroupModel model = report.from_scratch ? forecast::GroupModel(wanted) : *stored.model;
  if (report.from_scratch) {
    const auto features = model.features(known.history, calendar.calendar);
    auto budget = advance_and_warm_up(model, features, known, settings_.policy, lead_time, until, progress);
    if (!budget) return tl::unexpected(with_context(budget.error(), "group " + settings_.name));
    report.budget = *budget;
  } else {
    const auto features = model.features(known.history, calendar.calendar);
    if (auto advanced = planning::advance_with_experts(model, features, until, settings_.policy.utilisation, progress);
        !advanced) {
      return tl::unexpected(with_context(advanced.error(), "group " + settings_.name));
    }
    report.budget = models_.load_budget().value_or(planning::initial_budget(settings_.policy.objective));
  }

  report.winner = model.winner();
  report.scores = model.scores();
  report.trained_until = model.trained_until();
  const auto saved = models_.save(model, stored.etag);
  if (!saved && saved.error().code == ErrorCode::conflict) {
    report.notices.push_back("another training finished first; its model stays");
    return report;
  }
  if (!saved) return tl::unexpected(saved.error());
  report.model_bytes = *saved;
  if (report.from_scratch) {
    if (auto kept = models_.save_budget(report.budget); !kept) return tl::unexpected(kept.error());
  }
  return report;
}

}  // namespace almanac::control

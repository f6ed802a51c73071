#include "control/trainer.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/lead_time.h"
#include "control/punctuality.h"

namespace almanac::control {
namespace {

// Long enough for the controller's gain to settle most of the way; each day costs a refit.
constexpr Duration kWarmUp{14 * kDay};

}  // namespace

Result<planning::ErrorBudget> advance_and_warm_up(forecast::GroupModel& model, const forecast::Features& features,
                                                  const calendar::Calendar& calendar, std::span<const Row> rows,
                                                  const planning::Policy& policy, const ReplayOptions& wanted,
                                                  const ProgressSink& progress) {
  ReplayOptions options = wanted;
  const Timestamp until = wanted.range.end;
  options.range.start = std::max(floor_to(until - kWarmUp, kHour), ceil_to(features.start() + 7 * kDay, kHour));
  Rehearsal rehearsal(policy, planning::load_of(features.history()), options.lead_time, options.range.start);
  const auto played = replay(
      model, features, calendar, rows, options, [&](const ReplayedTick& tick) { rehearsal.play(tick); }, progress);
  if (!played) return tl::unexpected(played.error());
  if (auto advanced = planning::advance_with_experts(model, features, until, policy.utilisation); !advanced)
    return tl::unexpected(advanced.error());
  return rehearsal.budget();
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
  const Duration age = age_of_metrics(until);
  wanted.cover_window = cover_window(lead_time, settings_.interval, age);
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
    const ReplayOptions rehearsed{.range = {until, until},
                                  .lead_time = lead_time,
                                  .utilisation = settings_.policy.utilisation,
                                  .metrics_delay = age};
    auto budget = advance_and_warm_up(model, features, calendar.calendar, *rows, settings_.policy, rehearsed, progress);
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

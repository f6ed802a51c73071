#include "control/group.h"

#include "core/check.h"
#include "records/model_store.h"

namespace almanac::control {

Group::Group(GroupParts parts)
    : parts_(std::move(parts)),
      dataset_(parts_.store, parts_.settings.name, parts_.settings.interval),
      ledger_(parts_.store, parts_.settings.name) {
  if (parts_.metrics) collector_.emplace(*parts_.metrics, dataset_, parts_.collect);
  if (parts_.target) scaler_.emplace(parts_.store, dataset_, *parts_.target, parts_.settings);
}

ports::MetricSource& Group::metrics() {
  ALMANAC_CHECK(parts_.metrics != nullptr, "a group without metrics was asked for them");
  return *parts_.metrics;
}

ports::ScalingGroup& Group::target() {
  ALMANAC_CHECK(parts_.target != nullptr, "a group without a target was asked for it");
  return *parts_.target;
}

std::map<Health, long long> Group::counts() const {
  return scaler_ ? scaler_->counts() : std::map<Health, long long>();
}

Result<void> Group::advance_to(Timestamp now) {
  return parts_.advance ? parts_.advance(now) : Result<void>();
}

Result<CollectReport> Group::collect(Timestamp now, const ProgressSink& progress) {
  ALMANAC_CHECK(collector_.has_value(), "a group without metrics cannot collect");
  const auto calendar = parts_.calendars.load(now);
  if (!calendar) return tl::unexpected(calendar.error());
  return collector_->collect(now, *calendar, progress);
}

Result<CollectReport> Group::backfill(Timestamp from, Timestamp now, const ProgressSink& progress) {
  ALMANAC_CHECK(collector_.has_value(), "a group without metrics cannot collect");
  const auto calendar = parts_.calendars.load(now);
  if (!calendar) return tl::unexpected(calendar.error());
  return collector_->backfill(from, now, *calendar, progress);
}

Result<ScaleReport> Group::scale(Timestamp now, const ScaleOptions& options) {
  ALMANAC_CHECK(scaler_.has_value(), "a group without a target cannot be scaled");
  const auto calendar = parts_.calendars.load(now);
  if (!calendar) return tl::unexpected(calendar.error());
  return scaler_->scale(now, *calendar, options);
}

Result<TickReport> Group::tick(Timestamp now, const TickOptions& options, const ProgressSink& progress,
                               const std::vector<ports::Notifier*>& notifiers) {
  ALMANAC_CHECK(collector_ && scaler_, "a group without metrics and target has no ticks");
  return control::tick(*collector_, *scaler_, parts_.calendars, now, options, progress, notifiers);
}

Result<TrainReport> Group::train(Timestamp now, const TrainOptions& options, const ProgressSink& progress) {
  const auto calendar = parts_.calendars.load(now);
  if (!calendar) return tl::unexpected(calendar.error());
  GroupSettings settings = parts_.settings;
  settings.use_lstm = settings.use_lstm && options.use_lstm;
  return Trainer(parts_.store, dataset_, std::move(settings))
      .train(now, *calendar, lead_time(now).value, options.from_scratch, progress);
}

Result<GroupForecast> Group::forecast(Timestamp now, Duration ahead) {
  const Duration interval = parts_.settings.interval;
  const Timestamp tick = floor_to(now, interval);
  auto calendar = parts_.calendars.load(now);
  if (!calendar) return tl::unexpected(calendar.error());
  const auto rows = dataset_.read({tick - kHistoryKept, tick});
  if (!rows) return tl::unexpected(rows.error());
  GroupForecast made{{}, std::move(*calendar)};
  std::optional<int> desired;
  Duration late{0};
  if (scaler_) {
    if (const auto usual = scaler_->punctuality(tick)) late = usual->age % interval;
    if (const auto state = parts_.target->describe()) {
      made.unit = state->unit;
      if (state->capacity_known) desired = state->desired;
    }
  }
  auto horizon = forecast_horizon(know(*rows, parts_.settings, tick), records::ModelStore(parts_.store, name()).load(),
                                  made.calendar.calendar, cover_window(lead_time(tick).value, interval, late), tick,
                                  ahead, desired);
  if (!horizon) return tl::unexpected(horizon.error());
  made.horizon = std::move(*horizon);
  return made;
}

LeadTime Group::lead_time(Timestamp now) {
  const auto last = [&]() -> std::optional<Duration> {
    const auto record = ledger_.latest(now);
    return record && *record ? std::optional((*record)->decision.lead_time) : std::nullopt;
  };
  return lead_time_at(parts_.settings, parts_.target.get(), last, now);
}

}  // namespace almanac::control

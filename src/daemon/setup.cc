#include "daemon/setup.h"

#include "daemon/schedule.h"
#include "records/ledger.h"
#include "records/model_store.h"

namespace almanac::daemon {

Result<std::shared_ptr<Setup>> Setup::open(wiring::Config config, const wiring::SessionOptions& options,
                                           std::shared_ptr<ports::ObjectStore> store) {
  auto session = wiring::Session::open(std::move(config), options, std::move(store));
  if (!session) return tl::unexpected(session.error());
  std::shared_ptr<Setup> setup(new Setup(std::move(*session)));
  auto notifiers = setup->session_.notifiers();
  if (!notifiers) return tl::unexpected(notifiers.error());
  setup->notifiers_ = std::move(*notifiers);
  return setup;
}

Result<const wiring::GroupConfig*> Setup::group(const std::string& name) const {
  for (const wiring::GroupConfig* group : session_.groups()) {
    if (group->name == name) return group;
  }
  return fail(ErrorCode::not_found, "there is no group \"" + name + "\" here");
}

Result<std::unique_ptr<wiring::GroupWiring>> Setup::wire(const wiring::GroupConfig& group, Timestamp now) {
  return session_.wire(group, now);
}

std::unique_ptr<wiring::GroupWiring> Setup::wire_history(const wiring::GroupConfig& group) {
  return session_.wire_history(group);
}

WarmGroup::WarmGroup(std::shared_ptr<Setup> setup, std::unique_ptr<wiring::GroupWiring> wiring)
    : setup_(std::move(setup)),
      wiring_(std::move(wiring)),
      collector_(*wiring_->source, wiring_->dataset, wiring_->collect),
      scaler_(setup_->store(), wiring_->dataset, *wiring_->group, wiring_->settings) {}

Result<std::unique_ptr<WarmGroup>> WarmGroup::make(std::shared_ptr<Setup> setup, const std::string& group,
                                                   Timestamp now) {
  const auto config = setup->group(group);
  if (!config) return tl::unexpected(config.error());
  auto wiring = setup->wire(**config, now);
  if (!wiring) return tl::unexpected(wiring.error());
  return std::unique_ptr<WarmGroup>(new WarmGroup(std::move(setup), std::move(*wiring)));
}

Result<control::TickReport> WarmGroup::tick(Timestamp now) {
  if (auto advanced = wiring_->advance(now); !advanced) return tl::unexpected(advanced.error());
  return control::tick(collector_, scaler_, wiring_->calendars, now, {.when_due = true}, {}, setup_->notifiers());
}

Result<Timestamp> plan_training(Setup& setup, const wiring::GroupConfig& group, Timestamp now) {
  const auto wiring = setup.wire_history(group);
  const auto rows = wiring->dataset.read({now - 14 * kDay, now});
  if (!rows) return tl::unexpected(rows.error());
  const auto model = records::ModelStore(setup.store(), group.name).load();
  std::optional<Timestamp> trained_until;
  if (model.model) trained_until = model.model->trained_until();
  return next_training(trained_until, quiet_hour(*rows), training_jitter(group.name), now);
}

Result<control::TrainReport> train(Setup& setup, const wiring::GroupConfig& group, Timestamp now,
                                   const ProgressSink& progress) {
  const auto wiring = setup.wire_history(group);
  const auto calendar = wiring->calendars.load(now);
  if (!calendar) return tl::unexpected(calendar.error());
  Duration lead = wiring->settings.lead_time.value_or(wiring->settings.usual_lead_time);
  const auto last = records::Ledger(setup.store(), group.name).latest(now);
  if (!wiring->settings.lead_time && last && *last) lead = (*last)->decision.lead_time;
  return control::Trainer(setup.store(), wiring->dataset, wiring->settings)
      .train(now, *calendar, lead, false, progress);
}

}  // namespace almanac::daemon

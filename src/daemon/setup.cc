#include "daemon/setup.h"

#include "daemon/schedule.h"
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

Result<Timestamp> plan_training(Setup& setup, const wiring::GroupConfig& group, Timestamp now) {
  const auto rows = setup.history(group)->dataset().read({now - 14 * kDay, now});
  if (!rows) return tl::unexpected(rows.error());
  const auto model = records::ModelStore(setup.store(), group.name).load();
  std::optional<Timestamp> trained_until;
  if (model.model) trained_until = model.model->trained_until();
  return next_training(trained_until, quiet_hour(*rows), training_jitter(group.name), now);
}

}  // namespace almanac::daemon

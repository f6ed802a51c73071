#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "adapters/aws/client/credentials.h"
#include "core/mutex.h"
#include "ports/clock.h"

namespace almanac::adapters::aws {

// Keeps credentials until shortly before they expire: renewed 15 minutes before, or in the last quarter of a shorter
// life. When that fails, the old ones serve on while they live, and it is tried again a minute later. One thread
// renews; others take the old ones meanwhile, or wait when those are of no use any more.
class CredentialCache final : public CredentialSource {
 public:
  CredentialCache(std::unique_ptr<CredentialProvider> provider, std::shared_ptr<const ports::Clock> clock)
      : provider_(std::move(provider)), clock_(std::move(clock)) {}

  Result<std::shared_ptr<const Credentials>> current() override;
  void refused(const std::shared_ptr<const Credentials>& used) override;

 private:
  bool usable(Timestamp now) const ALMANAC_REQUIRES(mutex_);
  bool due(Timestamp now) const ALMANAC_REQUIRES(mutex_);
  void take(Result<std::optional<Credentials>> loaded, Timestamp now) ALMANAC_REQUIRES(mutex_);

  std::unique_ptr<CredentialProvider> provider_;  // touched by the one thread that renews
  std::shared_ptr<const ports::Clock> clock_;

  Mutex mutex_;
  Condition renewed_;
  bool renewing_ ALMANAC_GUARDED_BY(mutex_) = false;
  // How often, so that who waited knows the outcome is new.
  std::uint64_t renewals_ ALMANAC_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<const Credentials> held_ ALMANAC_GUARDED_BY(mutex_);
  std::optional<Timestamp> renew_at_ ALMANAC_GUARDED_BY(mutex_);  // nothing: never
  std::optional<Timestamp> dead_at_ ALMANAC_GUARDED_BY(mutex_);   // nothing: never
  std::optional<Error> last_error_ ALMANAC_GUARDED_BY(mutex_);    // of the last renewal
};

}  // namespace almanac::adapters::aws

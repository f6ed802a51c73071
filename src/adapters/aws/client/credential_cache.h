#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "adapters/aws/client/credentials.h"
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
  bool usable(Timestamp now) const;
  bool due(Timestamp now) const;
  void take(Result<std::optional<Credentials>> loaded, Timestamp now);

  std::unique_ptr<CredentialProvider> provider_;  // touched by the one thread that renews
  std::shared_ptr<const ports::Clock> clock_;

  std::mutex mutex_;  // of all below
  std::condition_variable renewed_;
  bool renewing_ = false;
  std::uint64_t renewals_ = 0;  // how often, so that who waited knows the outcome is new
  std::shared_ptr<const Credentials> held_;
  std::optional<Timestamp> renew_at_;  // nothing: never
  std::optional<Timestamp> dead_at_;   // nothing: never
  std::optional<Error> last_error_;    // of the last renewal
};

}  // namespace almanac::adapters::aws

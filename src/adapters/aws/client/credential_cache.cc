#include "adapters/aws/client/credential_cache.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::adapters::aws {
namespace {

constexpr Duration kWindow = 15 * kMinute;

}  // namespace

bool CredentialCache::usable(Timestamp now) const {
  return held_ != nullptr && (!dead_at_ || now < *dead_at_);
}

bool CredentialCache::due(Timestamp now) const {
  return !usable(now) || (renew_at_ && now >= *renew_at_);
}

void CredentialCache::take(Result<std::optional<Credentials>> loaded, Timestamp now) {
  ++renewals_;
  last_error_.reset();
  if (loaded && *loaded) {
    held_ = std::make_shared<const Credentials>(std::move(**loaded));
    renew_at_.reset();
    dead_at_.reset();
    if (held_->expires) {
      const auto window = std::min(kWindow, std::max((*held_->expires - now) / 4, Duration{0}));
      renew_at_ = std::max(*held_->expires - window, now + kMinute);
      // Fresh ones that seem to have expired are tried all the same: it may be this machine's clock that is wrong.
      dead_at_ = std::max(*held_->expires, now + kMinute);
    }
    return;
  }
  last_error_ =
      loaded ? Error{ErrorCode::permission_denied, "AWS credentials: none found; looked in " + provider_->place()}
             : std::move(loaded.error());
  if (usable(now)) {
    renew_at_ = now + kMinute;
  } else if (held_ != nullptr && held_->expires && now >= *held_->expires) {
    *last_error_ =
        with_context(std::move(*last_error_), fmt::format("the credentials from {} expired at {} and cannot be renewed",
                                                          held_->source, format_timestamp(*held_->expires)));
  }
}

Result<std::shared_ptr<const Credentials>> CredentialCache::current() {
  MutexLock lock(mutex_);
  const auto seen = renewals_;
  while (renewing_) {
    if (usable(clock_->now())) return held_;
    renewed_.wait(lock);
  }
  const auto now = clock_->now();
  if (!due(now)) return held_;
  // Who waited for a renewal that failed has its error; asking again at once would only wait again.
  if (renewals_ != seen && !usable(now) && last_error_) return tl::unexpected(*last_error_);
  renewing_ = true;
  lock.unlock();
  auto loaded = provider_->load();
  lock.lock();
  take(std::move(loaded), clock_->now());
  renewing_ = false;
  renewed_.notify_all();
  if (usable(clock_->now())) return held_;
  return tl::unexpected(last_error_.value_or(Error{ErrorCode::permission_denied, "AWS credentials: expired"}));
}

void CredentialCache::refused(const std::shared_ptr<const Credentials>& used) {
  const MutexLock lock(mutex_);
  if (used != nullptr && held_ == used) dead_at_ = clock_->now();
}

}  // namespace almanac::adapters::aws

#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/mutex.h"
#include "core/random.h"

namespace almanac::adapters::aws {

// The "standard" retry mode of docs.aws.amazon.com, "Retry behavior".

inline constexpr int kAttempts = 3;
inline constexpr std::chrono::milliseconds kLongestPause{20'000};

enum class FailureKind { permanent, transient, throttled, timed_out };

// What an answer's status and the service's code say about trying again.
FailureKind classify(int status, std::string_view code);

// Before retry number `retry` (from 1): a uniformly random share of 1 s * 2^(retry - 1), at most kLongestPause, and no
// less than the service asks for.
std::chrono::milliseconds pause_before(int retry, std::optional<std::chrono::milliseconds> asked, Random& random);

// Of a Retry-After header in seconds. Nothing for a date or nonsense.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view seconds);

// Keeps a client from hammering a service that is down: retries are paid from a bucket that successes refill.
// Thread-safe.
class RetryBudget {
 public:
  static constexpr int kCapacity = 500;
  static constexpr int kRetryCost = 5;
  static constexpr int kTimeoutCost = 10;

  // The price of a retry after `kind`, or nothing when the budget does not have it.
  std::optional<int> take(FailureKind kind);
  // A call succeeded; `paid` for its last retry comes back, or 1 when it needed none.
  void succeeded(int paid);
  int left() const;

 private:
  mutable Mutex mutex_;
  int left_ ALMANAC_GUARDED_BY(mutex_) = kCapacity;
};

}  // namespace almanac::adapters::aws

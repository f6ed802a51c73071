#include "adapters/aws/client/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {
namespace {

constexpr std::array<std::string_view, 14> kThrottling{"Throttling",
                                                       "ThrottlingException",
                                                       "ThrottledException",
                                                       "RequestThrottledException",
                                                       "RequestThrottled",
                                                       "TooManyRequestsException",
                                                       "TooManyRequests",
                                                       "RequestLimitExceeded",
                                                       "SlowDown",
                                                       "BandwidthLimitExceeded",
                                                       "EC2ThrottledException",
                                                       "ProvisionedThroughputExceededException",
                                                       "PriorRequestNotComplete",
                                                       "TransactionInProgressException"};

// Transient although the status may be 400.
constexpr std::array<std::string_view, 7> kTransient{
    "RequestTimeout",     "RequestTimeoutException", "InternalError",       "InternalFailure",
    "ServiceUnavailable", "IDPCommunicationError",   "InternalServiceError"};

template <typename Table>
bool has(const Table& table, std::string_view code) {
  return std::find(table.begin(), table.end(), code) != table.end();
}

}  // namespace

FailureKind classify(int status, std::string_view code) {
  if (has(kThrottling, code) || status == 429) return FailureKind::throttled;
  if (has(kTransient, code)) return FailureKind::transient;
  if (status == 500 || status == 502 || status == 503 || status == 504) return FailureKind::transient;
  return FailureKind::permanent;
}

std::chrono::milliseconds pause_before(int retry, std::optional<std::chrono::milliseconds> asked, Random& random) {
  const double ceiling = std::ldexp(1000.0, std::clamp(retry - 1, 0, 20));
  const auto drawn = std::chrono::milliseconds(static_cast<std::int64_t>(random.uniform() * ceiling));
  return std::max(std::min(drawn, kLongestPause), asked.value_or(std::chrono::milliseconds{0}));
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view seconds) {
  const auto text = trimmed(seconds);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return std::chrono::milliseconds(std::int64_t{1000} * value);
}

std::optional<int> RetryBudget::take(FailureKind kind) {
  const int cost = kind == FailureKind::timed_out ? kTimeoutCost : kRetryCost;
  const MutexLock lock(mutex_);
  if (left_ < cost) return std::nullopt;
  left_ -= cost;
  return cost;
}

void RetryBudget::succeeded(int paid) {
  const MutexLock lock(mutex_);
  left_ = std::min(left_ + std::max(paid, 1), kCapacity);
}

int RetryBudget::left() const {
  const MutexLock lock(mutex_);
  return left_;
}

}  // namespace almanac::adapters::aws

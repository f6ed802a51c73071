#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/aws/client/aws_client.h"
#include "adapters/aws/client/credentials.h"
#include "adapters/aws/client/endpoint.h"
#include "adapters/aws/client/profile_file.h"
#include "adapters/aws/client/retry.h"
#include "core/mutex.h"
#include "core/random.h"
#include "ports/clock.h"
#include "ports/http_transport.h"

namespace almanac::adapters::aws {

struct SenderOptions {
  std::shared_ptr<ports::HttpTransport> transport;
  std::shared_ptr<const ports::Clock> clock;
  std::shared_ptr<const AwsConfiguration> configuration;
  std::optional<std::string> endpoint_url;
  std::string region;
  std::function<void(std::chrono::milliseconds)> sleep;
  std::uint64_t seed = 0;
};

// A call's way over the wire: endpoint, signature, retries, the clock's correction. Thread-safe; the retry budget and
// the learnt skew are shared by all calls.
class RequestSender {
 public:
  explicit RequestSender(SenderOptions options);

  struct Outcome {
    Result<AwsAnswer> answer;
    std::string refused_code;  // the service's code when it refused; for is_credentials_refusal()
  };

  // `credentials` null: not signed, as AssumeRoleWithWebIdentity wants it.
  Outcome send(const AwsCall& call, const Credentials* credentials);

  const std::string& region() const { return options_.region; }

 private:
  struct Attempt;
  Attempt attempt(const AwsCall& call, const ports::HttpRequest& request, const Credentials* credentials, int number);
  Timestamp signing_time() const;
  std::chrono::milliseconds pause(int retry, std::optional<std::chrono::milliseconds> asked);

  SenderOptions options_;
  RetryBudget budget_;
  mutable Mutex mutex_;
  Random random_ ALMANAC_GUARDED_BY(mutex_);
  Duration skew_ ALMANAC_GUARDED_BY(mutex_){0};  // the services' time minus ours
};

// The request as it goes out, signed for `time` unless `credentials` is null. Pure; for RequestSender and tests.
ports::HttpRequest build_request(const AwsCall& call, const Endpoint& endpoint, const std::string& region,
                                 const Credentials* credentials, Timestamp time);

}  // namespace almanac::adapters::aws

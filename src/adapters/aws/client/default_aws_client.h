#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/aws/client/aws_client.h"
#include "adapters/aws/client/credentials.h"
#include "adapters/aws/client/environment.h"
#include "core/result.h"
#include "ports/clock.h"
#include "ports/http_transport.h"

namespace almanac::adapters::aws {

struct AwsClientOptions {
  std::shared_ptr<ports::HttpTransport> transport;  // required
  std::shared_ptr<const ports::Clock> clock;        // required
  std::optional<std::string> region;        // else AWS_REGION, AWS_DEFAULT_REGION, the profile's, that of the instance
  std::optional<std::string> profile;       // else AWS_PROFILE, else "default"
  std::optional<std::string> endpoint_url;  // of every service, over all variables and profiles; for emulators
  Environment environment = process_environment();
  std::function<void(std::chrono::milliseconds)> sleep;  // else the thread sleeps
  std::optional<std::uint64_t> seed;                     // of the jitter; else different in every process
  std::shared_ptr<CredentialSource> credentials;         // else a chain of its own; see make_credential_source
};

// The chain of docs.aws.amazon.com "Standardized credential providers", cached: environment, profile (static keys,
// roles, web identity, process), web identity, container, instance. Nothing is asked before the first call. Clients of
// several regions share one.
Result<std::shared_ptr<CredentialSource>> make_credential_source(const AwsClientOptions& options);

// invalid_input when no region is known, a profile file cannot be read or an endpoint is no URL. Only when the region
// stands nowhere else is the instance's metadata service asked (1 s). Errors of credentials come with the first call.
Result<std::shared_ptr<AwsClient>> make_aws_client(AwsClientOptions options);

}  // namespace almanac::adapters::aws

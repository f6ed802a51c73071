#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/aws/client/aws_client.h"
#include "adapters/aws/client/credentials.h"
#include "core/result.h"
#include "core/time.h"

namespace almanac::adapters::aws {

// What a service says of a refused call, from XML (Query services, S3) or JSON. Fields it leaves out are empty.
struct ServiceError {
  std::string code;     // "AccessDenied"; of JSON without namespace and address
  std::string message;  // fit for a message: no signature, key, canonical request or control character
  std::string request_id;
  std::string region;  // S3: where the bucket is
};

// Never fails: a body that is neither says nothing, and what the headers say is taken (x-amzn-errortype, request ids,
// x-amz-bucket-region).
ServiceError read_service_error(const ports::HttpResponse& response);

// Cuts everything that AWS echoes of a signed request (from "The Canonical String" on, values of Credential=,
// Signature=, access key ids), then control characters. Bounded length.
std::string without_secrets(std::string_view message);

// What stands around the refusal; for the advice in it.
struct CallContext {
  std::string region;
  const Credentials* credentials = nullptr;  // those that signed; null when unsigned
  Timestamp now;                             // of the machine's clock
  std::optional<Duration> skew;              // the server's clock minus ours, where its answer had a date
  int attempts = 1;
};

// The error of a call that was answered with `status`, in the form
// "Auto Scaling SetDesiredCapacity, group shop: AccessDenied (403): User ... is not authorized ... [request 1234];
// grant autoscaling:SetDesiredCapacity on it". The code is as AwsClient::call() says.
Error service_failure(const AwsCall& call, int status, const ServiceError& error, const CallContext& context);

// The same for one that got no answer: names the call in front and says what to look at.
Error transport_failure(const AwsCall& call, const Error& error, const CallContext& context);

// The service does not know these credentials any more (expired, rotated): fresh ones may help.
bool is_credentials_refusal(std::string_view code);

// "CloudWatch" for "monitoring".
std::string_view service_title(std::string_view service);

}  // namespace almanac::adapters::aws

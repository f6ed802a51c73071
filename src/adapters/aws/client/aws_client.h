#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "ports/http_transport.h"

namespace almanac::adapters::aws {

// One call of an AWS API, before signing. Path and query are plain text: the client encodes, sorts and signs them.
struct AwsCall {
  std::string service;    // "s3", "autoscaling", "monitoring", "sns", "sts": endpoint prefix and signing name
  std::string operation;  // "PutObject": for messages
  std::string resource;   // "s3://bucket/key", "group shop": for messages
  std::string method = "POST";
  // "bucket." for every call on an S3 bucket, with `path` that of the object; empty otherwise. The client turns it into
  // path-style ("/bucket/key") where the endpoint or the bucket's name needs that.
  std::string host_prefix;
  std::string path = "/";
  std::vector<std::pair<std::string, std::string>> query;
  ports::HttpHeaders headers;
  std::string body;
  std::vector<int> expected;  // statuses besides 2xx that are an answer, not an error: 404, 412
  // false: an attempt whose effect is unknown (the connection broke, or 500, 502, 504) is reported as timed_out, not
  // repeated.
  bool repeat_after_timeout = true;
  std::chrono::milliseconds timeout{20'000};
  std::size_t max_response_bytes = 64U << 20U;
};

struct AwsAnswer {
  int status = 0;
  ports::HttpHeaders headers;  // names in lower case
  std::string body;
  std::string error_code;  // of an `expected` status that is no 2xx, as the service names it: "PreconditionFailed"
};

// Signs and sends calls of one region with one set of credentials: standard retries with a token bucket, correction of
// a skewed clock, refreshed credentials. Thread-safe.
class AwsClient {
 public:
  virtual ~AwsClient() = default;

  // Errors name service, operation, resource, the service's own code and message, and what to do; never credentials.
  // throttled, unavailable, timed_out: after the retries. permission_denied: no credentials, or they are refused, or
  // the action is denied. not_found, conflict, invalid_input: the service says so.
  virtual Result<AwsAnswer> call(const AwsCall& call) = 0;
  virtual const std::string& region() const = 0;
};

}  // namespace almanac::adapters::aws

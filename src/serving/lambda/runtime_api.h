#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"
#include "ports/http_transport.h"

namespace almanac::serving::lambda {

// What Lambda takes as the answer to one invocation, and hands over with one.
inline constexpr std::size_t kLargestPayload = 6U << 20U;

struct Invocation {
  std::string request_id;
  std::optional<Timestamp> deadline;  // the process is stopped then; rounded down to the second
  std::string trace_id;               // of X-Ray; empty where tracing is off
  std::string payload;                // the event, JSON
};

// What CloudWatch and the caller get to read of a failure.
struct Failure {
  std::string type;  // "almanac.timed_out"
  std::string message;
};

Failure to_failure(const Error& error);

// The runtime's side of the AWS Lambda Runtime API, version 2018-06-01 ("Using the Lambda runtime API", AWS Lambda
// developer guide). One invocation at a time: `next` gives it, exactly one `respond` or `report` ends it.
class RuntimeApi {
 public:
  // `host` is $AWS_LAMBDA_RUNTIME_API, "127.0.0.1:9001". `transport` must outlive the object.
  RuntimeApi(ports::HttpTransport& transport, std::string_view host);

  // Waits for the next invocation, as long as it takes: the process is frozen meanwhile. Errors are those of the
  // transport; unavailable for an answer other than 200; corrupt for one without a request id.
  Result<Invocation> next();

  // The result of an invocation, JSON. invalid_input where Lambda does not take it (too large, or the invocation is
  // over); unavailable where the API says that the process must end, or cannot be reached.
  Result<void> respond(const std::string& request_id, std::string_view json);

  // The invocation failed; errors as above.
  Result<void> report(const std::string& request_id, const Failure& failure);

  // The function cannot start. The process ends afterwards.
  Result<void> report_init(const Failure& failure);

 private:
  Result<void> post(const std::string& path, std::string_view body, const ports::HttpHeaders& headers);
  Result<void> post_failure(const std::string& path, const Failure& failure);

  ports::HttpTransport& transport_;
  std::string base_;  // "http://host/2018-06-01/runtime"
};

}  // namespace almanac::serving::lambda

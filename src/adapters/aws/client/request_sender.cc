#include "adapters/aws/client/request_sender.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "adapters/aws/client/clock_skew.h"
#include "adapters/aws/client/service_error.h"

namespace almanac::adapters::aws {

// What one exchange came to.
struct RequestSender::Attempt {
  std::optional<AwsAnswer> answer;
  std::optional<Error> error;  // one of the two is there
  FailureKind kind = FailureKind::permanent;
  bool effect_unknown = false;
  std::string code;  // the service's
  std::optional<std::chrono::milliseconds> retry_after;
  std::optional<Duration> skew;  // when a wrong clock is the reason
};

RequestSender::RequestSender(SenderOptions options) : options_(std::move(options)), random_(options_.seed) {
  if (!options_.sleep) options_.sleep = [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); };
}

Timestamp RequestSender::signing_time() const {
  const MutexLock lock(mutex_);
  return options_.clock->now() + skew_;
}

std::chrono::milliseconds RequestSender::pause(int retry, std::optional<std::chrono::milliseconds> asked) {
  const MutexLock lock(mutex_);
  return pause_before(retry, asked, random_);
}

RequestSender::Attempt RequestSender::attempt(const AwsCall& call, const ports::HttpRequest& request,
                                              const Credentials* credentials, int number) {
  Attempt result;
  CallContext context{.region = options_.region, .credentials = credentials, .attempts = number};
  auto response = options_.transport->send(request);
  context.now = options_.clock->now();
  if (!response) {
    result.error = transport_failure(call, response.error(), context);
    if (response.error().code == ErrorCode::timed_out) result.kind = FailureKind::timed_out;
    if (response.error().code == ErrorCode::unavailable) result.kind = FailureKind::transient;
    result.effect_unknown = result.kind == FailureKind::timed_out;
    return result;
  }
  if (response->status >= 200 && response->status < 300) {
    result.answer = AwsAnswer{response->status, std::move(response->headers), std::move(response->body), {}};
    return result;
  }
  const auto error = read_service_error(*response);
  result.code = error.code;
  result.kind = classify(response->status, error.code);
  const auto date = response->header("date").value_or("");
  if (const auto server = parse_http_date(date)) context.skew = *server - context.now;
  result.skew = skew_behind(error.code, date, context.now);
  const bool expected = std::find(call.expected.begin(), call.expected.end(), response->status) != call.expected.end();
  if (expected && result.kind == FailureKind::permanent && !result.skew) {
    result.answer = AwsAnswer{response->status, std::move(response->headers), std::move(response->body), error.code};
    return result;
  }
  result.effect_unknown = response->status == 500 || response->status == 502 || response->status == 504;
  result.retry_after = parse_retry_after(response->header("retry-after").value_or(""));
  result.error = service_failure(call, response->status, error, context);
  return result;
}

RequestSender::Outcome RequestSender::send(const AwsCall& call, const Credentials* credentials) {
  const auto endpoint = resolve_endpoint(*options_.configuration, options_.endpoint_url, call.service, options_.region);
  if (!endpoint) return {tl::unexpected(with_context(endpoint.error(), service_title(call.service))), {}};
  int paid = 0;
  bool clock_corrected = false;
  for (int number = 1;; ++number) {
    const auto time = signing_time();
    const auto request = build_request(call, *endpoint, options_.region, credentials, time);
    auto result = attempt(call, request, credentials, number);
    if (result.answer) {
      budget_.succeeded(paid);
      return {std::move(*result.answer), {}};
    }
    Outcome failed{tl::unexpected(std::move(*result.error)), std::move(result.code)};
    if (result.skew && !clock_corrected && credentials != nullptr) {
      const MutexLock lock(mutex_);
      clock_corrected = true;
      // Where the signature was made with this correction already, another one will not help.
      const auto change = *result.skew - (time - options_.clock->now());
      if (change >= kMinute || change <= -kMinute) {
        skew_ = *result.skew;
        continue;
      }
    }
    if (result.kind == FailureKind::permanent || number >= kAttempts) return failed;
    if (result.effect_unknown && !call.repeat_after_timeout) return failed;
    if (result.retry_after.value_or(std::chrono::milliseconds{0}) > kLongestPause) return failed;
    const auto price = budget_.take(result.kind);
    if (!price) return failed;
    paid = *price;
    options_.sleep(pause(number, result.retry_after));
  }
}

}  // namespace almanac::adapters::aws

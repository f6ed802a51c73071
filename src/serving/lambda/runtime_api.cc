#include "serving/lambda/runtime_api.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

namespace almanac::serving::lambda {
namespace {

// An event that is larger than Lambda promises is still read, so that its invocation can be told so.
constexpr std::size_t kLargestRead = 4 * kLargestPayload;
constexpr std::size_t kLargestMessage = 64U << 10U;
constexpr std::chrono::milliseconds kAnswerTimeout{10'000};

std::string header(const ports::HttpResponse& response, std::string_view name) {
  return std::string(response.header(name).value_or(""));
}

std::optional<Timestamp> read_deadline(std::string_view milliseconds) {
  long long value = 0;
  const auto [end, error] = std::from_chars(milliseconds.data(), milliseconds.data() + milliseconds.size(), value);
  if (error != std::errc{} || end != milliseconds.data() + milliseconds.size() || value <= 0) return std::nullopt;
  return Timestamp{std::chrono::floor<Duration>(std::chrono::milliseconds(value))};
}

std::string error_json(const Failure& failure) {
  const nlohmann::json body{{"errorType", failure.type},
                            {"errorMessage", failure.message.substr(0, kLargestMessage)},
                            {"stackTrace", nlohmann::json::array()}};
  return body.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Failure to_failure(const Error& error) {
  return {fmt::format("almanac.{}", to_string(error.code)), error.message};
}

RuntimeApi::RuntimeApi(ports::HttpTransport& transport, std::string_view host)
    : transport_(transport), base_(fmt::format("http://{}/2018-06-01/runtime", host)) {}

Result<Invocation> RuntimeApi::next() {
  ports::HttpRequest request;
  request.url = base_ + "/invocation/next";
  request.timeout = std::chrono::milliseconds{0};
  request.max_response_bytes = kLargestRead;
  auto response = transport_.send(request);
  if (!response) return tl::unexpected(response.error());
  if (response->status != 200) {
    return fail(ErrorCode::unavailable, fmt::format("{}: answered {}, expected 200", request.url, response->status));
  }
  Invocation invocation;
  invocation.request_id = header(*response, "lambda-runtime-aws-request-id");
  invocation.deadline = read_deadline(header(*response, "lambda-runtime-deadline-ms"));
  invocation.trace_id = header(*response, "lambda-runtime-trace-id");
  invocation.payload = std::move(response->body);
  if (invocation.request_id.empty()) {
    return fail(ErrorCode::corrupt, request.url + ": the answer has no header Lambda-Runtime-Aws-Request-Id");
  }
  return invocation;
}

Result<void> RuntimeApi::respond(const std::string& request_id, std::string_view json) {
  return post("/invocation/" + request_id + "/response", json, {{"Content-Type", "application/json"}});
}

Result<void> RuntimeApi::report(const std::string& request_id, const Failure& failure) {
  return post_failure("/invocation/" + request_id + "/error", failure);
}

Result<void> RuntimeApi::report_init(const Failure& failure) {
  return post_failure("/init/error", failure);
}

Result<void> RuntimeApi::post_failure(const std::string& path, const Failure& failure) {
  return post(path, error_json(failure),
              {{"Content-Type", "application/vnd.aws.lambda.error+json"},
               {"Lambda-Runtime-Function-Error-Type", failure.type}});
}

Result<void> RuntimeApi::post(const std::string& path, std::string_view body, const ports::HttpHeaders& headers) {
  ports::HttpRequest request;
  request.method = "POST";
  request.url = base_ + path;
  request.headers = headers;
  request.body = body;
  request.timeout = kAnswerTimeout;
  const auto response = transport_.send(request);
  if (!response) {
    // Nothing but Lambda itself is at the other end: where it is gone, the process has no purpose.
    return fail(ErrorCode::unavailable, response.error().message);
  }
  if (response->status / 100 == 2) return {};
  // The guide calls 500 a state from which the process cannot recover; the others concern this one answer.
  return fail(response->status >= 500 ? ErrorCode::unavailable : ErrorCode::invalid_input,
              fmt::format("{}: answered {}, expected 202", request.url, response->status));
}

}  // namespace almanac::serving::lambda

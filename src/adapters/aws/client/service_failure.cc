#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/aws/client/clock_skew.h"
#include "adapters/aws/client/retry.h"
#include "adapters/aws/client/service_error.h"
#include "adapters/aws/client/text.h"

// Which ErrorCode a refusal is, and what a person can do about it.

namespace almanac::adapters::aws {
namespace {

template <std::size_t size>
bool has(const std::array<std::string_view, size>& table, std::string_view code) {
  return std::find(table.begin(), table.end(), code) != table.end();
}

constexpr std::array<std::string_view, 6> kExpired{"ExpiredToken",         "ExpiredTokenException",
                                                   "TokenRefreshRequired", "ExpiredCredentials",
                                                   "RequestExpired",       "ExpiredTokenId"};
constexpr std::array<std::string_view, 7> kUnknownKeys{
    "InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException",
    "InvalidToken",         "InvalidAccessKey",   "InvalidClientTokenIdException",
    "NotSignedUp"};
constexpr std::array<std::string_view, 7> kDenied{
    "AccessDenied", "AccessDeniedException",      "UnauthorizedOperation", "AuthorizationError", "NotAuthorized",
    "Forbidden",    "AuthorizationErrorException"};
constexpr std::array<std::string_view, 8> kBadSignature{"SignatureDoesNotMatch",
                                                        "InvalidSignatureException",
                                                        "InvalidSignature",
                                                        "IncompleteSignature",
                                                        "AuthFailure",
                                                        "MissingAuthenticationToken",
                                                        "IncompleteSignatureException",
                                                        "MissingAuthenticationTokenException"};
constexpr std::array<std::string_view, 3> kWrongTime{"RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired"};
constexpr std::array<std::string_view, 7> kMissing{"NoSuchKey",
                                                   "NoSuchBucket",
                                                   "NotFound",
                                                   "NotFoundException",
                                                   "NoSuchEntity",
                                                   "ResourceNotFound",
                                                   "ResourceNotFoundException"};
constexpr std::array<std::string_view, 7> kConflict{
    "ConditionalRequestConflict", "PreconditionFailed", "OperationAborted",
    "ScalingActivityInProgress",  "ResourceInUse",      "ResourceContention",
    "ConcurrentModification"};
constexpr std::array<std::string_view, 6> kElsewhere{
    "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect",
    "Redirect",          "PermanentRedirectException"};

// "4 min" or "35 s"; the sign is said in words.
std::string rough(Duration duration) {
  const auto seconds = std::abs(duration.count());
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", (seconds + 30) / 60);
  return fmt::format("{} h", (seconds + 1800) / 3600);
}

std::string about_clock(const CallContext& context) {
  if (!context.skew || std::abs(context.skew->count()) < 60) return {};
  return fmt::format("the clock of this machine is {} {}; set it, or let chrony or systemd-timesyncd do so",
                     rough(*context.skew), context.skew->count() > 0 ? "behind" : "ahead");
}

std::string source_of(const CallContext& context) {
  return context.credentials == nullptr ? "no credentials" : "credentials from " + context.credentials->source;
}

// The IAM action that permits the call; policies name services differently than hosts.
std::string iam_action(const AwsCall& call) {
  const std::string_view service = call.service == "monitoring" ? std::string_view("cloudwatch") : call.service;
  std::string_view action = call.operation;
  if (call.service == "s3") {
    if (action.starts_with("ListObjects") || action == "HeadBucket") action = "ListBucket";
    if (action == "HeadObject") action = "GetObject";
  }
  return fmt::format("{}:{}", service, action);
}

std::string about_denial(const AwsCall& call, const CallContext& context) {
  auto advice = fmt::format("grant {} on {} to the identity of the {}", iam_action(call),
                            call.resource.empty() ? "it" : call.resource, source_of(context));
  if (call.service == "s3" && (call.operation == "GetObject" || call.operation == "HeadObject"))
    advice += " (and s3:ListBucket on the bucket, without which a missing object looks forbidden)";
  return advice;
}

std::string about_expiry(const CallContext& context) {
  if (context.credentials != nullptr && context.credentials->expires)
    return fmt::format("the {} expired at {}; renew them", source_of(context),
                       format_timestamp(*context.credentials->expires));
  return fmt::format("the {} have expired; renew them", source_of(context));
}

std::string about_region(const ServiceError& error, const CallContext& context) {
  if (error.region.empty() || error.region == context.region)
    return fmt::format("it is not in the region {}; set its own one", context.region);
  return fmt::format("it is in the region {}, not in {}; set that region", error.region, context.region);
}

struct Meaning {
  ErrorCode code;
  std::string advice;
};

Meaning server_fault(const AwsCall& call, int status, const CallContext& context) {
  const bool unknown_effect = status == 500 || status == 502 || status == 504;
  if (unknown_effect && !call.repeat_after_timeout)
    return {ErrorCode::timed_out, "whether it took effect is unknown: look before repeating it"};
  return {ErrorCode::unavailable, fmt::format("a fault of the service, after {} attempt{}; it is tried again later",
                                              context.attempts, context.attempts == 1 ? "" : "s")};
}

Meaning meaning_of(const AwsCall& call, int status, const ServiceError& error, const CallContext& context) {
  const auto& code = error.code;
  const auto kind = classify(status, code);
  if (kind == FailureKind::throttled)
    return {
        ErrorCode::throttled,
        fmt::format("too many calls for this account, after {} attempts; it is tried again later", context.attempts)};
  if (has(kConflict, code) || status == 409 || status == 412)
    return {ErrorCode::conflict, "something else changes it at the same time; read it again"};
  if (kind == FailureKind::transient || status >= 500) return server_fault(call, status, context);
  if (has(kWrongTime, code) && !about_clock(context).empty())
    return {ErrorCode::permission_denied, about_clock(context)};
  if (has(kExpired, code)) return {ErrorCode::permission_denied, about_expiry(context)};
  if (has(kUnknownKeys, code))
    return {ErrorCode::permission_denied,
            fmt::format("the {} are not known to AWS: they were deleted, are of another partition, or their session "
                        "token is missing; replace them",
                        source_of(context))};
  if (has(kBadSignature, code) || has(kWrongTime, code)) {
    const auto clock = about_clock(context);
    return {ErrorCode::permission_denied,
            clock.empty() ? fmt::format("the secret key of the {} is wrong, or something on the way changes requests",
                                        source_of(context))
                          : clock};
  }
  if (has(kElsewhere, code) || status == 301 || status == 307)
    return {ErrorCode::invalid_input, about_region(error, context)};
  if (status >= 300 && status < 400)
    return {ErrorCode::invalid_input, "the endpoint sends elsewhere; check the endpoint and the region"};
  if (has(kDenied, code) || status == 401 || status == 403)
    return {ErrorCode::permission_denied, about_denial(call, context)};
  // Auto Scaling has no code for a missing group: "ValidationError: AutoScalingGroup name not found".
  const bool says_missing =
      code == "ValidationError" && lower_case(error.message).find("not found") != std::string::npos;
  if (has(kMissing, code) || status == 404 || says_missing)
    return {ErrorCode::not_found, fmt::format("check its name, and that it is in {} in the account of the {}",
                                              context.region, source_of(context))};
  return {ErrorCode::invalid_input, ""};
}

std::string named(const AwsCall& call) {
  auto text = fmt::format("{} {}", service_title(call.service), call.operation);
  if (!call.resource.empty()) text += ", " + call.resource;
  return text;
}

// No message carries them, whatever a service echoes.
std::string without(std::string text, const Credentials* credentials) {
  if (credentials == nullptr) return text;
  for (const auto* secret :
       {&credentials->secret_access_key, &credentials->session_token, &credentials->access_key_id}) {
    if (secret->size() < 8) continue;
    for (std::size_t at = 0; (at = text.find(*secret, at)) != std::string::npos; at += 3)
      text.replace(at, secret->size(), "***");
  }
  return text;
}

}  // namespace

std::string_view service_title(std::string_view service) {
  if (service == "s3") return "S3";
  if (service == "monitoring") return "CloudWatch";
  if (service == "autoscaling") return "Auto Scaling";
  if (service == "sns") return "SNS";
  if (service == "sts") return "STS";
  if (service == "elasticloadbalancing") return "Elastic Load Balancing";
  return service;
}

bool is_credentials_refusal(std::string_view code) {
  return code != "RequestExpired" && (has(kExpired, code) || has(kUnknownKeys, code));
}

Error service_failure(const AwsCall& call, int status, const ServiceError& error, const CallContext& context) {
  const auto meaning = meaning_of(call, status, error, context);
  auto text = named(call) + ": ";
  text += error.code.empty() ? fmt::format("HTTP {}", status) : fmt::format("{} ({})", error.code, status);
  if (!error.message.empty()) text += ": " + error.message;
  if (!error.request_id.empty()) text += fmt::format(" [request {}]", error.request_id);
  if (!meaning.advice.empty()) text += "; " + meaning.advice;
  return {meaning.code, without(std::move(text), context.credentials)};
}

Error transport_failure(const AwsCall& call, const Error& error, const CallContext& context) {
  auto text = fmt::format("{}: {}", named(call), error.message);
  if (error.code == ErrorCode::timed_out && !call.repeat_after_timeout)
    text += "; whether it took effect is unknown: look before repeating it";
  if (is_retryable(error.code))
    text += fmt::format("; after {} attempt{}: check the network and the endpoint of {}", context.attempts,
                        context.attempts == 1 ? "" : "s", context.region);
  return {error.code, without(std::move(text), context.credentials)};
}

}  // namespace almanac::adapters::aws

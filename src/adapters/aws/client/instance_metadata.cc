#include "adapters/aws/client/instance_metadata.h"

#include <fmt/format.h>

#include "adapters/aws/client/credentials_json.h"
#include "adapters/aws/client/text.h"
#include "adapters/aws/client/uri.h"

namespace almanac::adapters::aws {
namespace {

constexpr int kAttempts = 3;  // once the service is known to be there

ports::HttpRequest request_for(std::string method, std::string url) {
  return {.method = std::move(method),
          .url = std::move(url),
          .connect_timeout = std::chrono::seconds(1),
          .timeout = std::chrono::seconds(1),
          .max_response_bytes = 64U << 10U};
}

bool printable(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return !text.empty();
}

Result<std::string> origin_of(const Environment& environment) {
  if (const auto named = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT")) {
    const auto url = parse_url(*named);
    if (!url) return tl::unexpected(with_context(url.error(), "AWS_EC2_METADATA_SERVICE_ENDPOINT"));
    auto path = url->path;
    while (path.ends_with('/')) path.pop_back();
    return url->scheme + "://" + url->authority() + path;
  }
  if (lower_case(environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").value_or("")) == "ipv6")
    return "http://[fd00:ec2::254]";
  return "http://169.254.169.254";
}

}  // namespace

Result<std::optional<std::string>> InstanceMetadata::token(const std::string& origin) {
  auto request = request_for("PUT", origin + "/latest/api/token");
  request.headers.emplace_back("x-aws-ec2-metadata-token-ttl-seconds", "21600");
  const auto answer = transport_->send(request);
  // No answer: no instance, or one whose hop limit keeps containers out. Refused: switched off for it.
  if (!answer || answer->status == 403 || answer->status == 404 || answer->status == 405) return std::nullopt;
  if (answer->status != 200)
    return fail(ErrorCode::unavailable, fmt::format("the instance's metadata service answers HTTP {}", answer->status));
  auto value = std::string(trimmed(answer->body));
  if (!printable(value))
    return fail(ErrorCode::corrupt, "the instance's metadata service answers without a session token");
  return value;
}

Result<std::optional<std::string>> InstanceMetadata::get(const std::string& path) {
  if (switched_on(environment_, "AWS_EC2_METADATA_DISABLED").value_or(false)) return std::nullopt;
  const auto origin = origin_of(environment_);
  if (!origin) return tl::unexpected(origin.error());
  const auto session = token(*origin);
  if (!session) return tl::unexpected(session.error());
  if (!*session) return std::nullopt;
  auto request = request_for("GET", *origin + "/latest/meta-data/" + path);
  request.headers.emplace_back("x-aws-ec2-metadata-token", **session);
  for (int attempt = 1;; ++attempt) {
    const auto answer = transport_->send(request);
    if (answer && answer->status == 200) return answer->body;
    if (answer && answer->status == 404) return std::nullopt;
    const bool retry = answer ? answer->status >= 500 : is_retryable(answer.error().code);
    if (retry && attempt < kAttempts) continue;  // the time-out is pause enough
    return fail(ErrorCode::unavailable,
                answer ? fmt::format("the instance's metadata service answers HTTP {}", answer->status)
                       : std::string("the instance's metadata service stopped answering"));
  }
}

Result<std::optional<Credentials>> InstanceCredentials::load() {
  const std::string folder = "iam/security-credentials/";
  const auto roles = metadata_.get(folder);
  if (!roles) return tl::unexpected(roles.error());
  if (!*roles) return std::nullopt;
  const auto role = std::string(trimmed((*roles)->substr(0, (*roles)->find('\n'))));
  if (role.empty()) return std::nullopt;
  const auto answer = metadata_.get(folder + uri_encode(role));
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) return std::nullopt;
  const auto source = "the instance's role " + for_message(role, 80);
  if (const auto reason = credentials_json_error(**answer); !reason.empty())
    return fail(ErrorCode::permission_denied, source + ": " + reason + "; check the role's trust policy");
  auto credentials = parse_credentials_json(**answer, {}, source);
  if (!credentials) return tl::unexpected(std::move(credentials.error()));
  return std::move(*credentials);
}

std::string InstanceCredentials::place() const {
  return "the EC2 instance's role (metadata service)";
}

}  // namespace almanac::adapters::aws

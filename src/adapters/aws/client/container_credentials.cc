#include "adapters/aws/client/container_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "adapters/aws/client/credentials_json.h"
#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {
namespace {

constexpr std::string_view kSource = "the container";
constexpr int kAttempts = 3;

// 127.0.0.0/8, written as four plain numbers: other spellings ("127.1", "0177.0.0.1") are not looked into.
bool is_ipv4_loopback(std::string_view host) {
  if (!host.starts_with("127.")) return false;
  int fields = 0;
  while (!host.empty()) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    unsigned value = 0;
    const auto [end, error] = std::from_chars(host.data(), host.data() + dot, value);
    if (error != std::errc{} || end != host.data() + dot || value > 255 || dot > 3) return false;
    ++fields;
    if (dot + 1 == host.size()) return false;
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return fields == 4;
}

// Splits a query off, which parse_url refuses: old ECS agents want one ("/v2/credentials?id=...").
Result<Url> parse_with_query(std::string_view text) {
  const std::size_t mark = std::min(text.find('?'), text.size());
  const auto query = text.substr(mark);
  if (std::any_of(query.begin(), query.end(), [](char c) { return c <= ' ' || c > '~' || c == '#'; }))
    return fail(ErrorCode::invalid_input, "found white space, control characters or a fragment in a URL");
  return parse_url(text.substr(0, mark));
}

}  // namespace

bool may_hand_out_credentials(const Url& url) {
  if (url.scheme == "https") return true;
  return url.host == "localhost" || url.host == "[::1]" || is_ipv4_loopback(url.host) || url.host == "169.254.170.2" ||
         url.host == "169.254.170.23" || url.host == "[fd00:ec2::23]";
}

Result<Credentials> ContainerCredentials::fetch(const std::string& url) {
  ports::HttpRequest request{.url = url,
                             .headers = {{"accept", "application/json"}},
                             .connect_timeout = std::chrono::seconds(2),
                             .timeout = std::chrono::seconds(5),
                             .max_response_bytes = 64U << 10U};
  auto token = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const auto file = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    auto text = read_small_file(*file);
    if (!text) return tl::unexpected(with_context(text.error(), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
    token = std::string(trimmed(*text));
  }
  if (token) {
    if (token->find_first_of("\r\n") != std::string::npos)
      return fail(ErrorCode::invalid_input, "the container's authorization token has a line break; expected one line");
    request.headers.emplace_back("authorization", *token);
  }
  for (int attempt = 1;; ++attempt) {
    const auto answer = transport_->send(request);
    if (answer && answer->status == 200) return parse_credentials_json(answer->body, {}, std::string(kSource));
    const bool retry = answer ? answer->status >= 500 || answer->status == 429 : is_retryable(answer.error().code);
    if (retry && attempt < kAttempts) {
      sleep_(std::chrono::milliseconds(200 * attempt));
      continue;
    }
    if (!answer) {
      // The transport names the URL's path, which ECS makes a secret.
      return fail(answer.error().code,
                  "the container's credentials service does not answer; check "
                  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI");
    }
    auto text = fmt::format("the container's credentials service answers HTTP {}", answer->status);
    if (const auto reason = credentials_json_error(answer->body); !reason.empty()) text += ": " + reason;
    if (token)
      for (std::size_t at = 0; (at = text.find(*token, at)) != std::string::npos && !token->empty(); at += 3)
        text.replace(at, token->size(), "***");
    return fail(retry ? ErrorCode::unavailable : ErrorCode::permission_denied,
                text + "; check the role of the task or pod");
  }
}

Result<std::optional<Credentials>> ContainerCredentials::load() {
  const auto relative = environment_("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const auto full = environment_("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative && !full) return std::nullopt;
  const auto variable = relative ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" : "AWS_CONTAINER_CREDENTIALS_FULL_URI";
  if (relative && !relative->starts_with('/'))
    return fail(ErrorCode::invalid_input, fmt::format("{}: expected a path that begins with /", variable));
  const auto address = relative ? "http://169.254.170.2" + *relative : *full;
  const auto url = parse_with_query(address);
  if (!url) return tl::unexpected(with_context(url.error(), variable));
  if (!may_hand_out_credentials(*url))
    return fail(ErrorCode::permission_denied,
                fmt::format("{}: {} is reached by http and is neither loopback nor a container's address; use https",
                            variable, for_message(url->host)));
  auto credentials = fetch(address);
  if (!credentials) return tl::unexpected(std::move(credentials.error()));
  return std::move(*credentials);
}

std::string ContainerCredentials::place() const {
  return "the container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI)";
}

}  // namespace almanac::adapters::aws

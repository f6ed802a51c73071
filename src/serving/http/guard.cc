#include "serving/http/guard.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "serving/http/text.h"

namespace almanac::serving {
namespace {

constexpr std::size_t kShortestToken = 16;
constexpr std::size_t kLongestToken = 256;
constexpr std::string_view kTokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";

struct HostAndPort {
  std::string host;
  std::string port;  // empty when there is none
};

std::optional<HostAndPort> split_host(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
    return HostAndPort{lower_case(text.substr(1, close - 1)), std::string(rest.empty() ? rest : rest.substr(1))};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return HostAndPort{lower_case(text), ""};
  if (text.find(':', colon + 1) != std::string_view::npos) return std::nullopt;  // an IPv6 address without brackets
  return HostAndPort{lower_case(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

std::array<unsigned char, SHA256_DIGEST_LENGTH> digest_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

// Digests of one length are compared, so that the time tells nothing of the token's length either.
bool same_secret(std::string_view one, std::string_view other) {
  const auto a = digest_of(one), b = digest_of(other);
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool changes_something(const Request& request) {
  return request.method != "GET" && request.method != "HEAD";
}

// A browser says where the page came from that sends a request; programs say nothing. `allowed` are names of this
// server that a proxy may have replaced in the Host header.
bool from_another_page(const Request& request, const std::vector<std::string>& allowed) {
  if (const auto site = request.header("sec-fetch-site"); site && *site != "same-origin" && *site != "none")
    return true;
  const auto origin = request.header("origin");
  if (!origin) return false;
  const auto scheme_end = origin->find("://");
  if (scheme_end == std::string_view::npos) return true;  // "null"
  const std::string page = lower_case(origin->substr(scheme_end + 3));
  if (page == lower_case(request.header("host").value_or(""))) return false;
  const auto host = split_host(page);
  return !host || std::find(allowed.begin(), allowed.end(), host->host) == allowed.end();
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto expected = [&] {
    return fail(ErrorCode::invalid_input,
                fmt::format("expected an address and a port like 127.0.0.1:8080 or [::1]:8080, got '{}'", shown(text)));
  };
  const auto split = split_host(text);
  if (!split || split->host.empty()) return expected();
  int port = 0;
  const auto [end, error] = std::from_chars(split->port.data(), split->port.data() + split->port.size(), port);
  if (error != std::errc() || end != split->port.data() + split->port.size() || port < 0 || port > 65535) {
    return expected();
  }
  return Endpoint{split->host, port};
}

bool is_loopback(std::string_view host) {
  const std::string text(host);
  if (lower_case(text) == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

Result<void> check_exposure(const Endpoint& endpoint, std::string_view token) {
  if (token.empty()) {
    if (is_loopback(endpoint.host)) return {};
    return fail(
        ErrorCode::invalid_input,
        fmt::format("listening on {} would let everybody who reaches this machine in: set a token, or listen on "
                    "127.0.0.1 and put a proxy or an ssh tunnel in front",
                    endpoint.host));
  }
  if (token.size() < kShortestToken || token.size() > kLongestToken ||
      token.find_first_not_of(kTokenCharacters) != std::string_view::npos) {
    return fail(ErrorCode::invalid_input,
                fmt::format("the token must be {} to {} characters of A-Z a-z 0-9 . _ ~ + / = - "
                            "(one is made by: openssl rand -hex 32)",
                            kShortestToken, kLongestToken));
  }
  return {};
}

std::optional<Answer> check_origin(const Request& request, bool on_loopback, const std::vector<std::string>& allowed) {
  if (request.count("host") != 1) return error_answer(400, "invalid_input", "exactly one Host header is needed");
  const auto host = split_host(*request.header("host"));
  if (!host) return error_answer(400, "invalid_input", "the Host header is no host");
  const bool known = std::find(allowed.begin(), allowed.end(), host->host) != allowed.end();
  if (on_loopback && !known && !is_loopback(host->host)) {
    return error_answer(421, "misdirected_request",
                        fmt::format("this server answers for localhost, not for '{}'", shown(host->host)));
  }
  if (changes_something(request) && from_another_page(request, allowed)) {
    return error_answer(403, "permission_denied", "requests from pages of other origins are refused");
  }
  return std::nullopt;
}

std::optional<Answer> check_token(const Request& request, std::string_view token) {
  if (token.empty()) {
    return error_answer(403, "read_only",
                        "this server is read-only: no token is configured. Set one, and send it as "
                        "'Authorization: Bearer TOKEN'");
  }
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view given = request.header("authorization").value_or("");
  const bool is_bearer = lower_case(given.substr(0, kScheme.size())) == kScheme;
  const bool same = same_secret(is_bearer ? given.substr(kScheme.size()) : given, token);
  if (is_bearer && same && request.count("authorization") == 1) return std::nullopt;
  Answer refusal =
      error_answer(401, "unauthorized",
                   given.empty() ? "writing needs 'Authorization: Bearer TOKEN'" : "the token is not the right one");
  refusal.headers.emplace_back("WWW-Authenticate", given.empty() ? R"(Bearer realm="almanac")"
                                                                 : R"(Bearer realm="almanac", error="invalid_token")");
  return refusal;
}

const std::vector<std::pair<std::string, std::string>>& security_headers() {
  // The page loads nothing from elsewhere and runs nothing inline. Styles set by scripts (element.style) are allowed by
  // any policy; style attributes in markup are not.
  static const std::vector<std::pair<std::string, std::string>> headers = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
       "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  return headers;
}

}  // namespace almanac::serving

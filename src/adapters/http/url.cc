#include "adapters/http/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

namespace almanac::adapters::http {
namespace {

using CurlUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

tl::unexpected<Error> refuse(std::string_view reason) {
  return fail(ErrorCode::invalid_input,
              fmt::format("the URL cannot be used: {}; expected https://host/path, percent-encoded", reason));
}

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string result = text;
  curl_free(text);
  return result;
}

// RFC 3986 leaves these out, and libcurl would send them as they are or change them.
bool must_be_encoded(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte >= 0x7f || std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos;
}

}  // namespace

std::string Url::origin() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const bool usual = port == (scheme == "https" ? 443 : 80);
  return usual ? fmt::format("{}://{}", scheme, name) : fmt::format("{}://{}:{}", scheme, name, port);
}

Result<Url> parse_url(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), must_be_encoded))
    return refuse("it holds a space or another character that must be percent-encoded");
  if (text.find('#') != std::string_view::npos) return refuse("it holds a fragment ('#...'), which is never sent");
  const CurlUrl handle(curl_url(), &curl_url_cleanup);
  const CURLUcode code =
      curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
  if (code == CURLUE_USER_NOT_ALLOWED) return refuse("it holds a user name or password");
  if (code != CURLUE_OK) return refuse(curl_url_strerror(code));
  Url url;
  url.scheme = part(handle.get(), CURLUPART_SCHEME);
  if (url.scheme != "http" && url.scheme != "https") return refuse("its scheme is neither https nor http");
  url.host = part(handle.get(), CURLUPART_HOST);
  std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (url.host.starts_with('[')) url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty()) return refuse("it names no host");
  const std::string port = part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  url.path = part(handle.get(), CURLUPART_PATH);
  return url;
}

Result<std::string> resolve_url(std::string_view base, std::string_view reference) {
  const CurlUrl handle(curl_url(), &curl_url_cleanup);
  CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(base).c_str(), CURLU_PATH_AS_IS);
  if (code == CURLUE_OK) {
    const std::string target(reference.substr(0, reference.find('#')));
    code = curl_url_set(handle.get(), CURLUPART_URL, target.c_str(), CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
  }
  if (code != CURLUE_OK) return refuse(curl_url_strerror(code));
  return part(handle.get(), CURLUPART_URL);
}

bool is_loopback(std::string_view host) {
  const std::string name(host);
  if (name == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, name.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, name.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool is_metadata_host(std::string_view host) {
  static constexpr std::array<std::string_view, 3> kV4{"169.254.169.254", "169.254.170.2", "169.254.170.23"};
  if (std::find(kV4.begin(), kV4.end(), host) != kV4.end()) return true;
  in6_addr asked{};
  if (inet_pton(AF_INET6, std::string(host).c_str(), &asked) != 1) return false;
  for (const char* known : {"fd00:ec2::23", "fd00:ec2::254"}) {  // by value: one address has many spellings
    in6_addr address{};
    if (inet_pton(AF_INET6, known, &address) == 1 && IN6_ARE_ADDR_EQUAL(&asked, &address)) return true;
  }
  return false;
}

}  // namespace almanac::adapters::http

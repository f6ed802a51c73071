#include "adapters/aws/client/uri.h"

#include <algorithm>

#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// What a URL was refused for; the URL itself may hold a password.
tl::unexpected<Error> bad_url(std::string_view what) {
  return fail(ErrorCode::invalid_input,
              "expected a URL such as https://host or http://host:port/path; found one with " + std::string(what));
}

}  // namespace

std::string normalise_path(std::string_view path) {
  std::vector<std::string_view> segments;
  bool trailing = false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const auto segment = path.substr(begin, end - begin);
    trailing = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!trailing) {
      segments.push_back(segment);
    }
    begin = end + 1;
  }
  std::string normal;
  for (const auto segment : segments) normal.append("/").append(segment);
  if (trailing || normal.empty()) normal += '/';
  return normal;
}

std::string canonical_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) encoded.emplace_back(uri_encode(name), uri_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return bad_url("no scheme");
  url.scheme = lower_case(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return bad_url("another scheme than http or https");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; }))
    return bad_url("white space, control characters or letters beyond ASCII");
  if (text.find_first_of("?#") != std::string_view::npos) return bad_url("a query or fragment");
  if (text.find('\\') != std::string_view::npos) return bad_url("a backslash");
  auto rest = text.substr(colon + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  url.path = rest.substr(slash);
  rest = rest.substr(0, slash);
  if (rest.find('@') != std::string_view::npos) return bad_url("a user name");
  const std::size_t bracket = rest.starts_with('[') ? rest.find(']') : 0;
  if (bracket == std::string_view::npos) return bad_url("an unclosed [");
  const std::size_t port = rest.find(':', bracket);
  url.host = lower_case(rest.substr(0, port));
  if (port != std::string_view::npos) {
    url.port = rest.substr(port + 1);
    if (url.port.empty() || url.port.size() > 5 || !std::all_of(url.port.begin(), url.port.end(), is_digit))
      return bad_url("a port that is no number");
  }
  if (url.host.empty()) return bad_url("no host");
  return url;
}

}  // namespace almanac::adapters::aws

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/text.h"

namespace almanac::adapters::aws {

// The path of RFC 3986 5.2.4 without ".", ".." and empty segments; a slash at the end stays. Begins with '/'.
std::string normalise_path(std::string_view path);

// "a=1&b=2": names and values encoded, sorted by encoded name, then by encoded value; the canonical form of SigV4.
std::string canonical_query(const std::vector<std::pair<std::string, std::string>>& query);

// An absolute http or https URL cut into the parts that a request needs.
struct Url {
  std::string scheme;  // lower case: "http", "https"
  std::string host;    // lower case, without port; an IPv6 address in brackets
  std::string port;    // digits, or empty for the default one
  std::string path;    // "/..." or empty, as written; never a query or fragment

  std::string authority() const { return port.empty() ? host : host + ':' + port; }
};

// invalid_input for anything else, also for user names, queries, fragments and control characters in it.
Result<Url> parse_url(std::string_view text);

}  // namespace almanac::adapters::aws

#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace almanac::adapters::http {

// The parts of an absolute http or https URL.
struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case, without the brackets of an IPv6 address
  int port = 0;        // the scheme's own when the URL names none
  std::string path;    // starts with '/'; as it stands, neither decoded nor shortened

  // "https://host", with the port where it is not the scheme's own. One connection serves one origin.
  std::string origin() const;
};

// Error invalid_input: not absolute, another scheme, credentials or a fragment inside, or a character that must be
// percent-encoded. Messages never quote the URL, which may hold a secret.
Result<Url> parse_url(std::string_view text);

// `reference` (a Location header) as seen from `base` (RFC 3986, section 5), without its fragment. Error invalid_input.
Result<std::string> resolve_url(std::string_view base, std::string_view reference);

// "localhost", 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view host);

// The link-local addresses where EC2, ECS and EKS hand out credentials. They exist only next to the machine.
bool is_metadata_host(std::string_view host);

}  // namespace almanac::adapters::http

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ports/http_transport.h"

namespace almanac::adapters::http {

// A variable of the process's environment; nothing when it is not set.
std::optional<std::string> environment_variable(const std::string& name);

struct CurlOptions {
  // A PEM file with the certificate authorities to trust. Empty: $AWS_CA_BUNDLE, else $SSL_CERT_FILE, else the
  // system's own. There is no way to trust everyone.
  std::string ca_bundle;
  // PEM files with the certificate that is shown to servers which ask for one, and its key; without a key's file the
  // key stands beside the certificate. Read for every new connection.
  std::string client_certificate;
  std::string client_key;
  // "almanac/<version>" when empty. A User-Agent among a request's headers wins.
  std::string user_agent;
  // Of status line and headers of one answer together.
  std::size_t max_header_bytes = 64U << 10U;
  // Idle connections are kept per handle; so many handles wait for the next request. More requests than this may run
  // at the same time.
  std::size_t max_idle_handles = 8;
  // Where the variables above and the proxy's come from, asked once, when the transport is made.
  std::function<std::optional<std::string>(const std::string&)> environment = environment_variable;
};

// HTTP/1.1 on libcurl. Sends the headers asked for and Host, User-Agent, Content-Length and (where packed answers are
// accepted) Accept-Encoding, nothing else; path and query go out as they stand in the URL. Methods: GET, HEAD and
// DELETE without a body; PUT and POST.
//
// Proxies: https_proxy or HTTPS_PROXY for https, http_proxy or HTTP_PROXY for http, unless no_proxy or NO_PROXY (host
// names with their subdomains, addresses, CIDR ranges, "*") excludes the host. Loopback and the link-local metadata
// addresses are never reached through a proxy. HTTP_PROXY is ignored where REQUEST_METHOD is set: in a CGI process the
// client chooses it.
//
// A request with a body is sent once: should a kept connection break, the answer is timed_out and the caller decides.
std::shared_ptr<ports::HttpTransport> make_curl_transport(CurlOptions options = {});

}  // namespace almanac::adapters::http

#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace almanac::ports {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // absolute, http or https; sent exactly as it stands, so it is encoded already
  HttpHeaders headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds timeout{20'000};    // of the whole exchange; 0: none (long polls)
  std::size_t max_response_bytes = 64U << 20U;  // of the body, unpacked where it was packed
  bool accept_packed = false;                   // ask for gzip and the like; the response's body is what was packed
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  // names in lower case
  std::string body;

  // The first header of that name (lower case); nothing when there is none.
  std::optional<std::string_view> header(std::string_view name) const;
};

// HTTP/1.1 or 2 over TCP and TLS. TLS certificates are always verified; redirects are not followed. Thread-safe.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // Any answer of the server is a response, 500 too. Errors: unavailable when there was no connection, so the request
  // certainly had no effect; timed_out when it broke or ran out of time after bytes were sent, so the effect is
  // unknown; invalid_input for a URL or header that cannot be sent; corrupt for an answer that is no HTTP or longer
  // than allowed; permission_denied when the server's certificate cannot be trusted. Messages name method, scheme, host
  // and path, never the query, headers or body, where secrets may stand.
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
};

}  // namespace almanac::ports

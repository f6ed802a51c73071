#pragma once

#include <string>

#include "core/result.h"
#include "ports/http_transport.h"

namespace almanac::adapters::prometheus {

// What a server asks of its clients. Everything but the names of files and headers is secret.
struct Access {
  std::string user;               // with password_file: basic authentication
  std::string password_file;      // one line
  std::string bearer_token_file;  // one line
  ports::HttpHeaders headers;     // sent as they are: X-Scope-OrgID
};

// The headers of the next request. Files are read each time, so that a rotated token works at once. Errors of the
// files, by key and name and never with what is in them: not_found, permission_denied, invalid_input.
Result<ports::HttpHeaders> headers_of(const Access& access);

}  // namespace almanac::adapters::prometheus

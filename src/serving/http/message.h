#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace almanac::serving {

// One request as the routes see it: no library's type, so that they can be tested without a socket.
struct Request {
  std::string method;
  std::string target;                                        // as it came, "/path?query", still encoded
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string client;                                        // the other side's address, "127.0.0.1"
  bool is_http_1_0 = false;                                  // which knows no chunks and keeps no connection

  // The first header of that name (lower case).
  std::optional<std::string_view> header(std::string_view name) const;
  // All headers of that name, for those that may come once only.
  int count(std::string_view name) const;
  // Whether a field that is a list ("connection") names `token` (lower case) in one of its lines.
  bool lists(std::string_view name, std::string_view token) const;
};

struct Answer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool is_stream = false;  // the events follow, for as long as the viewer stays
  bool close = false;      // the connection cannot be used again

  // For the log and the metrics.
  std::string route;  // the pattern, "/api/v1/groups/{group}"; empty for what is no route
  std::string group;
};

// Reads the body of a request, once. The error's answer is to be sent as it stands.
using BodyReader = std::function<tl::expected<std::string, Answer>()>;

// {"error": {"code": ..., "message": ...}}; bytes in the message that are no UTF-8 become U+FFFD.
Answer error_answer(int status, std::string_view code, std::string_view message);
// As service.h states it.
Answer error_answer(const Error& error);

// "0f3b..." of the bytes: a strong entity tag with its quotes.
std::string etag_of(std::string_view bytes);
// Whether `if_none_match` (RFC 9110, 13.1.2) names `etag`, compared weakly.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace almanac::serving

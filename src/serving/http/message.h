#pragma once

#include <functional>
#include <map>
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

// What stands in an address for the braces of a pattern: {"id", "17"} of "/jobs/17" by "/jobs/{id}".
using Parts = std::map<std::string, std::string, std::less<>>;

struct Answer {
  Answer() = default;
  // What most routes answer: JSON, with 200.
  explicit Answer(std::string json) : body(std::move(json)) {}

  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool is_stream = false;  // the events follow, for as long as the viewer stays
  bool close = false;      // the connection cannot be used again

  // For the log and the metrics.
  std::string route;  // the pattern, "/api/v1/groups/{group}"; empty for what is no route
  Parts parts;
};

// Reads the body of a request, once. The error's answer is to be sent as it stands.
using BodyReader = std::function<tl::expected<std::string, Answer>()>;

// {"error": {"code": ..., "message": ...}}; bytes in the message that are no UTF-8 become U+FFFD.
Answer error_answer(int status, std::string_view code, std::string_view message);
// By the kind of error: invalid_input 400, permission_denied 403, not_found 404, conflict 409, unsupported 422,
// throttled 429, unavailable 503, timed_out 504, storage_full 507, corrupt 500. Its message reaches the client.
Answer error_answer(const Error& error);
// For people.
Answer text_answer(int status, std::string text);
// JSON about what was begun and goes on: 202.
Answer accepted_answer(std::string json);
// Nothing to say, and all went well: 204.
Answer empty_answer();
// The server's events follow, for as long as the viewer stays.
Answer stream_answer();

// "0f3b..." of the bytes: a strong entity tag with its quotes.
std::string etag_of(std::string_view bytes);
// Whether `if_none_match` (RFC 9110, 13.1.2) names `etag`, compared weakly.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace almanac::serving

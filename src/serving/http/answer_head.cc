#include "serving/http/answer_head.h"

#include <fmt/format.h>

#include "serving/http/guard.h"

namespace almanac::serving {
namespace {

// RFC 9110, 15, and RFC 6585: of the statuses that are given here.
std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "";  // the phrase may be missing
  }
}

}  // namespace

std::string answer_head(const Answer& answer, Framing framing) {
  std::string bytes = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason_of(answer.status));
  const auto add = [&](std::string_view name, std::string_view value) {
    bytes += fmt::format("{}: {}\r\n", name, value);
  };
  for (const auto& [name, value] : answer.headers) add(name, value);
  const bool has_body = may_have_body(answer);
  if (has_body && !answer.content_type.empty()) add("Content-Type", answer.content_type);
  if (has_body && framing == Framing::length) add("Content-Length", std::to_string(answer.body.size()));
  if (framing == Framing::chunks) add("Transfer-Encoding", "chunked");
  if (answer.close) add("Connection", "close");
  for (const auto& [name, value] : security_headers()) add(name, value);
  return bytes + "\r\n";
}

bool may_have_body(const Answer& answer) {
  return answer.status != 204 && answer.status != 304;
}

std::string chunk_of(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace almanac::serving

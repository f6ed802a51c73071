#include "serving/http/request_head.h"

#include <algorithm>

#include "serving/http/text.h"

namespace almanac::serving {
namespace {

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// Of ASCII or any byte above it: a target may hold UTF-8, a value what RFC 9110 calls obs-text.
bool is_visible(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f;
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_visible(c) || c == ' ' || c == '\t'; });
}

// The line up to the next CR LF, which is taken off `bytes`; nothing where there is none.
std::optional<std::string_view> take_line(std::string_view& bytes) {
  const auto end = bytes.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 2);
  return line;
}

bool read_request_line(std::string_view line, Request& request) {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1),
                         version = line.substr(last + 1);
  if (!is_token(method) || target.empty() || !std::all_of(target.begin(), target.end(), is_visible)) return false;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  request.method = method;
  request.target = target;
  request.is_http_1_0 = version == "HTTP/1.0";
  return true;
}

bool read_field(std::string_view line, Request& request) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
  if (!is_token(name) || !is_field_value(value)) return false;
  request.headers.emplace_back(lower_case(name), value);
  return true;
}

}  // namespace

std::optional<Request> parse_request_head(std::string_view bytes) {
  Request request;
  const auto first = take_line(bytes);
  if (!first || !read_request_line(*first, request)) return std::nullopt;
  while (const auto line = take_line(bytes)) {
    if (line->empty()) return bytes.empty() ? std::optional(std::move(request)) : std::nullopt;
    if (!read_field(*line, request)) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace almanac::serving

#include "serving/http/message.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "serving/http/text.h"

namespace almanac::serving {
namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input:
      return 400;
    case ErrorCode::permission_denied:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::unsupported:
      return 422;
    case ErrorCode::throttled:
      return 429;
    case ErrorCode::corrupt:
      return 500;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::timed_out:
      return 504;
    case ErrorCode::storage_full:
      return 507;
  }
  return 500;
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

int Request::count(std::string_view name) const {
  return static_cast<int>(
      std::count_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; }));
}

bool Request::lists(std::string_view name, std::string_view token) const {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
    std::string_view rest = header.first == name ? std::string_view(header.second) : std::string_view();
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      if (lower_case(trim(rest.substr(0, comma))) == token) return true;
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
    return false;
  });
}

Answer error_answer(int status, std::string_view code, std::string_view message) {
  const nlohmann::json body = {{"error", {{"code", code}, {"message", message}}}};
  Answer answer;
  answer.status = status;
  answer.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return answer;
}

Answer error_answer(const Error& error) {
  Answer answer = error_answer(status_of(error.code), to_string(error.code), error.message);
  if (error.code == ErrorCode::throttled || error.code == ErrorCode::unavailable) {
    answer.headers.emplace_back("Retry-After", "5");
  }
  return answer;
}

Answer text_answer(int status, std::string text) {
  Answer answer(std::move(text));
  answer.status = status;
  answer.content_type = "text/plain; charset=utf-8";
  return answer;
}

Answer accepted_answer(std::string json) {
  Answer answer(std::move(json));
  answer.status = 202;
  return answer;
}

Answer empty_answer() {
  Answer answer;
  answer.status = 204;
  answer.content_type.clear();
  return answer;
}

Answer stream_answer() {
  Answer answer;
  answer.content_type = "text/event-stream";
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would keep events back
  answer.is_stream = true;
  return answer;
}

std::string etag_of(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string tag = "\"";
  for (std::size_t i = 0; i < 16; ++i) tag += fmt::format("{:02x}", digest[i]);
  return tag + "\"";
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const auto comma = if_none_match.find(',');
    std::string_view candidate = trim(if_none_match.substr(0, comma));
    if (candidate == "*") return true;
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == etag) return true;
    if (comma == std::string_view::npos) return false;
    if_none_match.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace almanac::serving

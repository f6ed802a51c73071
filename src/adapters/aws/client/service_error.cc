#include "adapters/aws/client/service_error.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/aws/client/text.h"
#include "adapters/aws/client/xml.h"

namespace almanac::adapters::aws {
namespace {

// An error body is a few hundred bytes; more is a page of a proxy.
constexpr std::size_t kLongestBody = 64U << 10U;

bool is_key_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool ends_value(char c) {
  return c == ' ' || c == ',' || c == ';' || c == '\'' || c == '"' || c == '&' || c == '<' || c == ')' || c == '\n';
}

void cut_from(std::string& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at != std::string::npos) text.erase(at);
}

// "Signature=abc, ..." -> "Signature=***, ...".
void hide_value(std::string& text, std::string_view name) {
  const auto folded = lower_case(name);
  for (std::size_t at = 0; (at = lower_case(text).find(folded, at)) != std::string::npos;) {
    at += name.size();
    const std::size_t begin = at < text.size() && (text[at] == '\'' || text[at] == '"') ? at + 1 : at;
    std::size_t end = begin;
    while (end < text.size() && !ends_value(text[end])) ++end;
    text.replace(begin, end - begin, "***");
    at = begin + 3;
  }
}

// Access key ids: AKIA... and ASIA..., 16 characters and more.
void hide_key_ids(std::string& text) {
  for (const std::string_view prefix : {"AKIA", "ASIA"}) {
    for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
      std::size_t end = at;
      while (end < text.size() && is_key_character(text[end])) ++end;
      if (end - at >= 16) text.replace(at, end - at, "***");
      at += 3;
    }
  }
}

// JSON types come as "namespace#Name:http://...".
std::string bare_type(std::string_view type) {
  if (const std::size_t hash = type.find('#'); hash != std::string_view::npos) type = type.substr(hash + 1);
  return std::string(trimmed(type.substr(0, type.find(':'))));
}

// A code is one word; anything else is a page, not an error of the service.
std::string clean_code(std::string_view code) {
  const auto word = trimmed(code);
  const bool good = word.size() <= 100 && std::all_of(word.begin(), word.end(), [](char c) {
                      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
                             c == '_' || c == '-';
                    });
  return good ? std::string(word) : std::string();
}

// Request ids and region names go into messages as they are.
std::string clean_word(std::string_view text) {
  return for_message(trimmed(text), 100);
}

void read_xml(std::string_view body, ServiceError& error) {
  const auto root = parse_xml(body, {.bytes = kLongestBody, .depth = 16});
  if (!root) return;
  // <ErrorResponse><Error>, <Response><Errors><Error> (EC2), <Error> (S3).
  const XmlElement* at = root->find("Error");
  if (at == nullptr) at = root->find("Errors/Error");
  if (at == nullptr && root->name == "Error") at = &*root;
  if (at == nullptr) return;
  error.code = clean_code(at->text_at("Code"));
  error.message = without_secrets(at->text_at("Message"));
  error.region = clean_word(at->text_at("Region"));
  for (const auto* place : {at, &*root}) {
    for (const std::string_view name : {"RequestId", "RequestID"}) {
      if (error.request_id.empty()) error.request_id = clean_word(place->text_at(name));
    }
  }
}

void read_json(std::string_view body, ServiceError& error) {
  using Json = nlohmann::json;
  // Without exceptions: malformed text gives a discarded value. Deep nesting is refused before the parser recurses.
  if (std::count(body.begin(), body.end(), '[') + std::count(body.begin(), body.end(), '{') > 200) return;
  const auto json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return;
  const auto text = [&](const char* name) -> std::string {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  for (const char* name : {"__type", "code", "Code"}) {
    if (error.code.empty()) error.code = clean_code(bare_type(text(name)));
  }
  for (const char* name : {"message", "Message"}) {
    if (error.message.empty()) error.message = without_secrets(text(name));
  }
}

}  // namespace

std::string without_secrets(std::string_view message) {
  std::string text(message.substr(0, 4096));
  for (const std::string_view mark : {"The Canonical String", "The String-to-Sign", "The canonical string",
                                      "The string to sign", "AWS4-HMAC-SHA256 2"})
    cut_from(text, mark);
  for (const std::string_view name : {"Credential=", "Signature=", "Authorization=", "X-Amz-Security-Token=",
                                      "x-amz-security-token:", "WebIdentityToken=", "SecretAccessKey="})
    hide_value(text, name);
  hide_key_ids(text);
  const auto clean = for_message(text);
  return std::string(trimmed(clean));
}

ServiceError read_service_error(const ports::HttpResponse& response) {
  ServiceError error;
  const auto body = trimmed(response.body);
  if (body.size() <= kLongestBody && body.starts_with('<')) read_xml(body, error);
  if (body.size() <= kLongestBody && body.starts_with('{')) read_json(body, error);
  if (error.code.empty()) error.code = clean_code(bare_type(response.header("x-amzn-errortype").value_or("")));
  for (const std::string_view name : {"x-amzn-requestid", "x-amz-request-id"}) {
    if (error.request_id.empty()) error.request_id = clean_word(response.header(name).value_or(""));
  }
  if (error.region.empty()) error.region = clean_word(response.header("x-amz-bucket-region").value_or(""));
  return error;
}

}  // namespace almanac::adapters::aws

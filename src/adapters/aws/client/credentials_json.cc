#include "adapters/aws/client/credentials_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/aws/client/service_error.h"

namespace almanac::adapters::aws {
namespace {

using Json = nlohmann::json;

// Discarded for what is not a flat object: such documents hold nothing nested, and the parser recurses.
Json parse_flat(std::string_view text) {
  if (text.size() > (64U << 10U) ||
      std::count(text.begin(), text.end(), '{') + std::count(text.begin(), text.end(), '[') > 20)
    return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string text_of(const Json& json, std::string_view name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<Credentials> parse_credentials_json(std::string_view text, const CredentialsJson& form, std::string source) {
  const auto corrupt = [&](std::string_view expected) {
    return fail(ErrorCode::corrupt, source + ": the answer is no credentials; expected " + std::string(expected));
  };
  const auto json = parse_flat(text);
  if (!json.is_object()) return corrupt("a JSON object");
  if (form.version_required) {
    const auto version = json.find("Version");
    if (version == json.end() || !version->is_number_integer() || *version != 1) return corrupt("\"Version\": 1");
  }
  Credentials credentials{text_of(json, "AccessKeyId"), text_of(json, "SecretAccessKey"),
                          text_of(json, form.token_name), std::nullopt, source};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return corrupt("AccessKeyId and SecretAccessKey");
  if (form.token_required && credentials.session_token.empty()) return corrupt(form.token_name);
  if (const auto written = text_of(json, "Expiration"); !written.empty()) {
    const auto expires = parse_timestamp(written);
    if (!expires) return corrupt("an Expiration such as 2026-11-27T08:00:00Z");
    credentials.expires = *expires;
  }
  return credentials;
}

std::string credentials_json_error(std::string_view text) {
  const auto json = parse_flat(text);
  if (!json.is_object()) return {};
  std::string code;
  std::string message;
  for (const std::string_view name : {"Code", "code"}) {
    if (code.empty()) code = text_of(json, name);
  }
  for (const std::string_view name : {"Message", "message"}) {
    if (message.empty()) message = text_of(json, name);
  }
  if (code == "Success") return {};
  return without_secrets(code.empty() || message.empty() ? code + message : code + ": " + message);
}

}  // namespace almanac::adapters::aws

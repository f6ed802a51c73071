#include "adapters/aws/client/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <map>

#include "adapters/aws/client/text.h"
#include "adapters/aws/client/uri.h"
#include "core/check.h"

namespace almanac::adapters::aws {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return text;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const auto* done =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(), &length);
  ALMANAC_CHECK(done != nullptr, "OpenSSL cannot compute HMAC-SHA256");
  return {reinterpret_cast<const char*>(digest.data()), length};
}

// Trimmed, runs of white space as one space.
std::string canonical_value(std::string_view value) {
  std::string canonical;
  for (const char c : trimmed(value)) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space) canonical += c;
    if (space && !canonical.ends_with(' ')) canonical += ' ';
  }
  return canonical;
}

// By name in lower case, in order; several of one name joined by commas as they came.
std::map<std::string, std::string> canonical_headers(const ports::HttpHeaders& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    const auto [entry, added] = canonical.try_emplace(lower_case(name), canonical_value(value));
    if (!added) entry->second += ',' + canonical_value(value);
  }
  return canonical;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  ALMANAC_CHECK(done == 1, "OpenSSL cannot compute SHA-256");
  return hex({reinterpret_cast<const char*>(digest.data()), length});
}

std::string amz_date(Timestamp time) {
  std::string date;
  for (const char c : format_timestamp(time)) {
    if (c != '-' && c != ':') date += c;
  }
  return date;
}

Signature sign(const RequestToSign& request, const SigningScope& scope, const Credentials& credentials) {
  std::string lines;
  std::string names;
  for (const auto& [name, value] : canonical_headers(request.headers)) {
    lines += name + ':' + value + '\n';
    names += (names.empty() ? "" : ";") + name;
  }
  const auto path = scope.path_rule == PathRule::as_sent
                        ? request.path
                        : uri_encode(normalise_path(request.path), /*keep_slash=*/true);
  Signature result;
  result.canonical_request =
      request.method + '\n' + path + '\n' + request.query + '\n' + lines + '\n' + names + '\n' + request.payload_hash;

  const auto time = amz_date(scope.time);
  const auto day = time.substr(0, 8);
  const auto scope_text = day + '/' + scope.region + '/' + scope.service + "/aws4_request";
  result.string_to_sign = "AWS4-HMAC-SHA256\n" + time + '\n' + scope_text + '\n' + sha256_hex(result.canonical_request);

  auto key = hmac_sha256("AWS4" + credentials.secret_access_key, day);
  key = hmac_sha256(key, scope.region);
  key = hmac_sha256(key, scope.service);
  key = hmac_sha256(key, "aws4_request");
  result.signature = hex(hmac_sha256(key, result.string_to_sign));
  result.authorization = "AWS4-HMAC-SHA256 Credential=" + credentials.access_key_id + '/' + scope_text +
                         ", SignedHeaders=" + names + ", Signature=" + result.signature;
  return result;
}

}  // namespace almanac::adapters::aws

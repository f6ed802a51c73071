#include "adapters/prometheus/access.h"

#include <algorithm>

#include "adapters/local/file.h"
#include "core/text.h"

namespace almanac::adapters::prometheus {
namespace {

constexpr std::uint64_t kLongestSecret = 64U << 10U;

Result<std::string> secret_in(const std::string& file) {
  const auto bytes = read_file(file, kLongestSecret);
  if (!bytes) return tl::unexpected(bytes.error());
  std::string secret(trimmed(*bytes));
  if (secret.empty()) return fail(ErrorCode::invalid_input, file + ": expected a secret, found nothing");
  const bool one_line = std::none_of(secret.begin(), secret.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  if (!one_line) return fail(ErrorCode::invalid_input, file + ": expected a secret in one line of text");
  return secret;
}

}  // namespace

Result<ports::HttpHeaders> headers_of(const Access& access) {
  ports::HttpHeaders headers = access.headers;
  if (!access.password_file.empty()) {
    const auto password = secret_in(access.password_file);
    if (!password) return tl::unexpected(with_context(password.error(), "password_file"));
    headers.emplace_back("Authorization", "Basic " + base64(access.user + ":" + *password));
  }
  if (!access.bearer_token_file.empty()) {
    const auto token = secret_in(access.bearer_token_file);
    if (!token) return tl::unexpected(with_context(token.error(), "bearer_token_file"));
    headers.emplace_back("Authorization", "Bearer " + *token);
  }
  return headers;
}

}  // namespace almanac::adapters::prometheus

#include "adapters/http/secret_url.h"

#include <fmt/format.h>

#include "adapters/http/reasons.h"
#include "adapters/http/url.h"

namespace almanac::adapters::http {
namespace {

std::string in_words(ErrorCode code) {
  switch (code) {
    case ErrorCode::unavailable:
      return "no connection; is the name right, and may this machine (or its proxy) reach it?";
    case ErrorCode::timed_out:
      return "no whole answer came in time";
    case ErrorCode::corrupt:
      return "the answer is no HTTP, or longer than allowed";
    case ErrorCode::permission_denied:
      return "the server's certificate cannot be trusted; a private authority belongs in the file named by "
             "AWS_CA_BUNDLE or SSL_CERT_FILE";
    case ErrorCode::invalid_input:
      return "the request cannot be sent; check the URL and the certificate authorities (AWS_CA_BUNDLE, SSL_CERT_FILE)";
    default:
      return "the request failed";
  }
}

// The transport's own reason where it is one that holds no part of the address.
std::string reason_of(const Error& error) {
  for (const char* reason : {kCutOff, kNotHttp, kPackedDamaged, kPackedCutOff, kPackedTooLong})
    if (error.message.ends_with(reason)) return reason;
  const std::size_t coding = error.message.rfind(kOtherCoding);
  if (error.code == ErrorCode::corrupt && coding != std::string::npos) return error.message.substr(coding);
  return in_words(error.code);
}

}  // namespace

Result<std::string> host_of_secret_url(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return tl::unexpected(url.error());
  if (url->scheme != "https" && !is_loopback(url->host))
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: http would show the whole URL to everyone on the way; use https", url->host));
  return url->host;
}

Error without_path(const Error& transport_error, std::string_view host) {
  return {transport_error.code, fmt::format("{}: {}", host, reason_of(transport_error))};
}

}  // namespace almanac::adapters::http

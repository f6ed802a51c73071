#include "adapters/http/content_coding.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/http/reasons.h"
#include "core/inflate.h"

namespace almanac::adapters::http {
namespace {

Error corrupt(std::string text) {
  return {ErrorCode::corrupt, std::move(text)};
}

const char* in_words(InflateFault fault) {
  switch (fault) {
    case InflateFault::damaged:
      return kPackedDamaged;
    case InflateFault::cut_off:
      return kPackedCutOff;
    case InflateFault::too_long:
      return kPackedTooLong;
  }
  return "";
}

// What follows the end is left: some servers pad, or end what they packed with a line of their own.
Result<std::string> unpacked(const std::string& body, Packing packing, std::size_t max_bytes) {
  auto answer = inflated(body, packing, max_bytes);
  if (!answer) return tl::unexpected(corrupt(in_words(answer.error())));
  return std::move(answer->bytes);
}

// Of the server's words only what cannot hold a part of the address.
std::string shown(std::string_view coding) {
  const bool token = !coding.empty() && coding.size() <= 20 && std::all_of(coding.begin(), coding.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ',' || c == ' ';
  });
  return token ? std::string(coding) : "unknown";
}

}  // namespace

Result<std::string> decoded(std::string body, std::string_view coding, std::size_t max_bytes) {
  std::string name(coding);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.empty() || name == "identity" || body.empty()) return body;
  if (name == "gzip" || name == "x-gzip") return unpacked(body, Packing::gzip, max_bytes);
  if (name != "deflate")
    return tl::unexpected(corrupt(fmt::format("{} ({}) that was not asked for", kOtherCoding, shown(name))));
  // Some servers leave zlib's frame out: its first byte says 8 in the low half, and the two are a multiple of 31.
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(body[i]); };
  const bool framed = body.size() >= 2 && (byte(0) & 0x0fU) == 8U && (byte(0) * 256U + byte(1)) % 31U == 0;
  return unpacked(body, framed ? Packing::zlib : Packing::raw, max_bytes);
}

}  // namespace almanac::adapters::http

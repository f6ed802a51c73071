#include "adapters/http/content_coding.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "adapters/http/reasons.h"
#include "core/check.h"

namespace almanac::adapters::http {
namespace {

constexpr int kWindow = 15;
constexpr int kGzip = kWindow + 16;
constexpr int kZlib = kWindow;
constexpr int kRaw = -kWindow;

// zlib's state, freed on every way out.
struct Inflater {
  z_stream stream{};
  explicit Inflater(int format) { ALMANAC_CHECK(inflateInit2(&stream, format) == Z_OK, "out of memory"); }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

Error corrupt(std::string text) {
  return {ErrorCode::corrupt, std::move(text)};
}

Result<std::string> inflated(const std::string& body, int format, std::size_t max_bytes) {
  if (body.size() > std::numeric_limits<unsigned>::max()) return tl::unexpected(corrupt(kPackedTooLong));
  Inflater inflater(format);
  z_stream& in = inflater.stream;
  // zlib does not write through this pointer.
  in.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  in.avail_in = static_cast<unsigned>(body.size());
  std::string text, piece(64U << 10U, '\0');
  while (true) {
    in.next_out = reinterpret_cast<Bytef*>(piece.data());
    in.avail_out = static_cast<unsigned>(piece.size());
    const int state = inflate(&in, Z_NO_FLUSH);
    text.append(piece, 0, piece.size() - in.avail_out);
    if (text.size() > max_bytes) return tl::unexpected(corrupt(kPackedTooLong));
    const bool another_member = format == kGzip && in.avail_in > 0 && *in.next_in == 0x1f;
    if (state == Z_STREAM_END && !another_member) return text;  // what follows is padding
    if (state == Z_STREAM_END) {
      if (inflateReset(&in) != Z_OK) return tl::unexpected(corrupt(kPackedDamaged));
    } else if (state == Z_BUF_ERROR || (state == Z_OK && in.avail_in == 0 && in.avail_out > 0)) {
      return tl::unexpected(corrupt(kPackedCutOff));
    } else if (state != Z_OK) {
      return tl::unexpected(corrupt(kPackedDamaged));
    }
  }
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
  if (name == "gzip" || name == "x-gzip") return inflated(body, kGzip, max_bytes);
  if (name != "deflate")
    return tl::unexpected(corrupt(fmt::format("{} ({}) that was not asked for", kOtherCoding, shown(name))));
  // Some servers leave zlib's frame out: its first byte says 8 in the low half, and the two are a multiple of 31.
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(body[i]); };
  const bool framed = body.size() >= 2 && (byte(0) & 0x0fU) == 8U && (byte(0) * 256U + byte(1)) % 31U == 0;
  return inflated(body, framed ? kZlib : kRaw, max_bytes);
}

}  // namespace almanac::adapters::http

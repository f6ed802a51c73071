#include "calendar/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "core/check.h"

namespace almanac::calendar {
namespace {

// zlib's state, freed on every way out.
struct Inflater {
  z_stream stream{};
  Inflater() {
    constexpr int kGzipOnly = 15 + 16;
    ALMANAC_CHECK(inflateInit2(&stream, kGzipOnly) == Z_OK, "out of memory");
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

Result<std::string> unpacked(const std::string& bytes) {
  if (!bytes.starts_with("\x1f\x8b")) return bytes;
  if (bytes.size() > std::numeric_limits<unsigned>::max()) return fail(ErrorCode::corrupt, "the gzip file is too long");
  Inflater inflater;
  z_stream& in = inflater.stream;
  // zlib does not write through this pointer.
  in.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  in.avail_in = static_cast<unsigned>(bytes.size());
  std::string text, piece(64U << 10U, '\0');
  while (true) {
    in.next_out = reinterpret_cast<Bytef*>(piece.data());
    in.avail_out = static_cast<unsigned>(piece.size());
    const int state = inflate(&in, Z_NO_FLUSH);
    text.append(piece, 0, piece.size() - in.avail_out);
    if (text.size() > kLargestUnpacked)
      return fail(ErrorCode::corrupt, fmt::format("the gzip file holds more than {} MB", kLargestUnpacked >> 20U));
    if (state == Z_STREAM_END) {
      if (in.avail_in == 0) return text;
      if (inflateReset(&in) != Z_OK) return fail(ErrorCode::corrupt, "the gzip file is damaged");
    } else if (state == Z_BUF_ERROR || (state == Z_OK && in.avail_in == 0 && in.avail_out > 0)) {
      return fail(ErrorCode::corrupt, "the gzip file is cut off");
    } else if (state != Z_OK) {
      return fail(ErrorCode::corrupt, "the gzip file is damaged");
    }
  }
}

}  // namespace almanac::calendar

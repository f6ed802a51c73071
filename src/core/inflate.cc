#include "core/inflate.h"

#include <zlib.h>

#include <algorithm>

#include "core/check.h"

namespace almanac {
namespace {

// As zlib's manual has it: the size of the window, and the frame beside it.
int window_bits(Packing packing) {
  switch (packing) {
    case Packing::gzip:
      return 15 + 16;
    case Packing::zlib:
      return 15;
    case Packing::raw:
      return -15;
  }
  return 0;
}

// zlib's state, freed on every way out.
struct Inflater {
  z_stream stream{};
  explicit Inflater(Packing packing) {
    ALMANAC_CHECK(inflateInit2(&stream, window_bits(packing)) == Z_OK, "out of memory");
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

tl::expected<Inflated, InflateFault> inflated(std::string_view packed, Packing packing, std::size_t max_bytes) {
  constexpr std::size_t kMostAtOnce = 1U << 30U;  // zlib counts in 32 bits
  Inflater inflater(packing);
  z_stream& in = inflater.stream;
  // zlib does not write through this pointer.
  in.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  std::string bytes, piece(64U << 10U, '\0');
  std::string_view rest = packed;
  while (true) {
    in.avail_in = static_cast<unsigned>(std::min(rest.size(), kMostAtOnce));
    in.next_out = reinterpret_cast<Bytef*>(piece.data());
    in.avail_out = static_cast<unsigned>(piece.size());
    const int state = inflate(&in, Z_NO_FLUSH);
    rest = packed.substr(static_cast<std::size_t>(reinterpret_cast<const char*>(in.next_in) - packed.data()));
    bytes.append(piece, 0, piece.size() - in.avail_out);
    if (bytes.size() > max_bytes) return tl::unexpected(InflateFault::too_long);
    if (state == Z_BUF_ERROR) return tl::unexpected(InflateFault::cut_off);  // it asks for more, and there is no more
    if (state != Z_OK && state != Z_STREAM_END) return tl::unexpected(InflateFault::damaged);
    if (state == Z_OK) continue;
    const bool another_member = packing == Packing::gzip && rest.starts_with('\x1f');
    if (!another_member) return Inflated{std::move(bytes), rest};
    if (inflateReset(&in) != Z_OK) return tl::unexpected(InflateFault::damaged);
  }
}

}  // namespace almanac

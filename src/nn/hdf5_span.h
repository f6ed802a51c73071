#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

// Inside the room only: what the parts of the HDF5 reader share.
namespace almanac::nn::hdf5 {

inline constexpr std::size_t kMostValues = 16'000'000;
inline constexpr std::size_t kLongestName = 1'000;
inline constexpr int kMostBlocks = 10'000;  // header continuations, tree nodes, chunks: a circle of them ends here
inline constexpr std::uint64_t kUndefined = ~std::uint64_t{0};

inline tl::unexpected<Error> corrupt(std::string what) {
  return fail(ErrorCode::corrupt, std::move(what));
}
inline tl::unexpected<Error> unsupported(std::string what) {
  return fail(ErrorCode::unsupported, std::move(what));
}

// A stretch of the file. Reading outside it gives zeros and is remembered.
class Span {
 public:
  Span() = default;
  explicit Span(std::string_view bytes) : bytes_(bytes) {}

  std::size_t size() const { return bytes_.size(); }
  bool failed() const { return failed_; }

  std::string_view bytes(std::uint64_t at, std::uint64_t length) {
    if (at > bytes_.size() || length > bytes_.size() - at) {
      failed_ = true;
      return {};
    }
    return bytes_.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(length));
  }
  Span part(std::uint64_t at, std::uint64_t length) { return Span(bytes(at, length)); }
  Span from(std::uint64_t at) { return at > size() ? part(at, 0) : part(at, size() - at); }
  // Little-endian, `width` bytes.
  std::uint64_t number(std::uint64_t at, int width) {
    const std::string_view raw = bytes(at, static_cast<std::uint64_t>(width));
    std::uint64_t value = 0;
    for (std::size_t i = raw.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(raw[i]);
    return value;
  }
  bool starts_with(std::string_view text) { return bytes(0, text.size()) == text && !failed_; }
  // Up to the first NUL, which must come before the end.
  std::optional<std::string> terminated(std::uint64_t at) {
    if (at >= bytes_.size()) return std::nullopt;
    const std::string_view rest = bytes_.substr(static_cast<std::size_t>(at), kLongestName);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(rest.substr(0, end));
  }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

// The bytes of an array that is stored in chunks (specification IV.A.2.i, class 2): a B-tree (III.A.1, kind 1) of
// pieces of one size, each maybe compressed. `layout` and `filters` are the messages of the object (filters: absent,
// none), `shape` the array's, `width` of one value in bytes. Pieces that were never written are zeros. corrupt,
// unsupported: filters other than gzip and shuffle.
Result<std::string> read_chunks(Span file, Span layout, std::optional<Span> filters,
                                const std::vector<std::size_t>& shape, std::uint64_t width);

}  // namespace almanac::nn::hdf5

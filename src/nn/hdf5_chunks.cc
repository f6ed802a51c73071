#include <algorithm>
#include <cstring>

#include "core/inflate.h"
#include "nn/hdf5_span.h"

namespace almanac::nn::hdf5 {
namespace {

enum class Filter { gzip, shuffle };

// Filter pipeline message (IV.A.2.l), in the order in which a writer applies them.
Result<std::vector<Filter>> read_filters(Span message) {
  const std::uint64_t version = message.number(0, 1), number = message.number(1, 1);
  if (message.failed() || (version != 1 && version != 2)) return corrupt("its filters are damaged");
  std::vector<Filter> filters;
  std::uint64_t at = version == 1 ? 8 : 2;
  for (std::uint64_t i = 0; i < number; ++i) {
    const std::uint64_t id = message.number(at, 2);
    const bool named = version == 1 || id >= 256;
    const std::uint64_t name = named ? message.number(at + 2, 2) : 0;
    at += named ? 4 : 2;
    const std::uint64_t values = message.number(at + 2, 2);
    at += 4 + (version == 1 ? (name + 7) / 8 * 8 : name) + 4 * values + (version == 1 && values % 2 == 1 ? 4 : 0);
    if (message.failed()) return corrupt("its filters are damaged");
    if (id != 1 && id != 2) return unsupported("compressed with another filter than gzip or shuffle");
    filters.push_back(id == 1 ? Filter::gzip : Filter::shuffle);
  }
  return filters;
}

// Shuffle stores the first bytes of all values, then their second bytes, and so on.
std::string unshuffled(std::string_view stored, std::size_t width) {
  std::string bytes(stored);
  const std::size_t values = stored.size() / width;
  for (std::size_t v = 0; v < values; ++v)
    for (std::size_t b = 0; b < width; ++b) bytes[v * width + b] = stored[b * values + v];
  return bytes;
}

// Undoes the filters of one piece, whose own mask may leave some out. `size` bytes come out.
Result<std::string> unfiltered(std::string_view stored, const std::vector<Filter>& filters, std::uint64_t mask,
                               std::size_t size, std::size_t width) {
  std::string bytes(stored);
  for (std::size_t i = filters.size(); i-- > 0;) {
    if ((mask >> i & 1) != 0) continue;
    if (filters[i] == Filter::shuffle) {
      bytes = unshuffled(bytes, width);
      continue;
    }
    auto plain = inflated(bytes, Packing::zlib, size);
    if (!plain || plain->bytes.size() != size) return corrupt("a compressed piece is damaged");
    bytes = std::move(plain->bytes);
  }
  if (bytes.size() < size) return corrupt("a piece is cut off");
  return bytes;
}

class Chunks {
 public:
  Chunks(const std::vector<std::size_t>& shape, std::vector<std::size_t> piece, std::size_t width)
      : shape_(shape), piece_(std::move(piece)), width_(width) {
    std::size_t values = 1;
    for (const std::size_t extent : shape_) values *= extent;
    bytes_.assign(values * width_, '\0');
  }

  // Copies the part of a piece at `offset` that lies in the array, a run of the last dimension at a time.
  void place(std::string_view piece, const std::vector<std::size_t>& offset) {
    const std::size_t rank = shape_.size(), last = rank - 1;
    const std::size_t run = std::min(piece_[last], shape_[last] - offset[last]) * width_;
    std::vector<std::size_t> in_piece(rank, 0);
    for (;;) {
      std::size_t from = 0, to = 0;
      bool inside = true;
      for (std::size_t d = 0; d < rank; ++d) {
        inside &= offset[d] + in_piece[d] < shape_[d];
        from = from * piece_[d] + in_piece[d];
        to = to * shape_[d] + offset[d] + in_piece[d];
      }
      if (inside) std::memcpy(bytes_.data() + to * width_, piece.data() + from * width_, run);
      std::size_t d = last;
      while (d > 0 && ++in_piece[d - 1] == piece_[d - 1]) in_piece[--d] = 0;
      if (d == 0) return;
    }
  }

  std::string take() { return std::move(bytes_); }

 private:
  const std::vector<std::size_t>& shape_;
  std::vector<std::size_t> piece_;
  std::size_t width_;
  std::string bytes_;
};

}  // namespace

Result<std::string> read_chunks(Span file, Span layout, std::optional<Span> message,
                                const std::vector<std::size_t>& shape, std::uint64_t width) {
  const std::uint64_t dimensions = layout.number(2, 1);  // the last one is the value's width
  if (layout.failed() || shape.empty() || dimensions != shape.size() + 1)
    return corrupt("its pieces do not fit its shape");
  std::vector<std::size_t> piece;
  std::size_t values = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const std::uint64_t extent = layout.number(11 + 4 * d, 4);
    if (extent == 0 || extent > kMostValues || (values *= extent) > kMostValues)
      return corrupt("its pieces are too large");
    piece.push_back(extent);
  }
  if (layout.number(11 + 4 * shape.size(), 4) != width || layout.failed())
    return corrupt("its pieces hold other values");
  std::vector<Filter> filters;
  if (message) {
    auto read = read_filters(*message);
    if (!read) return tl::unexpected(read.error());
    filters = std::move(*read);
  }
  Chunks chunks(shape, piece, width);
  const std::uint64_t root = layout.number(3, 8);
  if (root == kUndefined) return corrupt("has no values");
  std::vector<std::uint64_t> nodes = {root};
  const std::uint64_t key = 8 + 8 * dimensions;
  for (int visited = 0; !nodes.empty(); ++visited) {
    Span node = file.from(nodes.back());
    nodes.pop_back();
    if (visited > kMostBlocks || !node.starts_with("TREE") || node.number(4, 1) != 1)
      return corrupt("the tree of its pieces is damaged");
    const bool leaf = node.number(5, 1) == 0;
    const std::uint64_t entries = node.number(6, 2);
    for (std::uint64_t i = 0; i < entries; ++i) {
      const std::uint64_t at = 24 + i * (key + 8), address = node.number(at + key, 8);
      if (node.failed() || nodes.size() > static_cast<std::size_t>(kMostBlocks) || ++visited > kMostBlocks)
        return corrupt("the tree of its pieces is damaged");
      if (!leaf) {
        nodes.push_back(address);
        continue;
      }
      std::vector<std::size_t> offset;
      for (std::size_t d = 0; d < shape.size(); ++d) {
        const std::uint64_t start = node.number(at + 8 + 8 * d, 8);
        if (start >= shape[d] || start % piece[d] != 0) return corrupt("a piece lies outside of its array");
        offset.push_back(start);
      }
      Span stored = file.part(address, node.number(at, 4));
      if (file.failed() || node.failed()) return corrupt("a piece is cut off");
      const auto bytes =
          unfiltered(stored.bytes(0, stored.size()), filters, node.number(at + 4, 4), values * width, width);
      if (!bytes) return tl::unexpected(bytes.error());
      chunks.place(*bytes, offset);
    }
  }
  return chunks.take();
}

}  // namespace almanac::nn::hdf5

#include "trees/binned_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "core/check.h"

namespace almanac::trees {
namespace {

// Unsigned numbers in the order of the floats: a negative one has all its bits turned, others the sign. -0 counts as 0.
std::uint32_t key_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value == 0 ? 0.0f : value);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}
float value_of(std::uint32_t key) {
  return std::bit_cast<float>((key >> 31) != 0 ? key & 0x7fffffffU : ~key);
}

// Ascending, digit by digit from the least: several times quicker than comparing, which mostly waits for branches.
class Sorter {
 public:
  void sort(std::vector<std::uint32_t>& keys) {
    aside_.resize(keys.size());
    for (int shift = 0; shift < 32; shift += kDigit) {
      std::array<std::uint32_t, std::size_t{1} << kDigit> next{};
      const auto digit = [&](std::uint32_t key) { return (key >> shift) & (next.size() - 1); };
      for (const std::uint32_t key : keys) ++next[digit(key)];
      std::uint32_t before = 0;
      for (std::uint32_t& place : next) before += std::exchange(place, before);
      for (const std::uint32_t key : keys) aside_[next[digit(key)]++] = key;
      keys.swap(aside_);
    }
  }

 private:
  static constexpr int kDigit = 11;
  std::vector<std::uint32_t> aside_;
};

// Cuts between distinct values, so that each bin holds about the same number of rows.
std::vector<float> cut(const std::vector<std::uint32_t>& sorted) {
  std::vector<float> edges;
  for (std::size_t bin = 1; bin < BinnedTable::kBins; ++bin) {
    const float edge = value_of(sorted[bin * sorted.size() / BinnedTable::kBins]);
    if (edge < value_of(sorted.back()) && (edges.empty() || edge > edges.back())) edges.push_back(edge);
  }
  return edges;
}

// How many edges lie below a value: its bin. As std::lower_bound, in always as many steps and without branches.
class BinSearch {
 public:
  explicit BinSearch(const std::vector<float>& edges) {
    edges_.fill(std::numeric_limits<float>::infinity());
    std::copy(edges.begin(), edges.end(), edges_.begin());
  }
  std::uint8_t operator()(float value) const {
    std::size_t bin = 0;
    for (std::size_t step = BinnedTable::kBins / 2; step > 0; step /= 2)
      bin += edges_[bin + step - 1] < value ? step : 0;
    return static_cast<std::uint8_t>(bin);
  }

 private:
  static_assert(std::has_single_bit(BinnedTable::kBins));
  std::array<float, BinnedTable::kBins> edges_;
};

}  // namespace

BinnedTable::BinnedTable(std::span<const float> values, std::size_t columns) {
  ALMANAC_CHECK(columns > 0 && !values.empty() && values.size() % columns == 0, "a table has whole rows");
  rows_ = values.size() / columns;
  bins_.resize(values.size());
  std::vector<float> column(rows_);
  std::vector<std::uint32_t> keys(rows_);
  Sorter sorter;
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t row = 0; row < rows_; ++row) column[row] = values[row * columns + c];
    std::transform(column.begin(), column.end(), keys.begin(), key_of);
    sorter.sort(keys);
    edges_.push_back(cut(keys));
    std::transform(column.begin(), column.end(), bins_.begin() + static_cast<std::ptrdiff_t>(c * rows_),
                   BinSearch(edges_.back()));
  }
}

}  // namespace almanac::trees

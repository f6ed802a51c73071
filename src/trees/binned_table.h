#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace almanac::trees {

// A table of numbers with every column cut into at most kBins bins, at quantiles of the column: what the search for
// splits looks at. Made once, used for as many fits as wanted.
class BinnedTable {
 public:
  static constexpr std::size_t kBins = 64;

  // `values` row by row, rows x columns, all finite.
  BinnedTable(std::span<const float> values, std::size_t columns);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return edges_.size(); }
  // Bin of each row: value <= edges(column)[bin], and above the edge before. The last bin has no edge.
  std::span<const std::uint8_t> column(std::size_t column) const { return {&bins_[column * rows_], rows_}; }
  // Ascending; bins - 1 of them. Empty for a column that never changes.
  std::span<const float> edges(std::size_t column) const { return edges_[column]; }

 private:
  std::size_t rows_;
  std::vector<std::vector<float>> edges_;
  std::vector<std::uint8_t> bins_;  // column by column
};

}  // namespace almanac::trees

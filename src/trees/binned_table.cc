#include "trees/binned_table.h"

#include <algorithm>

#include "core/check.h"

namespace almanac::trees {
namespace {

// Cuts between distinct values, so that each bin holds about the same number of rows.
std::vector<float> cut(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  std::vector<float> edges;
  for (std::size_t bin = 1; bin < BinnedTable::kBins; ++bin) {
    const float edge = values[bin * values.size() / BinnedTable::kBins];
    if (edge < values.back() && (edges.empty() || edge > edges.back())) edges.push_back(edge);
  }
  return edges;
}

}  // namespace

BinnedTable::BinnedTable(std::span<const float> values, std::size_t columns) {
  ALMANAC_CHECK(columns > 0 && !values.empty() && values.size() % columns == 0, "a table has whole rows");
  rows_ = values.size() / columns;
  bins_.resize(values.size());
  std::vector<float> column(rows_);
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t row = 0; row < rows_; ++row) column[row] = values[row * columns + c];
    const std::vector<float> edges = cut(column);
    for (std::size_t row = 0; row < rows_; ++row)
      bins_[c * rows_ + row] =
          static_cast<std::uint8_t>(std::lower_bound(edges.begin(), edges.end(), column[row]) - edges.begin());
    edges_.push_back(edges);
  }
}

}  // namespace almanac::trees

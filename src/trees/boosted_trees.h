#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "trees/binned_table.h"

namespace almanac::trees {

struct BoostSettings {
  double quantile = 0.5;  // that is learned, 0..1
  int trees = 150;
  int leaves = 15;                 // of a tree, at most
  double rate = 0.06;              // how far each tree's answer is believed
  int least_in_leaf = 40;          // sampled rows
  double row_share = 0.6;          // of the rows that each tree is grown on, ...
  std::size_t most_rows = 10'000;  // ... but not more than this many: the price of a fit hardly grows with the history
  double column_share = 0.5;       // of the columns that each tree may ask
  double ridge = 5;                // added to a leaf's count when its gain is judged
  std::uint64_t seed = 1;
};

// Quantile regression by stochastic gradient boosting of regression trees (Friedman 2001, 2002): each tree is grown,
// best leaf first, on the signs of the pinball loss's gradient, and answers with the quantile of what was left over in
// each leaf. A value; prediction is thread-safe.
class BoostedTrees {
 public:
  // Rows of the table with their targets. The same input gives the same bits.
  static BoostedTrees fit(const BinnedTable& table, std::span<const float> targets, const BoostSettings& settings);

  bool fitted() const { return !roots_.empty(); }
  // `row` has as many columns as the table of the fit.
  double predict(std::span<const float> row) const;

  // To and from plain numbers. corrupt when they are not trees over `columns` columns; never crashes on hostile ones.
  std::vector<double> to_numbers() const;
  static Result<BoostedTrees> from_numbers(std::span<const double> numbers, std::size_t columns);

  bool operator==(const BoostedTrees&) const = default;

 private:
  friend class Booster;
  struct Node {
    std::int32_t column = -1;  // asked; -1: a leaf
    float value = 0;           // the threshold: at most this goes left; a leaf's answer
    std::int32_t left = 0;     // the right child is the next one
    bool operator==(const Node&) const = default;
  };
  double start_ = 0;
  std::vector<std::size_t> roots_;  // positions in nodes_; children stand behind their parent
  std::vector<Node> nodes_;
};

}  // namespace almanac::trees

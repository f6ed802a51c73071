#include "trees/boosted_trees.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/check.h"
#include "core/random.h"

namespace almanac::trees {
namespace {

// Rows of a bin, and how many of them lie above the present prediction: all that the pinball loss's gradient says.
struct Count {
  std::uint32_t rows = 0;
  std::uint32_t above = 0;

  Count& operator+=(const Count& other) { return rows += other.rows, above += other.above, *this; }
  friend Count operator-(const Count& a, const Count& b) { return {a.rows - b.rows, a.above - b.above}; }
};

using Histogram = std::array<Count, BinnedTable::kBins>;  // of one column

struct Split {
  double gain = 0;
  std::size_t column = 0;
  std::size_t bin = 0;  // the last one that goes left
};

// A part of a list of rows.
struct Range {
  std::size_t from = 0, to = 0;
  std::size_t size() const { return to - from; }
};

// A leaf that may still be split: where its rows stand among those the tree is grown on, and among the others.
struct Leaf {
  std::size_t node;
  Range grown, unseen;
  Count total;
  std::vector<Histogram> histograms;  // of the columns in use
  Split best;
};

// A Count in one word, so that the innermost loop adds once for each row: rows in the low half, above in the high one.
using Packed = std::uint64_t;

constexpr Packed pack(bool above) {
  return 1 + (static_cast<Packed>(above) << 32);
}
constexpr Count unpack(Packed packed) {
  return {static_cast<std::uint32_t>(packed), static_cast<std::uint32_t>(packed >> 32)};
}

// Moves the rows that go left to the front of the part of `rows`, both kinds in their order; answers where the others
// begin. Without branches, which nobody could foretell.
template <typename GoesLeft>
std::size_t partition(std::vector<std::uint32_t>& rows, Range part, std::vector<std::uint32_t>& aside,
                      const GoesLeft& goes_left) {
  aside.resize(std::max(aside.size(), part.size()));
  std::size_t left = part.from, right = 0;
  for (std::size_t i = part.from; i < part.to; ++i) {
    const std::uint32_t row = rows[i];
    const bool goes = goes_left(row);
    rows[left] = row;
    aside[right] = row;
    left += goes;
    right += !goes;
  }
  std::copy_n(aside.begin(), right, rows.begin() + static_cast<std::ptrdiff_t>(left));
  return left;
}

// The p-quantile of values[0, n), which it reorders.
double quantile_of(std::vector<float>& values, double p) {
  const auto last = values.size() - 1;
  const auto k = std::min(last, static_cast<std::size_t>(p * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(k), values.end());
  return values[k];
}

}  // namespace

// One fit.
class Booster {
 public:
  Booster(const BinnedTable& table, std::span<const float> targets, const BoostSettings& settings)
      : table_(table), settings_(settings), random_(settings.seed), left_over_(targets.begin(), targets.end()) {}

  BoostedTrees run() {
    std::vector<float> sorted = left_over_;
    model_.start_ = quantile_of(sorted, settings_.quantile);
    for (float& value : left_over_) value -= static_cast<float>(model_.start_);
    for (int tree = 0; tree < settings_.trees; ++tree) grow();
    return std::move(model_);
  }

 private:
  void grow() {
    draw_rows();
    draw_columns();
    model_.roots_.push_back(model_.nodes_.size());
    model_.nodes_.emplace_back();
    std::vector<Leaf> leaves(1);
    leaves[0] = {model_.nodes_.size() - 1, {0, rows_.size()}, {0, unseen_.size()}, {}, {}, {}};
    count(leaves[0]);
    find_split(leaves[0]);
    while (leaves.size() < static_cast<std::size_t>(settings_.leaves)) {
      const auto best = std::max_element(leaves.begin(), leaves.end(),
                                         [](const Leaf& a, const Leaf& b) { return a.best.gain < b.best.gain; });
      if (!(best->best.gain > 0)) break;
      const auto place = static_cast<std::size_t>(best - leaves.begin());
      leaves.push_back(split(leaves[place]));
    }
    for (const Leaf& leaf : leaves) answer(leaf);
  }

  void draw_rows() {
    const std::size_t n = table_.rows();
    const double share =
        std::min(settings_.row_share, static_cast<double>(settings_.most_rows) / static_cast<double>(n));
    rows_.resize(n);
    unseen_.resize(n);
    std::size_t drawn = 0;
    for (std::size_t row = 0; row < n; ++row) {
      rows_[drawn] = unseen_[row - drawn] = static_cast<std::uint32_t>(row);
      drawn += random_.uniform() < share;
    }
    rows_.resize(drawn);
    unseen_.resize(n - drawn);
    if (rows_.empty()) rows_.swap(unseen_);
  }

  void draw_columns() {
    columns_.clear();
    for (std::size_t c = 0; c < table_.columns(); ++c)
      if (!table_.edges(c).empty()) columns_.push_back(c);
    const auto wanted =
        static_cast<std::size_t>(std::ceil(settings_.column_share * static_cast<double>(columns_.size())));
    for (std::size_t i = 0; i < wanted && i + 1 < columns_.size(); ++i)
      std::swap(columns_[i], columns_[i + random_.below(columns_.size() - i)]);
    columns_.resize(std::min(columns_.size(), wanted));
  }

  void count(Leaf& leaf) {
    leaf.histograms.resize(columns_.size());
    const std::span<const std::uint32_t> rows(&rows_[leaf.grown.from], leaf.grown.size());
    weight_.resize(std::max(weight_.size(), rows.size()));
    Packed total = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) total += weight_[i] = pack(left_over_[rows[i]] > 0);
    leaf.total = unpack(total);
    for (std::size_t c = 0; c < columns_.size(); ++c) count(rows, table_.column(columns_[c]), leaf.histograms[c]);
  }

  // Rows that follow each other tend to share a bin, and an addition waits for the one before it in the same place: so
  // the rows take turns among several histograms, which make one in the end.
  void count(std::span<const std::uint32_t> rows, std::span<const std::uint8_t> bins, Histogram& histogram) const {
    constexpr std::size_t kTurns = 4;
    std::array<std::array<Packed, BinnedTable::kBins>, kTurns> sums{};
    std::size_t i = 0;
    for (; i + kTurns <= rows.size(); i += kTurns)
      for (std::size_t turn = 0; turn < kTurns; ++turn) sums[turn][bins[rows[i + turn]]] += weight_[i + turn];
    for (; i < rows.size(); ++i) sums[0][bins[rows[i]]] += weight_[i];
    for (std::size_t bin = 0; bin < BinnedTable::kBins; ++bin)
      histogram[bin] = unpack(sums[0][bin] + sums[1][bin] + sums[2][bin] + sums[3][bin]);
  }

  // What a group of rows gains when it moves together: the squared sum of its gradients over its size.
  double worth(const Count& c) const {
    const double pull = c.above - (1 - settings_.quantile) * c.rows;
    return pull * pull / (c.rows + settings_.ridge);
  }

  // False where worth(left) + worth(right) is certainly not more than `bound`: nearly always, and found without the
  // divisions. The margin is far above what rounding can do.
  bool may_exceed(const Count& left, const Count& right, double bound) const {
    const double pull_left = left.above - (1 - settings_.quantile) * left.rows;
    const double pull_right = right.above - (1 - settings_.quantile) * right.rows;
    const double size_left = left.rows + settings_.ridge, size_right = right.rows + settings_.ridge;
    return pull_left * pull_left * size_right + pull_right * pull_right * size_left >
           bound * (size_left * size_right) * (1 - 1e-9);
  }

  void find_split(Leaf& leaf) const {
    leaf.best = {};
    const double whole = worth(leaf.total);
    const auto least = static_cast<std::uint32_t>(settings_.least_in_leaf);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      Count left;
      for (std::size_t bin = 0; bin < table_.edges(columns_[c]).size(); ++bin) {
        left += leaf.histograms[c][bin];
        const Count right = leaf.total - left;
        if (left.rows < least) continue;
        if (right.rows < least) break;
        if (!may_exceed(left, right, whole + leaf.best.gain)) continue;
        const double gain = worth(left) + worth(right) - whole;
        if (gain > leaf.best.gain) leaf.best = {gain, c, bin};
      }
    }
  }

  // The left part stays in `leaf`; the right part is returned.
  Leaf split(Leaf& leaf) {
    const std::size_t column = columns_[leaf.best.column], bin = leaf.best.bin;
    const auto bins = table_.column(column);
    const auto goes_left = [&](std::uint32_t row) { return bins[row] <= bin; };
    const std::size_t cut = partition(rows_, leaf.grown, aside_, goes_left);
    const std::size_t unseen_cut = partition(unseen_, leaf.unseen, aside_, goes_left);
    const std::size_t child = model_.nodes_.size();
    model_.nodes_.resize(child + 2);
    model_.nodes_[leaf.node] = {static_cast<std::int32_t>(column), table_.edges(column)[bin],
                                static_cast<std::int32_t>(child)};
    Leaf right{child + 1, {cut, leaf.grown.to}, {unseen_cut, leaf.unseen.to}, {}, {}, {}};
    Leaf left{child, {leaf.grown.from, cut}, {leaf.unseen.from, unseen_cut}, {}, {}, {}};
    // The smaller part is counted, the other one is what remains.
    Leaf& small = left.grown.size() < right.grown.size() ? left : right;
    Leaf& large = &small == &left ? right : left;
    count(small);
    large.total = leaf.total - small.total;
    large.histograms = std::move(leaf.histograms);
    for (std::size_t c = 0; c < columns_.size(); ++c)
      for (std::size_t b = 0; b < BinnedTable::kBins; ++b)
        large.histograms[c][b] = large.histograms[c][b] - small.histograms[c][b];
    find_split(left);
    find_split(right);
    leaf = std::move(left);
    return right;
  }

  // What the leaf says from now on; taken off what is left over of all its rows, also those the tree was not grown on.
  void answer(const Leaf& leaf) {
    values_.clear();
    for (std::size_t i = leaf.grown.from; i < leaf.grown.to; ++i) values_.push_back(left_over_[rows_[i]]);
    const auto value = static_cast<float>(settings_.rate * quantile_of(values_, settings_.quantile));
    model_.nodes_[leaf.node].value = value;
    for (std::size_t i = leaf.grown.from; i < leaf.grown.to; ++i) left_over_[rows_[i]] -= value;
    for (std::size_t i = leaf.unseen.from; i < leaf.unseen.to; ++i) left_over_[unseen_[i]] -= value;
  }

  const BinnedTable& table_;
  BoostSettings settings_;
  Random random_;
  BoostedTrees model_;
  std::vector<float> left_over_;              // target - prediction, of every row
  std::vector<std::uint32_t> rows_, unseen_;  // of the newest tree: what it is grown on, and the others
  std::vector<std::size_t> columns_;
  // Room that every leaf uses anew.
  std::vector<Packed> weight_;
  std::vector<std::uint32_t> aside_;
  std::vector<float> values_;
};

BoostedTrees BoostedTrees::fit(const BinnedTable& table, std::span<const float> targets,
                               const BoostSettings& settings) {
  ALMANAC_CHECK(targets.size() == table.rows(), "every row has a target");
  ALMANAC_CHECK(settings.quantile > 0 && settings.quantile < 1 && settings.leaves >= 1, "settings make sense");
  return Booster(table, targets, settings).run();
}

double BoostedTrees::predict(std::span<const float> row) const {
  double sum = start_;
  for (std::size_t n : roots_) {
    while (nodes_[n].column >= 0) {
      const Node& node = nodes_[n];
      n = static_cast<std::size_t>(node.left) + (row[static_cast<std::size_t>(node.column)] > node.value);
    }
    sum += nodes_[n].value;
  }
  return sum;
}

// start, number of trees, their roots, then column, value and left of every node.
std::vector<double> BoostedTrees::to_numbers() const {
  std::vector<double> numbers{start_, static_cast<double>(roots_.size())};
  for (const std::size_t root : roots_) numbers.push_back(static_cast<double>(root));
  for (const Node& node : nodes_) {
    numbers.push_back(node.column);
    numbers.push_back(node.value);
    numbers.push_back(node.left);
  }
  return numbers;
}

Result<BoostedTrees> BoostedTrees::from_numbers(std::span<const double> numbers, std::size_t columns) {
  const auto bad = [] { return fail(ErrorCode::corrupt, "the boosted trees are not what they should be"); };
  const auto whole = [](double value, double limit) {
    return value >= 0 && value < limit && value == std::floor(value);
  };
  BoostedTrees model;
  if (numbers.size() < 2 || !std::isfinite(numbers[0]) || !whole(numbers[1], 1e5)) return bad();
  model.start_ = numbers[0];
  const auto trees = static_cast<std::size_t>(numbers[1]);
  if (trees == 0 || numbers.size() < 2 + trees || (numbers.size() - 2 - trees) % 3 != 0) return bad();
  const auto nodes = numbers.subspan(2 + trees);
  const double count = static_cast<double>(nodes.size() / 3);
  for (const double root : numbers.subspan(2, trees)) {
    if (!whole(root, count)) return bad();
    model.roots_.push_back(static_cast<std::size_t>(root));
  }
  for (std::size_t i = 0; i < nodes.size(); i += 3) {
    const double column = nodes[i], value = nodes[i + 1], left = nodes[i + 2];
    if (!std::isfinite(value) || std::abs(value) > std::numeric_limits<float>::max()) return bad();
    if (column == -1) {
      model.nodes_.push_back({-1, static_cast<float>(value), 0});
      continue;
    }
    // Children stand behind their parent, so that no walk is endless.
    if (!whole(column, static_cast<double>(columns)) || !whole(left, count - 1) || left <= static_cast<double>(i / 3))
      return bad();
    model.nodes_.push_back(
        {static_cast<std::int32_t>(column), static_cast<float>(value), static_cast<std::int32_t>(left)});
  }
  return model;
}

}  // namespace almanac::trees

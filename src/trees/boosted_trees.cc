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

// A leaf that may still be split: its rows stand in [from, to) of the sample.
struct Leaf {
  std::size_t node;
  std::size_t from, to;
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
    leaves[0] = {model_.nodes_.size() - 1, 0, rows_.size(), {}, {}, {}};
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
    for (const Leaf& leaf : leaves)
      for (std::size_t i = leaf.from; i < leaf.to; ++i) left_over_[rows_[i]] -= model_.nodes_[leaf.node].value;
    subtract_from_unseen();
  }

  void draw_rows() {
    const std::size_t n = table_.rows();
    const double share =
        std::min(settings_.row_share, static_cast<double>(settings_.most_rows) / static_cast<double>(n));
    rows_.clear();
    unseen_.clear();
    for (std::size_t row = 0; row < n; ++row)
      (random_.uniform() < share ? rows_ : unseen_).push_back(static_cast<std::uint32_t>(row));
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

  void count(Leaf& leaf) const {
    leaf.histograms.resize(columns_.size());
    const std::span<const std::uint32_t> rows(&rows_[leaf.from], leaf.to - leaf.from);
    std::vector<Packed> weight(rows.size());
    Packed total = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) total += weight[i] = pack(left_over_[rows[i]] > 0);
    leaf.total = unpack(total);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const auto bins = table_.column(columns_[c]);
      std::array<Packed, BinnedTable::kBins> sums{};
      for (std::size_t i = 0; i < rows.size(); ++i) sums[bins[rows[i]]] += weight[i];
      std::transform(sums.begin(), sums.end(), leaf.histograms[c].begin(), unpack);
    }
  }

  // What a group of rows gains when it moves together: the squared sum of its gradients over its size.
  double worth(const Count& c) const {
    const double pull = c.above - (1 - settings_.quantile) * c.rows;
    return pull * pull / (c.rows + settings_.ridge);
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
        const double gain = worth(left) + worth(right) - whole;
        if (gain > leaf.best.gain) leaf.best = {gain, c, bin};
      }
    }
  }

  // The left part stays in `leaf`; the right part is returned.
  Leaf split(Leaf& leaf) {
    const std::size_t column = columns_[leaf.best.column], bin = leaf.best.bin;
    const auto bins = table_.column(column);
    const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(leaf.from);
    const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(leaf.to);
    const auto middle = std::stable_partition(begin, end, [&](std::uint32_t row) { return bins[row] <= bin; });
    const auto cut = static_cast<std::size_t>(middle - rows_.begin());
    const std::size_t child = model_.nodes_.size();
    model_.nodes_.resize(child + 2);
    model_.nodes_[leaf.node] = {static_cast<std::int32_t>(column), table_.edges(column)[bin],
                                static_cast<std::int32_t>(child)};
    Leaf right{child + 1, cut, leaf.to, {}, {}, {}};
    Leaf left{child, leaf.from, cut, {}, {}, {}};
    // The smaller part is counted, the other one is what remains.
    Leaf& small = cut - leaf.from < leaf.to - cut ? left : right;
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

  void answer(const Leaf& leaf) {
    std::vector<float> values;
    values.reserve(leaf.to - leaf.from);
    for (std::size_t i = leaf.from; i < leaf.to; ++i) values.push_back(left_over_[rows_[i]]);
    model_.nodes_[leaf.node].value = static_cast<float>(settings_.rate * quantile_of(values, settings_.quantile));
  }

  // Takes the newest tree's answers off what is left over of the rows it was not grown on, which meet thresholds by
  // their bins.
  void subtract_from_unseen() {
    const std::size_t root = model_.roots_.back();
    std::vector<std::uint8_t> bin_of(model_.nodes_.size() - root);
    for (std::size_t n = root; n < model_.nodes_.size(); ++n) {
      const auto& node = model_.nodes_[n];
      if (node.column < 0) continue;
      const auto edges = table_.edges(static_cast<std::size_t>(node.column));
      bin_of[n - root] =
          static_cast<std::uint8_t>(std::lower_bound(edges.begin(), edges.end(), node.value) - edges.begin());
    }
    for (const std::uint32_t row : unseen_) {
      std::size_t n = root;
      while (model_.nodes_[n].column >= 0) {
        const auto& node = model_.nodes_[n];
        const bool right = table_.column(static_cast<std::size_t>(node.column))[row] > bin_of[n - root];
        n = static_cast<std::size_t>(node.left) + right;
      }
      left_over_[row] -= model_.nodes_[n].value;
    }
  }

  const BinnedTable& table_;
  BoostSettings settings_;
  Random random_;
  BoostedTrees model_;
  std::vector<float> left_over_;              // target - prediction, of every row
  std::vector<std::uint32_t> rows_, unseen_;  // of the newest tree: what it is grown on, and the others
  std::vector<std::size_t> columns_;
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

#include "trees/boosted_trees.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "core/random.h"

namespace almanac::trees {
namespace {

constexpr std::size_t kColumns = 4;

struct Sample {
  std::vector<float> rows, targets;
  std::span<const float> row(std::size_t i) const { return std::span(rows).subspan(i * kColumns, kColumns); }
};

// Quiet below a threshold of the first column, 3 above it unless the second one forbids it; uniform noise of +-0.5.
Sample bursts(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  Sample sample;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < kColumns; ++c) sample.rows.push_back(static_cast<float>(random.uniform()));
    const auto row = sample.row(i);
    const double middle = row[0] > 0.7f && row[1] < 0.5f ? 3.0 : 0.0;
    sample.targets.push_back(static_cast<float>(middle + random.uniform(-0.5, 0.5)));
  }
  return sample;
}

BoostedTrees fit(const Sample& sample, double quantile, std::uint64_t seed = 1) {
  return BoostedTrees::fit(BinnedTable(sample.rows, kColumns), sample.targets, {.quantile = quantile, .seed = seed});
}

TEST(BinnedTable, PutsEveryValueBelowItsEdge) {
  const Sample sample = bursts(1000, 1);
  const BinnedTable table(sample.rows, kColumns);
  for (std::size_t c = 0; c < kColumns; ++c) {
    const auto edges = table.edges(c);
    ASSERT_EQ(edges.size(), BinnedTable::kBins - 1);
    for (std::size_t i = 0; i < table.rows(); ++i) {
      const std::size_t bin = table.column(c)[i];
      const float value = sample.row(i)[c];
      if (bin < edges.size()) {
        EXPECT_LE(value, edges[bin]);
      }
      if (bin > 0) {
        EXPECT_GT(value, edges[bin - 1]);
      }
    }
  }
}

TEST(BinnedTable, AColumnThatNeverChangesHasNoEdges) {
  const std::vector<float> values{1, 5, 1, 6, 1, 7};
  const BinnedTable table(values, 2);
  EXPECT_TRUE(table.edges(0).empty());
  EXPECT_EQ(table.edges(1).size(), 2u);  // 5 | 6 | 7
}

// What a sort and a search among the edges would give, whatever the signs and sizes.
RC_GTEST_PROP(BinnedTable, EdgesAndBinsAreThoseOfTheSortedColumn, ()) {
  const auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<float>>(rc::gen::oneOf(
      rc::gen::element(0.0f, -0.0f, 1.0f, -1.0f, 3.4e38f, -3.4e38f, 1e-40f, -1e-40f),
      rc::gen::map(rc::gen::inRange(-1000, 1000), [](int i) { return 0.01f * static_cast<float>(i); }))));
  const BinnedTable table(values, 1);
  std::vector<float> sorted = values, edges;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t bin = 1; bin < BinnedTable::kBins; ++bin) {
    const float edge = sorted[bin * sorted.size() / BinnedTable::kBins];
    if (edge < sorted.back() && (edges.empty() || edge > edges.back())) edges.push_back(edge);
  }
  RC_ASSERT(std::equal(edges.begin(), edges.end(), table.edges(0).begin(), table.edges(0).end()));
  for (std::size_t i = 0; i < values.size(); ++i)
    RC_ASSERT(table.column(0)[i] == std::lower_bound(edges.begin(), edges.end(), values[i]) - edges.begin());
}

TEST(BoostedTrees, FindConditionsAndTheQuantileInEach) {
  const Sample seen = bursts(4000, 1), fresh = bursts(2000, 2);
  const BoostedTrees median = fit(seen, 0.5), high = fit(seen, 0.9);
  int below_median = 0, below_high = 0;
  double error = 0;
  for (std::size_t i = 0; i < fresh.targets.size(); ++i) {
    const auto row = fresh.row(i);
    error += std::abs(median.predict(row) - (row[0] > 0.7f && row[1] < 0.5f ? 3.0 : 0.0));
    below_median += fresh.targets[i] <= median.predict(row);
    below_high += fresh.targets[i] <= high.predict(row);
  }
  EXPECT_LT(error / 2000, 0.15);
  EXPECT_NEAR(below_median / 2000.0, 0.5, 0.06);
  EXPECT_NEAR(below_high / 2000.0, 0.9, 0.04);
}

TEST(BoostedTrees, AreTheSameToTheBitForTheSameSeedAndOthersForAnother) {
  const Sample sample = bursts(500, 3);
  EXPECT_EQ(fit(sample, 0.9), fit(sample, 0.9));
  EXPECT_FALSE(fit(sample, 0.9) == fit(sample, 0.9, 2));
}

TEST(BoostedTrees, AHandfulOfRowsGivesTheirQuantile) {
  Sample sample = bursts(9, 1);
  for (std::size_t i = 0; i < 9; ++i) sample.targets[i] = static_cast<float>(i);
  // Nine rows make no two leaves of forty. The median starts at 4; what is left over is 0 in the middle.
  EXPECT_NEAR(fit(sample, 0.5).predict(sample.row(0)), 4, 1.0);
}

TEST(BoostedTrees, AreReadBackFromTheirNumbers) {
  const BoostedTrees trees = fit(bursts(500, 4), 0.5);
  const auto back = BoostedTrees::from_numbers(trees.to_numbers(), kColumns);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, trees);
  EXPECT_FALSE(BoostedTrees::from_numbers(trees.to_numbers(), 1)) << "a column that is not there";
}

RC_GTEST_PROP(BoostedTrees, HostileNumbersAreRefusedOrHarmless, ()) {
  std::vector<double> numbers = fit(bursts(200, 5), 0.5).to_numbers();
  const auto edits = *rc::gen::inRange(1, 6);
  for (int i = 0; i < edits; ++i) {
    const auto place = *rc::gen::inRange<std::size_t>(0, numbers.size());
    numbers[place] = *rc::gen::element(-1.0, 0.0, 1.0, 2.5, 7.0, 1e9, 1e300, -3.0);
  }
  numbers.resize(*rc::gen::inRange<std::size_t>(0, numbers.size() + 1));
  const auto trees = BoostedTrees::from_numbers(numbers, kColumns);
  if (trees) (void)trees->predict(std::vector<float>(kColumns, 0.5f));  // ends, and reads nothing outside
}

}  // namespace
}  // namespace almanac::trees

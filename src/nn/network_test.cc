#include "nn/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nn/reference.h"
#include "nn/testing.h"

namespace almanac::nn {
namespace {

using ::testing::HasSubstr;
using testing::normals;
using testing::quantile_network;
using testing::stacked_network;

std::vector<float> predict(const Network& network, const std::vector<float>& sequences,
                           const std::vector<float>& contexts, std::size_t batch) {
  Workspace workspace;
  std::vector<float> outputs(batch * static_cast<std::size_t>(network.outputs()));
  network.predict(sequences, contexts, batch, outputs, workspace);
  return outputs;
}

// The largest difference between the engine and the reference over `batch` random rows.
double worst_difference(const Network& network, std::size_t batch, double scale = 1.0) {
  const auto row = static_cast<std::size_t>(network.steps() * network.features());
  const auto context = static_cast<std::size_t>(network.context());
  const std::vector<float> x = normals(batch * row, 5, scale);
  const std::vector<float> c = normals(batch * context, 6, scale);
  const std::vector<float> outputs = predict(network, x, c, batch);
  const Reference reference(network);
  double worst = 0;
  for (std::size_t i = 0; i < batch; ++i) {
    const Eigen::VectorXd expected = reference.predict(x.data() + i * row, c.data() + i * context);
    for (int j = 0; j < network.outputs(); ++j) {
      const double got = outputs[i * static_cast<std::size_t>(network.outputs()) + static_cast<std::size_t>(j)];
      worst = std::max(worst, std::abs(got - expected[j]));
    }
  }
  return worst;
}

class EngineAtLevel : public ::testing::TestWithParam<SimdLevel> {
 protected:
  void SetUp() override {
    before_ = simd_level();
    if (!set_simd_level(GetParam())) GTEST_SKIP() << "this processor has no " << to_string(GetParam());
  }
  void TearDown() override { set_simd_level(before_); }

 private:
  SimdLevel before_ = SimdLevel::baseline;
};

INSTANTIATE_TEST_SUITE_P(Simd, EngineAtLevel, ::testing::Values(SimdLevel::baseline, SimdLevel::v3),
                         [](const auto& level) { return std::string(to_string(level.param)); });

TEST_P(EngineAtLevel, PredictsWhatTheReferencePredictsWhateverTheBatch) {
  Network network = quantile_network(28, 9, 40, 32, 64);
  network.initialise(1);
  for (std::size_t batch : {1, 2, 3, 4, 5, 6, 7, 31, 32, 33, 65}) {
    EXPECT_LT(worst_difference(network, batch), 3e-6) << "batch " << batch;
  }
}

// Widths that fill no vector: every tail of the kernels is on the way.
TEST_P(EngineAtLevel, PredictsWhatTheReferencePredictsWhateverTheWidths) {
  for (int units = 1; units <= 19; ++units) {
    Network network = stacked_network(5, 1 + units % 4, units, units + 3, Activation::relu);
    network.initialise(static_cast<std::uint64_t>(units));
    EXPECT_LT(worst_difference(network, 13), 2e-6) << units << " units";
  }
  Network usual = stacked_network(12, 4, 50, 25, Activation::relu);
  usual.initialise(3);
  EXPECT_LT(worst_difference(usual, 40), 2e-6);
}

TEST_P(EngineAtLevel, ActivationsAgreeWithTheReferenceFarOutToo) {
  for (Activation kind : {Activation::linear, Activation::relu, Activation::tanh, Activation::sigmoid, Activation::silu,
                          Activation::softplus}) {
    Network network = stacked_network(3, 2, 8, 10, kind);
    network.initialise(7);
    for (float& w : network.parameters()) w *= 20;  // sums in the hundreds: gates and activations saturate
    EXPECT_LT(worst_difference(network, 50, 3.0), 1e-3) << to_string(kind);  // outputs are in the thousands
  }
}

TEST_P(EngineAtLevel, MissingInputStaysMissing) {
  Network network = stacked_network(3, 2, 9, 4, Activation::relu);
  network.initialise(1);
  std::vector<float> x = normals(5 * 6, 1);
  x[8] = std::nanf("");  // in row 1
  const std::vector<float> outputs = predict(network, x, {}, 5);
  for (std::size_t row = 0; row < 5; ++row) EXPECT_EQ(std::isnan(outputs[row]), row == 1) << row;
}

TEST_P(EngineAtLevel, QuantilesNeverCross) {
  Network network = quantile_network(6, 3, 5, 8, 8);
  network.initialise(2);
  const std::vector<float> outputs = predict(network, normals(50 * 18, 1, 5), normals(50 * 5, 2, 5), 50);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (i % 4 != 0) {
      EXPECT_GE(outputs[i], outputs[i - 1]);
    }
  }
}

TEST(Network, BothLevelsAgree) {
  const SimdLevel before = simd_level();
  if (!set_simd_level(SimdLevel::v3)) GTEST_SKIP() << "this processor has no v3";
  Network network = quantile_network(28, 9, 40, 32, 64);
  network.initialise(1);
  const std::vector<float> x = normals(20 * 252, 1);
  const std::vector<float> c = normals(20 * 40, 2);
  const std::vector<float> fast = predict(network, x, c, 20);
  set_simd_level(SimdLevel::baseline);
  const std::vector<float> plain = predict(network, x, c, 20);
  set_simd_level(before);
  for (std::size_t i = 0; i < fast.size(); ++i) EXPECT_NEAR(fast[i], plain[i], 3e-6);
}

TEST(Network, AWorkspaceServesNetworksInTurn) {
  Network small = stacked_network(3, 2, 4, 4, Activation::relu);
  Network large = stacked_network(12, 4, 50, 25, Activation::tanh);
  small.initialise(1);
  large.initialise(2);
  const std::vector<float> x = normals(48, 1);
  Workspace workspace;
  float first = 0;
  float again = 0;
  float other = 0;
  small.predict(std::span(x).first(6), {}, 1, {&first, 1}, workspace);
  large.predict(x, {}, 1, {&other, 1}, workspace);
  small.predict(std::span(x).first(6), {}, 1, {&again, 1}, workspace);
  EXPECT_EQ(first, again);
}

TEST(Network, FreshWeightsAreDrawnAsKerasDrawsThem) {
  Network network = stacked_network(12, 4, 50, 25, Activation::relu);
  network.initialise(1);
  const Layer& lstm = network.layers()[1];
  const auto p = network.parameters();

  // Glorot: uniform in +-sqrt(6 / (4 + 200)) = +-0.1715.
  double largest = 0;
  for (float w : p.subspan(lstm.parameters[0].offset, 4 * 200)) largest = std::max<double>(largest, std::abs(w));
  EXPECT_LE(largest, 0.1715);
  EXPECT_GT(largest, 0.165);

  // Orthogonal: rows of the recurrent kernel have length 1 and are at right angles.
  const Eigen::Map<const Eigen::Matrix<float, 50, 200, Eigen::RowMajor>> recurrent(p.data() +
                                                                                   lstm.parameters[1].offset);
  EXPECT_LT((recurrent * recurrent.transpose() - Eigen::MatrixXf::Identity(50, 50)).cwiseAbs().maxCoeff(), 1e-5);

  // Bias 0, forget gate 1.
  const auto bias = p.subspan(lstm.parameters[2].offset, 200);
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(bias[i], i / 50 == 1 ? 1.0f : 0.0f);
}

TEST(Network, CopiesAreIndependentAndSeedsRepeat) {
  Network a = stacked_network(3, 2, 4, 4, Activation::relu);
  a.initialise(9);
  Network b = a;
  b.parameters()[0] += 1;
  EXPECT_NE(a.parameters()[0], b.parameters()[0]);
  b.initialise(9);
  EXPECT_TRUE(std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin()));
  b.initialise(10);
  EXPECT_FALSE(std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin()));
}

TEST(Network, InitialiseLeavesFrozenLayersAlone) {
  Network network = quantile_network(6, 3, 5, 8, 8);
  network.initialise(2);
  const Layer& last = network.layers().back();
  EXPECT_THAT(network.parameters().subspan(last.parameters[0].offset, 5), ::testing::ElementsAre(1, 1, 1, 1, 0));
  EXPECT_EQ(network.trainable()[last.parameters[0].offset], 0);
  EXPECT_EQ(network.trainable()[0], 1);
}

TEST(Network, TheAverageOfNetworksPredictsTheMean) {
  std::vector<Network> members(3, quantile_network(6, 3, 5, 8, 8));
  for (std::size_t m = 0; m < 3; ++m) members[m].initialise(m);
  const Network together = average_of(members).value();
  const std::vector<float> x = normals(7 * 18, 1);
  const std::vector<float> c = normals(7 * 5, 2);
  const std::vector<float> got = predict(together, x, c, 7);
  std::vector<double> mean(got.size(), 0.0);
  for (const Network& member : members) {
    const std::vector<float> one = predict(member, x, c, 7);
    for (std::size_t i = 0; i < one.size(); ++i) mean[i] += one[i] / 3.0;
  }
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], mean[i], 1e-6);
}

TEST(Network, AverageRefusesMembersThatDoNotFit) {
  const std::vector<Network> members = {quantile_network(6, 3, 5, 8, 8), quantile_network(6, 4, 5, 8, 8)};
  const auto average = average_of(members);
  ASSERT_FALSE(average);
  EXPECT_THAT(average.error().message, HasSubstr("network 1 has other inputs"));
  EXPECT_FALSE(average_of({}));
}

// Each graph is wrong in one way; the message names the layer and the reason.
TEST(NetworkBuilder, NamesTheLayerThatIsWrong) {
  const auto message = [](auto make) {
    NetworkBuilder b;
    const auto result = b.build(make(b));
    return result ? std::string("built") : result.error().message;
  };
  EXPECT_THAT(message([](auto& b) { return b.dense(b.sequence_input(3, 2), 1); }), HasSubstr("needs vectors"));
  EXPECT_THAT(message([](auto& b) { return b.lstm(b.context_input(2), 1); }), HasSubstr("needs a sequence"));
  EXPECT_THAT(message([](auto& b) { return b.dense(7, 1); }), HasSubstr("not an earlier layer"));
  EXPECT_THAT(message([](auto& b) { return b.dense(b.context_input(2), 0); }), HasSubstr("width 0"));
  EXPECT_THAT(message([](auto& b) { return b.lstm(b.sequence_input(0, 2), 1); }), HasSubstr("0 steps"));
  EXPECT_THAT(message([](auto& b) { return b.dense(b.context_input(1'000'000), 1'000'000); }), HasSubstr("more than"));
  EXPECT_THAT(message([](auto& b) { return b.concatenate({}); }), HasSubstr("has no input"));
  EXPECT_THAT(message([](auto& b) {
                return b.concatenate({b.context_input(2), b.context_input(3)});
              }),
              HasSubstr("second input"));
  EXPECT_THAT(message([](auto& b) {
                const LayerId c = b.context_input(2);
                return b.average({c, b.dense(c, 3)});
              }),
              HasSubstr("differ in width"));
  EXPECT_THAT(message([](auto& b) {
                return b.dense(b.context_input(2), 3, {.kernel = {1, 2, 3}});
              }),
              HasSubstr("3 values, expected 6"));
  EXPECT_THAT(message([](auto& b) {
                const LayerId c = b.context_input(2);
                b.dense(c, 1);
                return b.dense(c, 1);
              }),
              HasSubstr("leads nowhere"));
  EXPECT_THAT(message([](auto& b) { return b.lstm(b.sequence_input(3, 2), 2, {.return_sequences = true}); }),
              HasSubstr("output must be a computed vector"));
  EXPECT_THAT(message([](auto& b) { return b.dense(b.dense(b.context_input(2), 1, {.name = "a"}), 1, {.name = "a"}); }),
              HasSubstr("name is taken"));
}

}  // namespace
}  // namespace almanac::nn

#include "nn/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "nn/reference.h"
#include "nn/testing.h"

namespace almanac::nn {
namespace {

using testing::normals;
using testing::quantile_network;
using testing::stacked_network;

const std::vector<float> kLevels = {0.5f, 0.75f, 0.9f, 0.97f};
const std::vector<float> kLevelWeights = {1, 1, 1.5f, 2};

struct Batch {
  std::size_t size;
  std::vector<float> sequences, contexts, targets, weights;

  Batch(const Network& network, const Loss& loss, std::size_t n, std::uint64_t seed = 1)
      : size(n),
        sequences(normals(n * static_cast<std::size_t>(network.steps() * network.features()), seed)),
        contexts(normals(n * static_cast<std::size_t>(network.context()), seed + 1)),
        targets(normals(n * static_cast<std::size_t>(loss.targets(network)), seed + 2)) {
    for (std::size_t i = 0; i < n; ++i) weights.push_back(0.5f + static_cast<float>(i % 3));
  }
};

double reference_loss(const Reference& reference, const Network& network, const Loss& loss, const Batch& b) {
  const auto row = static_cast<std::size_t>(network.steps() * network.features());
  const auto context = static_cast<std::size_t>(network.context());
  double total = 0;
  double weights = 0;
  for (std::size_t i = 0; i < b.size; ++i) {
    const Eigen::VectorXd out = reference.predict(b.sequences.data() + i * row, b.contexts.data() + i * context);
    double sample = 0;
    for (int j = 0; j < out.size(); ++j) {
      const auto level = static_cast<std::size_t>(j);
      if (loss.kind == Loss::Kind::pinball) {
        const double q = loss.quantiles[level];
        const double difference = static_cast<double>(b.targets[i]) - out[j];
        sample += static_cast<double>(loss.weights[level]) * std::max(q * difference, (q - 1) * difference);
      } else {
        const double target = b.targets[i * static_cast<std::size_t>(out.size()) + level];
        sample += std::pow(out[j] - target, 2) / static_cast<double>(out.size());
      }
    }
    total += static_cast<double>(b.weights[i]) * sample;
    weights += static_cast<double>(b.weights[i]);
  }
  return total / weights;
}

// Central differences of the double reference against the engine's float gradient, parameter by parameter. Returns the
// largest difference, as a share of the largest gradient.
double worst_gradient_error(const Network& start, const Loss& loss, std::size_t batch) {
  Network network = start;
  const Batch b(network, loss, batch);
  Trainer trainer(network, loss);
  std::vector<float> gradient(network.parameters().size());
  const double got = trainer.gradient(b.sequences, b.contexts, b.targets, b.weights, b.size, gradient);
  Reference reference(network);
  EXPECT_NEAR(got, reference_loss(reference, network, loss, b), 1e-5);

  constexpr double kStep = 1e-6;
  double worst = 0;
  double largest = 0;
  for (std::size_t p = 0; p < gradient.size(); ++p) {
    double& parameter = reference.parameters()[p];
    const double before = parameter;
    parameter = before + kStep;
    const double up = reference_loss(reference, network, loss, b);
    parameter = before - kStep;
    const double down = reference_loss(reference, network, loss, b);
    parameter = before;
    const double expected = (up - down) / (2 * kStep);
    worst = std::max(worst, std::abs(expected - static_cast<double>(gradient[p])));
    largest = std::max(largest, std::abs(expected));
  }
  return worst / largest;
}

class GradientAtLevel : public ::testing::TestWithParam<SimdLevel> {
 protected:
  void SetUp() override {
    before_ = simd_level();
    if (!set_simd_level(GetParam())) GTEST_SKIP() << "this processor has no " << to_string(GetParam());
  }
  void TearDown() override { set_simd_level(before_); }

 private:
  SimdLevel before_ = SimdLevel::baseline;
};

INSTANTIATE_TEST_SUITE_P(Simd, GradientAtLevel, ::testing::Values(SimdLevel::baseline, SimdLevel::v3),
                         [](const auto& level) { return std::string(to_string(level.param)); });

TEST_P(GradientAtLevel, OfADenseLayerWithEachActivation) {
  for (Activation kind : {Activation::linear, Activation::relu, Activation::tanh, Activation::sigmoid, Activation::silu,
                          Activation::softplus}) {
    NetworkBuilder b;
    const LayerId hidden = b.dense(b.context_input(5), 7, {.activation = kind});
    Network network = b.build(b.dense(hidden, 3)).value();
    network.initialise(3);
    EXPECT_LT(worst_gradient_error(network, Loss::mse(), 9), 1e-5) << to_string(kind);
  }
}

TEST_P(GradientAtLevel, OfAnLstmThatReturnsItsLastState) {
  for (int units : {1, 5, 8, 11}) {
    NetworkBuilder b;
    Network network = b.build(b.dense(b.lstm(b.sequence_input(6, 3), units), 2)).value();
    network.initialise(4);
    EXPECT_LT(worst_gradient_error(network, Loss::mse(), 7), 1e-5) << units << " units";
  }
}

TEST_P(GradientAtLevel, OfStackedLstms) {
  Network network = stacked_network(5, 4, 9, 6, Activation::tanh);
  network.initialise(5);
  EXPECT_LT(worst_gradient_error(network, Loss::mse(), 7), 1e-5);
}

TEST_P(GradientAtLevel, OfJoinsWhoseInputsAreUsedTwice) {
  NetworkBuilder b;
  const LayerId context = b.context_input(4);
  const LayerId left = b.dense(context, 6, {.activation = Activation::tanh});
  const LayerId right = b.dense(left, 6, {.activation = Activation::sigmoid});
  const LayerId mean = b.average({left, right, left});
  Network network = b.build(b.dense(b.concatenate({mean, context, right}), 2)).value();
  network.initialise(6);
  EXPECT_LT(worst_gradient_error(network, Loss::mse(), 8), 1e-5);
}

TEST_P(GradientAtLevel, OfOurOwnNetWithPinballLoss) {
  Network network = quantile_network(6, 3, 5, 10, 12);
  network.initialise(7);
  EXPECT_LT(worst_gradient_error(network, Loss::pinball(kLevels, kLevelWeights), 6), 1e-5);
}

// 70 rows are pieces of 32, 32 and 6.
TEST_P(GradientAtLevel, OfALargeBatchIsTheSumOverItsPieces) {
  Network network = quantile_network(4, 2, 3, 5, 6);
  network.initialise(8);
  EXPECT_LT(worst_gradient_error(network, Loss::pinball(kLevels, kLevelWeights), 70), 1e-5);
}

// Two levels .5 and .9 (weights 1, 2), target 3, outputs 1 and 4:
//   .5: 3 - 1 = 2 above: .5 * 2 = 1.   .9: 3 - 4 = -1: (.9 - 1) * -1 = .1, times 2 = .2.   Together 1.2.
// By the outputs: -.5 and 2 * .1 = .2.
TEST(Loss, PinballByHand) {
  NetworkBuilder b;
  Network network = b.build(b.dense(b.context_input(1), 2)).value();
  network.set_bias(1, std::vector<float>{1, 4});
  Trainer trainer(network, Loss::pinball({0.5f, 0.9f}, {1, 2}));
  std::vector<float> gradient(4);
  const std::vector<float> context = {0};
  const std::vector<float> target = {3};
  EXPECT_NEAR(trainer.gradient({}, context, target, {}, 1, gradient), 1.2, 1e-6);
  EXPECT_NEAR(gradient[2], -0.5, 1e-6);
  EXPECT_NEAR(gradient[3], 0.2, 1e-6);
}

// One weight w = 2, context 1, target 0: gradient 2 w = 4. First step of Adam: m = .1 * 4, v = .001 * 16, both
// corrected are 4 and 16, so w -= rate * 4 / 4, whatever the gradient's size; decay .5 takes rate * .5 * 2 more.
TEST(Adam, FirstStepByHand) {
  for (double decay : {0.0, 0.5}) {
    NetworkBuilder b;
    Network network = b.build(b.dense(b.context_input(1), 1, {.use_bias = false, .kernel = {2}})).value();
    Trainer trainer(network, Loss::mse(), {.weight_decay = decay});
    const std::vector<float> one = {1};
    const std::vector<float> zero = {0};
    EXPECT_NEAR(trainer.train_batch({}, one, zero, {}, 1, 0.01), 4.0, 1e-6);
    EXPECT_NEAR(network.parameters()[0], 2 - 0.01 - 0.01 * decay * 2, 1e-6);
  }
}

TEST(Trainer, FrozenLayersAndWorthlessBatchesChangeNothing) {
  Network network = quantile_network(6, 3, 5, 8, 8);
  network.initialise(1);
  const Loss loss = Loss::pinball(kLevels, kLevelWeights);
  Trainer trainer(network, loss, {.weight_decay = 0.1});
  Batch b(network, loss, 8);
  const std::vector<float> before(network.parameters().begin(), network.parameters().end());

  b.contexts[3] = std::nanf("");
  trainer.train_batch(b.sequences, b.contexts, b.targets, b.weights, b.size, 0.01);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), network.parameters().begin()));

  b.contexts[3] = 0;
  trainer.train_batch(b.sequences, b.contexts, b.targets, b.weights, b.size, 0.01);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (network.trainable()[i]) continue;
    EXPECT_EQ(network.parameters()[i], before[i]);
  }
  EXPECT_NE(network.parameters()[0], before[0]);
}

// y = x0 - 2 x1 + noise that grows with x2 > 0: the quantiles must find the line and the spread.
struct Line {
  std::size_t count = 3000;
  std::vector<float> contexts, targets;

  Line() : contexts(normals(count * 3, 1)) {
    Random random(2);
    for (std::size_t i = 0; i < count; ++i) {
      const float* x = contexts.data() + 3 * i;
      const double sd = x[2] > 0 ? 1.0 : 0.2;
      targets.push_back(static_cast<float>(x[0] - 2 * x[1] + sd * random.normal()));
    }
  }
};

Network line_network() {
  NetworkBuilder b;
  const LayerId x = b.context_input(3);
  const LayerId h = b.dense(x, 16, {.activation = Activation::silu});
  return b.build(b.dense(b.concatenate({h, x}), 2)).value();
}

TEST(Fit, FindsTheQuantilesOfNoisyData) {
  const Line line;
  Network network = line_network();
  network.initialise(1);
  const Loss loss = Loss::pinball({0.5f, 0.9f});
  const Samples samples = Samples::from_arrays(network, loss, line.count, {}, line.contexts, line.targets);
  std::vector<std::size_t> all(line.count);
  std::iota(all.begin(), all.end(), 0);
  const auto split = std::span(all);
  std::vector<Progress> told;
  const auto report = fit(network, samples, split.first(2500), split.subspan(2500), loss,
                          {.epochs = 40, .learning_rate = 5e-3}, [&](const Progress& p) { told.push_back(p); });
  ASSERT_TRUE(report);
  EXPECT_EQ(report->training_loss.size(), 40u);
  EXPECT_GE(told.size(), 40u);
  EXPECT_EQ(told.back().done, told.back().total);

  // Normal noise: the 0.9 quantile lies 1.2816 standard deviations above the median.
  Workspace workspace;
  for (const float noisy : {1.0f, -1.0f}) {
    const std::vector<float> x = {0.5f, 0.5f, noisy};
    std::vector<float> q(2);
    network.predict({}, x, 1, q, workspace);
    EXPECT_NEAR(q[0], -0.5, 0.15);
    EXPECT_NEAR(q[1] - q[0], noisy > 0 ? 1.28 : 0.256, noisy > 0 ? 0.2 : 0.12);
  }
}

TEST(Fit, SameSeedSameBits) {
  const Line line;
  const Loss loss = Loss::pinball({0.5f, 0.9f});
  std::vector<std::size_t> all(line.count);
  std::iota(all.begin(), all.end(), 0);
  const auto train = [&](std::uint64_t seed) {
    Network network = line_network();
    network.initialise(1);
    const Samples samples = Samples::from_arrays(network, loss, line.count, {}, line.contexts, line.targets);
    EXPECT_TRUE(fit(network, samples, all, {}, loss, {.epochs = 2, .seed = seed}));
    return std::vector<float>(network.parameters().begin(), network.parameters().end());
  };
  EXPECT_EQ(train(1), train(1));
  EXPECT_NE(train(1), train(2));
}

// Training on pure noise soon gets worse on held-out samples: training stops, and the best epoch's weights are back.
TEST(Fit, StopsEarlyAndKeepsTheBestWeights) {
  NetworkBuilder b;
  const LayerId h = b.dense(b.context_input(10), 64, {.activation = Activation::tanh});
  Network network = b.build(b.dense(h, 1)).value();
  network.initialise(1);
  const std::vector<float> x = normals(200 * 10, 1);
  const std::vector<float> y = normals(200, 2);
  const Samples samples = Samples::from_arrays(network, Loss::mse(), 200, {}, x, y);
  std::vector<std::size_t> all(200);
  std::iota(all.begin(), all.end(), 0);
  const auto held_out = std::span(all).subspan(100);
  const auto report = fit(network, samples, std::span(all).first(100), held_out, Loss::mse(),
                          {.epochs = 300, .batch_size = 20, .learning_rate = 5e-3, .patience = 5});
  ASSERT_TRUE(report);
  EXPECT_LT(report->training_loss.size(), 300u);
  EXPECT_EQ(static_cast<int>(report->training_loss.size()), report->best_epoch + 1 + 5);
  Trainer trainer(network, Loss::mse());
  EXPECT_EQ(trainer.evaluate(samples, held_out), report->best_loss);
}

TEST(Fit, RefusesWhatCannotBeTrained) {
  Network network = line_network();
  const std::vector<float> x = {1, 2, 3};
  const std::vector<float> y = {1};
  const Loss loss = Loss::pinball({0.5f, 0.9f});
  const Samples samples = Samples::from_arrays(network, loss, 1, {}, x, y);
  const std::vector<std::size_t> one = {0};
  const std::vector<std::size_t> beyond = {1};
  EXPECT_FALSE(fit(network, samples, {}, {}, loss, {}));
  EXPECT_FALSE(fit(network, samples, beyond, {}, loss, {}));
  EXPECT_FALSE(fit(network, samples, one, {}, Loss::pinball({0.5f}), {}));
  Network nothing;
  EXPECT_FALSE(fit(nothing, samples, one, {}, loss, {}));
  EXPECT_TRUE(fit(network, samples, one, {}, loss, {.epochs = 1}));
}

TEST(DecayedRate, StartsAtTheRateAndEndsAtItsFraction) {
  for (Decay decay : {Decay::linear, Decay::cosine}) {
    EXPECT_DOUBLE_EQ(decayed_rate(decay, 0.002, 0.1, 0, 101), 0.002);
    EXPECT_NEAR(decayed_rate(decay, 0.002, 0.1, 50, 101), 0.0011, 1e-12);  // half way between 0.002 and 0.0002
    EXPECT_NEAR(decayed_rate(decay, 0.002, 0.1, 100, 101), 0.0002, 1e-12);
  }
  EXPECT_DOUBLE_EQ(decayed_rate(Decay::constant, 0.002, 0.1, 77, 101), 0.002);
}

}  // namespace
}  // namespace almanac::nn

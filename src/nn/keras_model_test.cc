#include "nn/keras_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "nn/hdf5_io.h"

namespace almanac::nn {
namespace {

using ::testing::HasSubstr;

// tests/keras holds every layer against Keras itself; here: the arithmetic of the rarer rules, worked out, and what is
// said of files that cannot be served.
struct Saved {
  std::string layers;  // JSON objects, a comma between them
  std::string version = "2.15.0";
  struct Weights {
    std::string layer;
    std::vector<std::pair<std::vector<std::size_t>, std::vector<float>>> arrays;
  };
  std::vector<Weights> weights;

  std::string bytes() const {
    Hdf5Contents contents;
    contents.groups[""].texts = {
        {"model_config", R"({"class_name":"Sequential","config":{"name":"s","layers":[)" + layers + "]}}"},
        {"keras_version", version}};
    contents.groups["model_weights"];
    for (const Weights& one : weights) {
      auto& names = contents.groups["model_weights/" + one.layer].text_lists["weight_names"];
      for (std::size_t i = 0; i < one.arrays.size(); ++i) {
        names.push_back("w" + std::to_string(i));
        contents.floats["model_weights/" + one.layer + "/" + names.back()] = {one.arrays[i].first,
                                                                              one.arrays[i].second.data()};
      }
    }
    return write_hdf5(contents).value();
  }
};

std::string input(int steps, int features) {
  return R"({"class_name":"InputLayer","config":{"name":"in","batch_shape":[null,)" + std::to_string(steps) + "," +
         std::to_string(features) + "]}}";
}

std::vector<float> served(const Saved& saved, const std::vector<float>& window) {
  const auto model = KerasModel::read(saved.bytes());
  EXPECT_TRUE(model) << (model ? "" : model.error().message);
  return model ? model->predict(window) : std::vector<float>();
}

std::string refusal(const Saved& saved) {
  const auto model = KerasModel::read(saved.bytes());
  EXPECT_FALSE(model);
  return model ? "" : model.error().message;
}

const Saved::Weights kGru = {"gru", {{{1, 3}, {1, 2, 3}}, {{1, 3}, {0, 0, 1}}, {{3}, {0, 0, 0}}}};

// One unit, input 1 at both steps, only the new state looks back (weight 1), reset before the product:
//   z = sigmoid(1) = .73106, r = sigmoid(2) = .88080
//   h1 = (1 - z) tanh(3) = .26894 * .99505 = .26761
//   h2 = z h1 + (1 - z) tanh(3 + r h1) = .73106 * .26761 + .26894 * tanh(3.23571) = .19564 + .26894 * .99691 = .46375
TEST(KerasModel, AGruWithResetBeforeTheProduct) {
  const Saved gru{
      input(2, 1) + R"(,{"class_name":"GRU","config":{"name":"gru","units":1,"recurrent_activation":"sigmoid"}})",
      "2.2.4",
      {kGru}};
  EXPECT_NEAR(served(gru, {1, 1}).at(0), 0.46375, 2e-5);
}

// hard_sigmoid(1) is clip(.2 + .5) = .7 in Keras 2 and (1 + 3) / 6 = .66667 in Keras 3.
TEST(KerasModel, AHardSigmoidIsThatOfTheVersionThatSavedTheFile) {
  Saved saved{
      input(2, 1) + R"(,{"class_name":"Activation","config":{"name":"a","activation":"hard_sigmoid"}})", "2.2.4", {}};
  EXPECT_NEAR(served(saved, {1, -9}).at(0), 0.7, 1e-6);
  EXPECT_EQ(served(saved, {1, -9}).at(1), 0);
  saved.version = "3.3.0";
  EXPECT_NEAR(served(saved, {1, -9}).at(0), 2.0 / 3, 1e-6);
}

// Forwards the last step counts most, backwards the first: with identity cells both ends come out side by side.
TEST(KerasModel, BothDirectionsOfASequenceSpeakOfTheSameStep) {
  const std::string cell =
      R"({"class_name":"SimpleRNN","config":{"name":"r","units":1,"activation":"linear","use_bias":false,"return_sequences":true}})";
  const Saved saved{input(3, 1) + R"(,{"class_name":"Bidirectional","config":{"name":"b","layer":)" + cell + "}}",
                    "2.15.0",
                    {{"b", {{{1, 1}, {1}}, {{1, 1}, {1}}, {{1, 1}, {1}}, {{1, 1}, {1}}}}}};
  // Running sums of 1, 2, 4 from the front: 1 3 7; from the back: 7 6 4.
  EXPECT_EQ(served(saved, {1, 2, 4}), (std::vector<float>{1, 7, 3, 6, 7, 4}));
}

TEST(KerasModel, WhatCannotBeServedIsNamed) {
  EXPECT_THAT(refusal({input(2, 1) + R"(,{"class_name":"Lambda","config":{"name":"odd"}})", "2.15.0", {}}),
              HasSubstr("layer \"odd\" is a Lambda"));
  EXPECT_THAT(
      refusal({input(2, 1) + R"(,{"class_name":"Activation","config":{"name":"a","activation":"mish"}})", "3.0.0", {}}),
      HasSubstr("\"mish\" is not supported"));
  EXPECT_THAT(refusal({input(2, 1) + R"(,{"class_name":"Flatten","config":{"name":"f"}},)" +
                           R"({"class_name":"LSTM","config":{"name":"l","units":2}})",
                       "2.15.0",
                       {}}),
              HasSubstr("layer \"l\": needs a sequence"));
  Saved wrong{input(2, 1) + R"(,{"class_name":"GRU","config":{"name":"gru","units":2}})", "2.2.4", {kGru}};
  EXPECT_THAT(refusal(wrong), HasSubstr("layer \"gru\": kernel: shape (1, 3), expected (1, 6)"));
  wrong.weights.clear();
  EXPECT_THAT(refusal(wrong), HasSubstr("the file lacks this weight"));
  const auto archive = KerasModel::read("PK\x03\x04 and so on");
  ASSERT_FALSE(archive);
  EXPECT_THAT(archive.error().message, HasSubstr("a .keras archive; expected HDF5"));
}

TEST(KerasModel, DamageNeverLeadsOutOfTheFile) {
  const std::string whole =
      Saved{input(2, 1) + R"(,{"class_name":"GRU","config":{"name":"gru","units":1}})", "2.2.4", {kGru}}.bytes();
  Random random(5);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    for (int change = 0; change < 3; ++change)
      bytes[static_cast<std::size_t>(random.uniform(0, static_cast<double>(bytes.size())))] =
          static_cast<char>(random.uniform(0, 256));
    if (const auto model = KerasModel::read(bytes)) {
      model->predict(std::vector<float>(static_cast<std::size_t>(model->steps() * model->features()), 1.0F));
    }
  }
}

}  // namespace
}  // namespace almanac::nn

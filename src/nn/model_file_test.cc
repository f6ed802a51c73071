#include "nn/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "nn/hdf5_io.h"
#include "nn/keras_config.h"
#include "nn/testing.h"

namespace almanac::nn {
namespace {

using ::testing::HasSubstr;
using testing::normals;
using testing::quantile_network;
using testing::stacked_network;

Network our_network() {
  Network network = quantile_network(6, 3, 5, 4, 6);
  network.initialise(1);
  return network;
}

const std::map<std::string, std::string> kAttributes = {{"unit", "busy instances"}, {"empty", ""}, {"name", "Größe"}};
const std::map<std::string, std::vector<double>> kArrays = {
    {"residuals", {0.1, -1e300, std::numeric_limits<double>::denorm_min()}}, {"none", {}}};

std::vector<float> predict(const Network& network) {
  Workspace workspace;
  const std::vector<float> x = normals(static_cast<std::size_t>(3 * network.steps() * network.features()), 1);
  const std::vector<float> c = normals(static_cast<std::size_t>(3 * network.context()), 2);
  std::vector<float> outputs(static_cast<std::size_t>(3 * network.outputs()));
  network.predict(x, c, 3, outputs, workspace);
  return outputs;
}

TEST(ModelFile, GivesBackWhatWentIn) {
  const Network network = our_network();
  const std::string bytes = encode_model(network, kAttributes, kArrays).value();
  const auto model = decode_model(bytes);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(predict(model->network), predict(network));
  EXPECT_EQ(model->attributes, kAttributes);
  EXPECT_EQ(model->arrays, kArrays);
  EXPECT_EQ(model->sha256.size(), 64u);
  EXPECT_FALSE(model->foreign);
  const auto is_frozen = [](const Network& n) { return std::count(n.trainable().begin(), n.trainable().end(), 0); };
  EXPECT_EQ(is_frozen(model->network), 16);
  EXPECT_EQ(is_frozen(network), 16);
}

TEST(ModelFile, KeepsMissingValuesInArrays) {
  const std::string bytes = encode_model(our_network(), {}, {{"a", {NAN, 1}}}).value();
  const auto model = decode_model(bytes).value();
  EXPECT_TRUE(std::isnan(model.arrays.at("a")[0]));
  EXPECT_EQ(model.arrays.at("a")[1], 1);
}

TEST(ModelFile, SameModelSameBytes) {
  EXPECT_EQ(encode_model(our_network(), kAttributes, kArrays).value(),
            encode_model(our_network(), kAttributes, kArrays).value());
  const auto again = decode_model(encode_model(our_network(), kAttributes, kArrays).value()).value();
  EXPECT_EQ(encode_model(again.network, again.attributes, again.arrays).value(),
            encode_model(our_network(), kAttributes, kArrays).value());
}

TEST(ModelFile, CarriesEveryKindOfGraph) {
  std::vector<Network> members(3, our_network());
  for (std::size_t m = 0; m < 3; ++m) members[m].initialise(m + 5);
  const std::vector<Network> graphs = {stacked_network(12, 4, 50, 25, Activation::relu), average_of(members).value()};
  for (Network network : graphs) {
    const auto model = decode_model(encode_model(network, {}, {}).value());
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(predict(model->network), predict(network));
  }
}

TEST(ModelFile, RefusesToWriteWhatCannotBeRead) {
  Network network = our_network();
  EXPECT_EQ(encode_model(network, {{"a/b", ""}}, {}).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(encode_model(network, {{"a", std::string("x\0y", 3)}}, {}).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(encode_model(network, {}, {{"", {}}}).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(encode_model(Network(), {}, {}).error().code, ErrorCode::invalid_input);
  network.parameters()[3] = NAN;
  EXPECT_THAT(encode_model(network, {}, {}).error().message, HasSubstr("not a finite number"));
}

TEST(ModelFile, DamageOfAnyKindIsNoticed) {
  const std::string bytes = encode_model(our_network(), kAttributes, kArrays).value();
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    const auto model = decode_model(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(model) << "cut to " << size;
    EXPECT_EQ(model.error().code, ErrorCode::corrupt);
  }
  Random random(1);
  for (int trial = 0; trial < 500; ++trial) {
    std::string damaged = bytes;
    const std::size_t at = 100 + random.below(bytes.size() - 100);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
    const bool in_spare_block = at < 512;
    EXPECT_EQ(decode_model(damaged).has_value(), in_spare_block) << "byte " << at;
  }
  EXPECT_FALSE(decode_model(""));
  EXPECT_FALSE(decode_model("timestamp,cpu\n1,2\n"));
  EXPECT_FALSE(decode_model(std::string(5000, '\0')));
}

// The seal is in the block that other HDF5 programs skip and may drop; the checksum inside the file still holds.
TEST(ModelFile, TheInnerChecksumHoldsWithoutTheSeal) {
  const Network network = our_network();
  const std::string bytes = encode_model(network, kAttributes, kArrays).value().substr(512);
  const auto model = decode_model(bytes);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->attributes, kAttributes);

  // One weight, found by its bytes, a little larger.
  std::string changed = bytes;
  const std::size_t at = changed.find(std::string(reinterpret_cast<const char*>(network.parameters().data()), 16));
  ASSERT_NE(at, std::string::npos);
  changed[at] = static_cast<char>(changed[at] ^ 1);
  const auto refused = decode_model(changed);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("checksum does not match"));
}

// A file as Keras would write it, from parts that a test can spoil.
struct Foreign {
  std::string config = R"({"class_name":"Sequential","config":{"name":"s","layers":[
    {"class_name":"InputLayer","config":{"batch_shape":[null,2,1],"dtype":"float32","name":"in"}},
    {"class_name":"LSTM","config":{"name":"lstm","units":1,"return_sequences":false}},
    {"class_name":"Dropout","config":{"name":"dropout","rate":0.1}},
    {"class_name":"Dense","config":{"name":"dense","units":1,"activation":"linear"}}]}})";
  std::vector<float> kernel = {1, 2, 3, 4};
  std::vector<float> dense = {2};
  std::vector<std::size_t> kernel_shape = {1, 4};
  std::vector<std::string> lstm_names = {"lstm/kernel:0", "lstm/recurrent_kernel:0", "lstm/bias:0"};

  Result<ModelFile> decode() const { return decode_model(bytes()); }
  std::string bytes() const {
    const std::vector<float> zeros(4, 0.0f);
    Hdf5Contents contents;
    contents.groups[""].texts = {{"model_config", config}, {"keras_version", "2.15.0"}};
    contents.groups["model_weights/lstm"].text_lists["weight_names"] = lstm_names;
    contents.groups["model_weights/dense"].text_lists["weight_names"] = {"dense/kernel:0", "dense/bias:0"};
    contents.floats["model_weights/lstm/lstm/kernel:0"] = {kernel_shape, kernel.data()};
    contents.floats["model_weights/lstm/lstm/recurrent_kernel:0"] = {{1, 4}, zeros.data()};
    contents.floats["model_weights/lstm/lstm/bias:0"] = {{4}, zeros.data()};
    contents.floats["model_weights/dense/dense/kernel:0"] = {{1, 1}, dense.data()};
    contents.floats["model_weights/dense/dense/bias:0"] = {{1}, zeros.data()};
    return write_hdf5(contents).value();
  }
  Foreign with(std::string_view from, std::string_view to) const {
    Foreign other = *this;
    const std::size_t at = other.config.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    other.config.replace(at, from.size(), to);
    return other;
  }
};

// One unit, input 1 at both steps, no recurrence: i = sigmoid(1), f = sigmoid(2), c~ = tanh(3), o = sigmoid(4).
//   c1 = i c~ = .73106 * .99505 = .72744;  c2 = f c1 + i c~ = .88080 * .72744 + .72744 = 1.36817
//   h2 = o tanh(c2) = .98201 * .87828 = .86248; the dense layer doubles it: 1.72496
TEST(ForeignModel, AKerasSequentialServes) {
  const auto model = Foreign().decode();
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_TRUE(model->foreign);
  Workspace workspace;
  const std::vector<float> ones = {1, 1};
  float out = 0;
  model->network.predict(ones, {}, 1, {&out, 1}, workspace);
  EXPECT_NEAR(out, 1.72496, 2e-5);
}

TEST(ForeignModel, OlderKerasPutsTheInputShapeIntoTheFirstLayer) {
  const auto older =
      Foreign()
          .with(R"({"class_name":"InputLayer","config":{"batch_shape":[null,2,1],"dtype":"float32","name":"in"}},)", "")
          .with(R"("name":"lstm",)", R"("name":"lstm","batch_input_shape":[null,2,1],)")
          .decode();
  ASSERT_TRUE(older) << older.error().message;
  EXPECT_EQ(older->network.steps(), 2);
}

TEST(ForeignModel, WhatTheEngineLacksIsNamed) {
  const auto refused = [](std::string_view from, std::string_view to, std::string_view why) {
    const auto model = Foreign().with(from, to).decode();
    ASSERT_FALSE(model) << to;
    EXPECT_EQ(model.error().code, ErrorCode::unsupported) << model.error().message;
    EXPECT_THAT(model.error().message, HasSubstr(std::string(why)));
  };
  refused("\"LSTM\"", "\"GRU\"", "is a GRU");
  refused("\"linear\"", "\"gelu\"", "activation \"gelu\"");
  refused("\"linear\"", "{\"class_name\":\"X\"}", "name of an activation");
  refused("\"float32\"", "\"float64\"", "only dtype float32");
  refused("\"units\":1,", "\"units\":1,\"go_backwards\":true,", "go_backwards");
  refused("\"units\":1,", "\"units\":1,\"recurrent_activation\":\"hard_sigmoid\",", "recurrent_activation");
  refused("\"units\":1,", "\"units\":1,\"stateful\":true,", "stateful");
  refused("[null,2,1]", "[null,null,1]", "fixed sizes");
  refused("[null,2,1]", "[null,2000000000,1]", "fixed sizes");
  refused("\"Sequential\"", "\"Other\"", "neither Sequential");
  refused("\"units\":1,", "\"units\":1000000,", "more than 16000000 weights");
  refused("\"return_sequences\":false", "\"return_sequences\":true", "its input is a sequence");
}

TEST(ForeignModel, BrokenConfigurationsAreCorrupt) {
  const auto refused = [](std::string_view from, std::string_view to) {
    const auto model = Foreign().with(from, to).decode();
    ASSERT_FALSE(model) << to;
    EXPECT_EQ(model.error().code, ErrorCode::corrupt) << model.error().message;
  };
  refused("{\"class_name\":\"Sequential\"", "");
  refused("\"units\":1,", "\"units\":\"many\",");
  refused("\"units\":1,", "\"units\":-1,");
  refused("\"units\":1,", "");
  refused("\"units\":1,", "\"units\":1e99,");
  refused("\"name\":\"lstm\",", "\"name\":7,");
  refused("\"name\":\"dropout\"", "\"name\":\"lstm\"");
  refused("\"layers\":[", "\"layers\":{}, \"x\":[");
  refused("\"layers\":[", "\"layers\":[3,");
  Foreign deep;
  deep.config = std::string(100'000, '[');
  EXPECT_EQ(deep.decode().error().code, ErrorCode::corrupt);
  deep.config = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(deep.decode().error().code, ErrorCode::corrupt);
}

TEST(ForeignModel, WeightsMustFitAndBeFinite) {
  Foreign f;
  f.kernel_shape = {4, 1};
  EXPECT_THAT(f.decode().error().message, HasSubstr("shape (4, 1), expected (1, 4)"));
  f = {};
  f.kernel[2] = NAN;
  EXPECT_THAT(f.decode().error().message, HasSubstr("not a finite number"));
  f = {};
  f.lstm_names.pop_back();
  EXPECT_THAT(f.decode().error().message, HasSubstr("2 weights, expected 3"));
  f = {};
  f.lstm_names[1] = "lstm/nothing";
  EXPECT_THAT(f.decode().error().message, HasSubstr("no array"));
  f = {};
  f.lstm_names[1] = "../dense/dense/kernel:0";
  EXPECT_FALSE(f.decode());
}

// Files without a seal reach the HDF5 reader whatever their state: it must refuse or read them, and stay inside them.
TEST(ForeignModel, DamageNeverLeadsOutOfTheFile) {
  const std::string bytes = Foreign().bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 41) {
    const std::string cut = bytes.substr(0, size);  // a copy, so that the sanitizer sees its end
    const auto model = decode_model(cut);
    if (!model) {
      EXPECT_NE(model.error().message, "");
    }
  }
  Random random(3);
  int refused = 0;
  for (int trial = 0; trial < 5000; ++trial) {
    std::string damaged = bytes;
    for (std::uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    }
    const auto model = decode_model(damaged);
    refused += model ? 0 : 1;
    if (model) {
      for (float w : model->network.parameters()) ASSERT_TRUE(std::isfinite(w));
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(ForeignModel, AnHdf5FileThatIsNoModel) {
  Hdf5Contents contents;
  contents.groups["data"];
  const auto model = decode_model(write_hdf5(contents).value());
  EXPECT_EQ(model.error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace almanac::nn

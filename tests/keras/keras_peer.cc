// The other side of keras_test.py. Arrays are raw little-endian float32.
//   keras_peer write NAME MODEL SEQUENCES CONTEXTS OUTPUTS   a network of ours, random inputs and what we predict
//   keras_peer predict MODEL SEQUENCES CONTEXTS OUTPUTS      what the engine predicts with a model from a file
//   keras_peer serve MODEL WINDOWS OUTPUTS                   what a model made elsewhere predicts here (nn::KerasModel)
// NAME: ours, ensemble, sequential. CONTEXTS is empty for a network without context.

#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "nn/keras_model.h"
#include "nn/model_file.h"
#include "nn/testing.h"

using namespace almanac::nn;

namespace {

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool write(const std::string& path, const void* data, std::size_t size) {
  std::ofstream out(path, std::ios::binary);
  out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
  return static_cast<bool>(out.flush());
}

std::vector<float> read_floats(const std::string& path) {
  const std::string bytes = read(path);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::copy_n(bytes.data(), values.size() * sizeof(float), reinterpret_cast<char*>(values.data()));
  return values;
}

bool write_floats(const std::string& path, const std::vector<float>& values) {
  return write(path, values.data(), values.size() * sizeof(float));
}

Network named(const std::string& name) {
  if (name == "sequential") {
    Network network = testing::stacked_network(12, 4, 50, 25, Activation::relu);
    network.initialise(3);
    return network;
  }
  std::vector<Network> members(3, testing::quantile_network(28, 9, 40, 32, 64));
  for (std::size_t m = 0; m < members.size(); ++m) members[m].initialise(m + 1);
  return name == "ensemble" ? average_of(members).value() : members[0];
}

std::vector<float> predict(const Network& network, const std::vector<float>& x, const std::vector<float>& c) {
  const std::size_t batch = x.size() / static_cast<std::size_t>(network.steps() * network.features());
  std::vector<float> outputs(batch * static_cast<std::size_t>(network.outputs()));
  Workspace workspace;
  network.predict(x, c, batch, outputs, workspace);
  return outputs;
}

int serve(const std::string& file, const std::string& windows, const std::string& outputs) {
  const auto model = KerasModel::read(read(file));
  if (!model) {
    std::cerr << model.error().message << '\n';
    return 1;
  }
  const auto x = read_floats(windows);
  const auto size = static_cast<std::size_t>(model->steps() * model->features());
  std::vector<float> all;
  for (std::size_t at = 0; at + size <= x.size(); at += size) {
    const auto one = model->predict(std::span(x).subspan(at, size));
    all.insert(all.end(), one.begin(), one.end());
  }
  return write_floats(outputs, all) ? 0 : 1;
}

int usage() {
  std::cerr
      << "usage: keras_peer write NAME MODEL SEQUENCES CONTEXTS OUTPUTS | predict MODEL SEQUENCES CONTEXTS OUTPUTS | "
         "serve MODEL WINDOWS OUTPUTS\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 6 && arguments[0] == "write") {
    constexpr std::size_t kRows = 37;
    const Network network = named(arguments[1]);
    const auto x = testing::normals(kRows * static_cast<std::size_t>(network.steps() * network.features()), 11);
    const auto c = testing::normals(kRows * static_cast<std::size_t>(network.context()), 12);
    const auto bytes = encode_model(network, {{"unit", "requests"}}, {{"residuals", {0.5, -0.25}}});
    if (!bytes) {
      std::cerr << bytes.error().message << '\n';
      return 1;
    }
    const bool written = write(arguments[2], bytes->data(), bytes->size()) && write_floats(arguments[3], x) &&
                         write_floats(arguments[4], c) && write_floats(arguments[5], predict(network, x, c));
    return written ? 0 : 1;
  }
  if (arguments.size() == 5 && arguments[0] == "predict") {
    const auto model = decode_model(read(arguments[1]));
    if (!model) {
      std::cerr << model.error().message << '\n';
      return 1;
    }
    const auto outputs = predict(model->network, read_floats(arguments[2]), read_floats(arguments[3]));
    return write_floats(arguments[4], outputs) ? 0 : 1;
  }
  if (arguments.size() == 4 && arguments[0] == "serve") return serve(arguments[1], arguments[2], arguments[3]);
  return usage();
}

// Times the engine. CPU seconds of one thread; every figure is a line "name value" on standard output.
//   engine_bench data FOLDER         the windows both sides train on: x.f32 [n][12][4], y.f32 [n]
//   engine_bench train FOLDER        five epochs of the Keras-sized model, batch 32, Adam, mean squared error
//   engine_bench inference FOLDER    that model's predictions, one window at a time and 32 at a time
//   engine_bench own                 one epoch of Almanac's own network on 15,000 windows, batch 128

#include <ctime>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <numbers>
#include <numeric>
#include <string>

#include "nn/testing.h"
#include "nn/training.h"

using namespace almanac::nn;

namespace {

constexpr std::size_t kSteps = 12;
constexpr std::size_t kFeatures = 4;
constexpr std::size_t kWindow = kSteps * kFeatures;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <typename Work>
double time(Work work) {
  const double start = cpu_seconds();
  work();
  return cpu_seconds() - start;
}

void tell(const char* name, double value) {
  std::printf("%s %.9g\n", name, value);
}

// Twelve days of five-minute rows (3,458, so 3,446 windows): daily load with noise, the CPU it causes, bytes, a sale.
// The target is the next interval's CPU.
void make_data(std::vector<float>& x, std::vector<float>& y) {
  constexpr std::size_t kRows = 3458;
  almanac::Random random(7);
  std::vector<float> rows;
  for (std::size_t i = 0; i < kRows; ++i) {
    const double day = 2 * std::numbers::pi * static_cast<double>(i) / 288.0;
    const bool sale = i % 2016 > 1700 && i % 2016 < 1800;
    const double load = (1.0 + 0.6 * std::sin(day)) * (sale ? 1.8 : 1.0) * std::exp(0.08 * random.normal());
    rows.push_back(static_cast<float>(load / 3));
    rows.push_back(static_cast<float>(load * std::exp(0.05 * random.normal()) / 3));
    rows.push_back(static_cast<float>(load * std::exp(0.02 * random.normal()) / 3));
    rows.push_back(sale ? 1.0f : 0.0f);
  }
  for (std::size_t i = 0; i + kSteps < kRows; ++i) {
    x.insert(x.end(), rows.begin() + static_cast<long>(i * kFeatures),
             rows.begin() + static_cast<long>(i * kFeatures + kWindow));
    y.push_back(rows[(i + kSteps) * kFeatures]);
  }
}

bool write(const std::string& path, const std::vector<float>& values) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
  return static_cast<bool>(out.flush());
}

std::vector<float> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::vector<float> values(bytes.size() / sizeof(float));
  std::copy_n(bytes.data(), values.size() * sizeof(float), reinterpret_cast<char*>(values.data()));
  return values;
}

std::vector<std::size_t> everything(std::size_t n) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

Network keras_sized() {
  Network network = testing::stacked_network(kSteps, kFeatures, 50, 25, Activation::relu);
  network.initialise(1);
  return network;
}

int train(const std::string& folder) {
  const std::vector<float> x = read(folder + "/x.f32");
  const std::vector<float> y = read(folder + "/y.f32");
  Network network = keras_sized();
  const Samples samples = Samples::from_arrays(network, Loss::mse(), y.size(), x, {}, y);
  const FitSettings settings{
      .epochs = 5, .batch_size = 32, .learning_rate = 1e-3, .decay = Decay::constant, .adam = {}};
  almanac::Result<FitReport> report;
  tell("train_seconds", time([&] { report = fit(network, samples, everything(y.size()), {}, Loss::mse(), settings); }));
  if (!report) return 1;
  tell("loss", report->training_loss.back());
  return 0;
}

int inference(const std::string& folder) {
  const std::vector<float> x = read(folder + "/x.f32");
  const std::size_t windows = x.size() / kWindow;
  const Network network = keras_sized();
  Workspace workspace;
  std::vector<float> out(windows);
  for (const std::size_t batch : {1u, 32u}) {
    const auto pass = [&] {
      for (std::size_t i = 0; i < windows; i += batch) {
        const std::size_t n = std::min<std::size_t>(batch, windows - i);
        network.predict(std::span(x).subspan(i * kWindow, n * kWindow), {}, n, std::span(out).subspan(i, n), workspace);
      }
    };
    pass();
    tell(batch == 1 ? "single_us" : "batch_us", time(pass) / static_cast<double>(windows) * 1e6);
  }
  return 0;
}

int own() {
  constexpr std::size_t kWindows = 15000;
  Network network = testing::quantile_network(28, 9, 40, 32, 64);
  network.initialise(1);
  const Loss loss = Loss::pinball({0.5f, 0.75f, 0.9f, 0.97f}, {1, 1, 1.5f, 2});
  const auto x = testing::normals(kWindows * 28 * 9, 1);
  const auto c = testing::normals(kWindows * 40, 2);
  const auto y = testing::normals(kWindows, 3);
  const Samples samples = Samples::from_arrays(network, loss, kWindows, x, c, y);
  almanac::Result<FitReport> report;
  tell("own_epoch_seconds",
       time([&] { report = fit(network, samples, everything(kWindows), {}, loss, {.epochs = 1}); }));
  Workspace workspace;
  std::vector<float> out(kWindows * 4);
  tell("own_predict_us", time([&] { network.predict(x, c, kWindows, out, workspace); }) / kWindows * 1e6);
  return report ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const std::string folder = argc > 2 ? argv[2] : "";
  if (what == "data" && argc == 3) {
    std::vector<float> x;
    std::vector<float> y;
    make_data(x, y);
    return write(folder + "/x.f32", x) && write(folder + "/y.f32", y) ? 0 : 1;
  }
  if (what == "train" && argc == 3) return train(folder);
  if (what == "inference" && argc == 3) return inference(folder);
  if (what == "own" && argc == 2) return own();
  if (what == "level" && argc == 2) return std::puts(std::string(to_string(simd_level())).c_str()) < 0;
  std::cerr << "usage: engine_bench data FOLDER | train FOLDER | inference FOLDER | own | level\n";
  return 2;
}

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <vector>

#include "nn/training.h"

namespace almanac::nn {
namespace {

using WallClock = std::chrono::steady_clock;

double seconds_since(WallClock::time_point start) {
  return std::chrono::duration<double>(WallClock::now() - start).count();
}

// Fisher-Yates on the engine's own generator: the same order on every machine.
void shuffle(std::vector<std::size_t>& order, Random& random) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
}

Result<void> check_fit(const Network& network, const Samples& samples, std::span<const std::size_t> training,
                       std::span<const std::size_t> validation, const Loss& loss, const FitSettings& settings) {
  const auto wrong = [](std::string_view what) { return fail(ErrorCode::invalid_input, fmt::format("fit: {}", what)); };
  if (!network.valid()) return wrong("the network has no layers");
  if (training.empty()) return wrong("no training sample");
  if (!samples.gather) return wrong("samples without a gather function");
  if (settings.epochs < 1 || settings.batch_size < 1) return wrong("epochs and batch_size must be positive");
  const auto outputs = static_cast<std::size_t>(network.outputs());
  if (loss.kind == Loss::Kind::pinball) {
    if (loss.quantiles.size() != outputs) return wrong("one quantile level an output expected");
    if (!loss.weights.empty() && loss.weights.size() != outputs) return wrong("one weight a quantile level expected");
  }
  const auto outside = [&](std::size_t i) { return i >= samples.count; };
  if (std::any_of(training.begin(), training.end(), outside) ||
      std::any_of(validation.begin(), validation.end(), outside)) {
    return wrong("a sample's index is out of range");
  }
  return {};
}

// Tells the sink about twice a second, always at the end of an epoch.
class Reporter {
 public:
  Reporter(const ProgressSink& sink, double total) : sink_(sink), total_(total) {}

  void batch(double done, int epoch, double loss) {
    const double now = seconds_since(start_);
    if (!sink_ || now - last_ < 0.5) return;
    tell(done, now, fmt::format("epoch {}, loss {:.4f}", epoch + 1, loss));
  }
  void epoch(double done, int epoch, double loss, double validation) {
    if (!sink_) return;
    const std::string held_out = std::isnan(validation) ? "" : fmt::format(", held out {:.4f}", validation);
    tell(done, seconds_since(start_), fmt::format("epoch {}, loss {:.4f}{}", epoch + 1, loss, held_out));
  }
  double seconds() const { return seconds_since(start_); }

 private:
  void tell(double done, double now, const std::string& what) {
    last_ = now;
    const double left = done > 0 ? now * (total_ - done) / done : 0;
    report(sink_, {"train", done, total_, fmt::format("{}, {:.0f} s left", what, std::ceil(left))});
  }

  const ProgressSink& sink_;
  double total_;
  WallClock::time_point start_ = WallClock::now();
  double last_ = 0;
};

}  // namespace

double decayed_rate(Decay decay, double initial, double final_fraction, std::size_t step, std::size_t total) {
  const double part = total > 1 ? std::min(1.0, static_cast<double>(step) / static_cast<double>(total - 1)) : 0.0;
  double share = 1.0;
  if (decay == Decay::linear) share = 1.0 - part;
  if (decay == Decay::cosine) share = 0.5 * (1.0 + std::cos(std::numbers::pi * part));
  return initial * (final_fraction + (1.0 - final_fraction) * share);
}

Result<FitReport> fit(Network& network, const Samples& samples, std::span<const std::size_t> training,
                      std::span<const std::size_t> validation, const Loss& loss, const FitSettings& settings,
                      const ProgressSink& progress) {
  if (auto ok = check_fit(network, samples, training, validation, loss, settings); !ok) {
    return tl::unexpected(ok.error());
  }
  Trainer trainer(network, loss, settings.adam);
  Random random(settings.seed);
  std::vector<std::size_t> order(training.begin(), training.end());
  const std::size_t batches = (order.size() + settings.batch_size - 1) / settings.batch_size;
  const auto epochs = static_cast<std::size_t>(settings.epochs);
  Reporter reporter(progress, static_cast<double>(epochs * batches));

  FitReport result;
  std::vector<float> best;
  std::size_t step = 0;
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    shuffle(order, random);
    double total = 0;
    for (std::size_t b = 0; b < batches; ++b, ++step) {
      const std::size_t from = b * settings.batch_size;
      const std::size_t count = std::min(settings.batch_size, order.size() - from);
      const double rate =
          decayed_rate(settings.decay, settings.learning_rate, settings.final_fraction, step, epochs * batches);
      const double batch_loss = trainer.train_batch(samples, std::span(order).subspan(from, count), rate);
      total += batch_loss * static_cast<double>(count);
      reporter.batch(static_cast<double>(step + 1), epoch, batch_loss);
    }
    result.training_loss.push_back(total / static_cast<double>(order.size()));
    double measure = result.training_loss.back();
    if (!validation.empty()) {
      measure = trainer.evaluate(samples, validation);
      result.validation_loss.push_back(measure);
    }
    reporter.epoch(static_cast<double>(step), epoch, result.training_loss.back(),
                   validation.empty() ? std::numeric_limits<double>::quiet_NaN() : measure);
    const bool better = std::isnan(result.best_loss) || measure < result.best_loss;
    if (std::isfinite(measure) && (validation.empty() || better)) {
      result.best_epoch = epoch;
      result.best_loss = measure;
      if (!validation.empty()) best.assign(network.parameters().begin(), network.parameters().end());
    }
    if (settings.patience > 0 && !validation.empty() && epoch - result.best_epoch >= settings.patience) break;
  }
  if (!best.empty()) std::copy(best.begin(), best.end(), network.parameters().begin());
  result.seconds = reporter.seconds();
  return result;
}

}  // namespace almanac::nn

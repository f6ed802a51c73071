#include "nn/initialise.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace almanac::nn {
namespace {

// Glorot & Bengio 2010: uniform in +-sqrt(6 / (inputs + outputs)).
void glorot_uniform(const Parameter& p, std::span<float> weights, Random& random) {
  const double limit = std::sqrt(6.0 / static_cast<double>(p.rows + p.columns));
  for (float& w : weights) w = static_cast<float>(random.uniform(-limit, limit));
}

// Saxe et al. 2014, as Keras does it: the Q of a QR decomposition of normal draws, signs made unique, [units][4 units]
// with orthonormal rows.
void orthogonal(const Parameter& p, std::span<float> weights, Random& random) {
  const auto tall = static_cast<Eigen::Index>(std::max(p.rows, p.columns));
  const auto thin = static_cast<Eigen::Index>(std::min(p.rows, p.columns));
  Eigen::MatrixXd draws(tall, thin);
  for (Eigen::Index r = 0; r < tall; ++r) {
    for (Eigen::Index c = 0; c < thin; ++c) draws(r, c) = random.normal();
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(draws);
  Eigen::MatrixXd q = qr.householderQ() * Eigen::MatrixXd::Identity(tall, thin);
  for (Eigen::Index c = 0; c < thin; ++c) {
    if (qr.matrixQR()(c, c) < 0) q.col(c) = -q.col(c);
  }
  const bool transposed = p.rows < p.columns;
  for (std::size_t r = 0; r < p.rows; ++r) {
    for (std::size_t c = 0; c < p.columns; ++c) {
      const auto i = static_cast<Eigen::Index>(r);
      const auto j = static_cast<Eigen::Index>(c);
      weights[r * p.columns + c] = static_cast<float>(transposed ? q(j, i) : q(i, j));
    }
  }
}

}  // namespace

void initialise_weights(std::span<const Layer> layers, std::span<float> parameters, std::uint64_t seed) {
  Random random(seed);
  for (const Layer& layer : layers) {
    if (!layer.trainable) continue;
    for (const Parameter& p : layer.parameters) {
      const std::span<float> weights = parameters.subspan(p.offset, p.size());
      if (p.name == "kernel") {
        glorot_uniform(p, weights, random);
      } else if (p.name == "recurrent_kernel") {
        orthogonal(p, weights, random);
      } else {
        std::fill(weights.begin(), weights.end(), 0.0f);
        // The forget gate starts open (Jozefowicz et al. 2015).
        if (layer.kind == LayerKind::lstm) {
          const auto units = static_cast<std::size_t>(layer.units);
          std::fill_n(weights.begin() + static_cast<std::ptrdiff_t>(units), units, 1.0f);
        }
      }
    }
  }
}

}  // namespace almanac::nn

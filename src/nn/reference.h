#pragma once

#include <Eigen/Core>
#include <cmath>
#include <map>
#include <vector>

#include "nn/network.h"

namespace almanac::nn {

// A slow, clear reference of the engine in double: one row at a time, each layer as its textbook formula.
class Reference {
 public:
  explicit Reference(const Network& network)
      : network_(network), parameters_(network.parameters().begin(), network.parameters().end()) {}

  std::vector<double>& parameters() { return parameters_; }

  Eigen::VectorXd predict(const float* sequence, const float* context) const {
    std::map<LayerId, std::vector<Eigen::VectorXd>> values;  // one vector a step; plain vectors are one step
    LayerId id = 0;
    for (const Layer& layer : network_.layers()) {
      values[id] = run(layer, values, sequence, context);
      ++id;
    }
    return values[network_.output_layer()].back();
  }

 private:
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Values = std::map<LayerId, std::vector<Eigen::VectorXd>>;

  Eigen::Map<const Matrix> matrix(const Parameter& p) const {
    return {parameters_.data() + p.offset, static_cast<Eigen::Index>(p.rows), static_cast<Eigen::Index>(p.columns)};
  }

  std::vector<Eigen::VectorXd> run(const Layer& layer, const Values& values, const float* sequence,
                                   const float* context) const {
    switch (layer.kind) {
      case LayerKind::sequence_input: {
        std::vector<Eigen::VectorXd> steps;
        for (int t = 0; t < layer.steps; ++t) {
          steps.push_back(Eigen::Map<const Eigen::VectorXf>(sequence + t * layer.units, layer.units).cast<double>());
        }
        return steps;
      }
      case LayerKind::context_input:
        return {Eigen::Map<const Eigen::VectorXf>(context, layer.units).cast<double>()};
      case LayerKind::lstm:
        return lstm(layer, values.at(layer.inputs[0]));
      case LayerKind::dense:
        return {dense(layer, values.at(layer.inputs[0])[0])};
      case LayerKind::concatenate: {
        Eigen::VectorXd joined(layer.units);
        Eigen::Index at = 0;
        for (LayerId input : layer.inputs) {
          const Eigen::VectorXd& value = values.at(input)[0];
          joined.segment(at, value.size()) = value;
          at += value.size();
        }
        return {joined};
      }
      case LayerKind::average: {
        Eigen::VectorXd sum = Eigen::VectorXd::Zero(layer.units);
        for (LayerId input : layer.inputs) sum += values.at(input)[0];
        return {sum / static_cast<double>(layer.inputs.size())};
      }
    }
    return {};
  }

  // Hochreiter & Schmidhuber 1997 with forget gates, Keras' order of the gates: i, f, c, o.
  std::vector<Eigen::VectorXd> lstm(const Layer& layer, const std::vector<Eigen::VectorXd>& input) const {
    const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
    const Eigen::Index n = layer.units;
    Eigen::VectorXd h = Eigen::VectorXd::Zero(n);
    Eigen::VectorXd c = Eigen::VectorXd::Zero(n);
    std::vector<Eigen::VectorXd> states;
    for (const Eigen::VectorXd& x : input) {
      const Eigen::VectorXd z = matrix(layer.parameters[0]).transpose() * x +
                                matrix(layer.parameters[1]).transpose() * h + matrix(layer.parameters[2]).transpose();
      for (Eigen::Index u = 0; u < n; ++u) {
        c[u] = sigmoid(z[n + u]) * c[u] + sigmoid(z[u]) * std::tanh(z[2 * n + u]);
        h[u] = sigmoid(z[3 * n + u]) * std::tanh(c[u]);
      }
      states.push_back(h);
    }
    if (layer.steps == 0) return {h};
    return states;
  }

  Eigen::VectorXd dense(const Layer& layer, const Eigen::VectorXd& input) const {
    Eigen::VectorXd sums = matrix(layer.parameters[0]).transpose() * input.head(matrix(layer.parameters[0]).rows());
    if (layer.use_bias) sums += matrix(layer.parameters[1]).transpose();
    const Activation kind = layer.activation;
    return sums.unaryExpr([kind](double x) {
      switch (kind) {
        case Activation::linear:
          return x;
        case Activation::relu:
          return std::max(x, 0.0);
        case Activation::tanh:
          return std::tanh(x);
        case Activation::sigmoid:
          return 1 / (1 + std::exp(-x));
        case Activation::silu:
          return x / (1 + std::exp(-x));
        case Activation::softplus:
          return std::log1p(std::exp(x));
      }
      return x;
    });
  }

  const Network& network_;
  std::vector<double> parameters_;
};

}  // namespace almanac::nn

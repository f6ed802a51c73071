#pragma once

#include <string>
#include <vector>

#include "core/random.h"
#include "nn/network.h"

namespace almanac::nn::testing {

inline std::vector<float> normals(std::size_t n, std::uint64_t seed, double scale = 1.0) {
  Random random(seed);
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(scale * random.normal());
  return values;
}

// Our own net in small: an LSTM beside a context, a median and non-negative steps whose running sums are the quantiles.
inline Network quantile_network(int steps, int features, int context, int lstm_units, int hidden) {
  NetworkBuilder b;
  const LayerId sequence = b.sequence_input(steps, features);
  const LayerId c = b.context_input(context);
  const LayerId last = b.lstm(sequence, lstm_units);
  const LayerId h = b.dense(b.concatenate({last, c}), hidden, {.activation = Activation::silu});
  const LayerId joined = b.concatenate({h, c});
  const LayerId median = b.dense(joined, 1, {.name = "median"});
  const LayerId up = b.dense(joined, 3, {.activation = Activation::softplus, .name = "steps"});
  const std::vector<float> sums = {1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1};
  const LayerId out = b.dense(b.concatenate({median, up}), 4,
                              {.use_bias = false, .trainable = false, .kernel = sums, .name = "quantiles"});
  return b.build(out).value();
}

// The usual Keras Sequential: LSTM, LSTM, Dense, Dense.
inline Network stacked_network(int steps, int features, int units, int hidden, Activation activation) {
  NetworkBuilder b;
  const LayerId first = b.lstm(b.sequence_input(steps, features), units, {.return_sequences = true});
  const LayerId h = b.dense(b.lstm(first, units), hidden, {.activation = activation});
  return b.build(b.dense(h, 1)).value();
}

}  // namespace almanac::nn::testing

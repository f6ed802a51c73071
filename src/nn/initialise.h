#pragma once

#include <cstdint>
#include <span>

#include "nn/network.h"

namespace almanac::nn {

// Draws the weights of every trainable layer; see Network::initialise().
void initialise_weights(std::span<const Layer> layers, std::span<float> parameters, std::uint64_t seed);

}  // namespace almanac::nn

#pragma once

#include <array>
#include <cstdint>

namespace almanac {

// xoshiro256** (Blackman & Vigna 2018) seeded through splitmix64: the same numbers from the same seed on every machine
// and compiler, which the standard distributions do not promise.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t next();
  double uniform();                          // [0, 1), 53 random bits
  double uniform(double low, double high);   // [low, high)
  std::uint64_t below(std::uint64_t bound);  // [0, bound), bound > 0
  double normal();                           // mean 0, variance 1 (Box-Muller, one value a call)
  double exponential(double mean);
  // Poisson count; a rounded normal above mean 500, where the difference no longer matters.
  double poisson(double mean);

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace almanac

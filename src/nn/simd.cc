#include <atomic>
#include <cstdlib>
#include <string_view>

#include "nn/kernels.h"
#include "nn/network.h"

namespace almanac::nn {
namespace {

bool available(SimdLevel level) {
  if (level == SimdLevel::baseline) return true;
#ifdef ALMANAC_KERNELS_V3
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2");
#else
  return false;
#endif
}

SimdLevel choose() {
  const char* wish = std::getenv("ALMANAC_SIMD");
  if (wish && std::string_view(wish) == "baseline") return SimdLevel::baseline;
  return available(SimdLevel::v3) ? SimdLevel::v3 : SimdLevel::baseline;
}

std::atomic<SimdLevel>& level() {
  static std::atomic<SimdLevel> chosen{choose()};
  return chosen;
}

}  // namespace

SimdLevel simd_level() {
  return level().load(std::memory_order_relaxed);
}

bool set_simd_level(SimdLevel wanted) {
  if (!available(wanted)) return false;
  level().store(wanted, std::memory_order_relaxed);
  return true;
}

std::string_view to_string(SimdLevel simd) {
  return simd == SimdLevel::v3 ? "v3" : "baseline";
}

const Kernels& kernels() {
#ifdef ALMANAC_KERNELS_V3
  if (simd_level() == SimdLevel::v3) return kV3Kernels;
#endif
  return kBaselineKernels;
}

}  // namespace almanac::nn

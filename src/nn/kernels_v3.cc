// The kernels for x86-64-v3 (AVX2 and FMA); CMakeLists.txt sets the compiler's flags for this file alone.
#ifdef ALMANAC_KERNELS_V3
#define ALMANAC_KERNEL_TABLE kV3Kernels
#define ALMANAC_VECTOR_FLOATS 8
#include "nn/kernels.inc"
#endif

// The kernels for any processor of the architecture the program is built for (SSE2 on x86-64).
#define ALMANAC_KERNEL_TABLE kBaselineKernels
#define ALMANAC_VECTOR_FLOATS 4
#include "nn/kernels.inc"

#pragma once

#include <cstddef>

// The inner loops of the engine, compiled once for every instruction set (kernels.inc). This header and kernels.inc are
// the only things those translation units see: no standard library and no other template, because the linker keeps one
// copy of an inline function for the whole program, and a copy compiled for AVX2 would stop an older processor.

namespace almanac::nn {

// A vector tile may read and write up to this many floats past the last column of a matrix: rows of scratch matrices
// are padded, and the parameter buffer ends in this many spare floats.
inline constexpr int kOverrun = 16;

enum class KernelActivation : int { linear, relu, tanh, sigmoid, silu, softplus };

struct Kernels {
  // C[m][n] = init + A[m][k] B[k][n]. A is read as a[row * a_row + column * a_column]; B and C are row-major with
  // leading dimensions ldb and ldc. init: null for zero, otherwise init[row * ldi + column] (ldi 0: one bias row; init
  // == c with ldi == ldc: accumulate). C is overwritten up to n rounded up to a multiple of 16.
  void (*gemm)(int m, int n, int k, const float* a, std::ptrdiff_t a_row, std::ptrdiff_t a_column, const float* b,
               std::ptrdiff_t ldb, float* c, std::ptrdiff_t ldc, const float* init, std::ptrdiff_t ldi);

  // One LSTM step for `rows` rows. z [rows][4 units] holds the gates' sums in order i, f, c, o. With u = units rounded
  // up to 8: c_previous, c, tanh_c [rows][u], gates [rows][4][u] (activated), h [rows] with leading dimension ldh.
  // c_previous may be null (zero) or equal to c. gates and tanh_c may both be null (prediction).
  void (*lstm_forward)(int rows, int units, const float* z, std::ptrdiff_t ldz, const float* c_previous, float* c,
                       float* gates, float* tanh_c, float* h, std::ptrdiff_t ldh);

  // Its derivative: from dh [rows] (leading dimension ldh) and the carried dc [rows][u], which it replaces by the one
  // for the step before, to dz [rows][4 units].
  void (*lstm_backward)(int rows, int units, const float* gates, const float* tanh_c, const float* c_previous,
                        const float* dh, std::ptrdiff_t ldh, float* dc, float* dz, std::ptrdiff_t ldz);

  // out = f(in), both [rows][n] with leading dimension ld.
  void (*activate)(KernelActivation kind, int rows, int n, std::ptrdiff_t ld, const float* in, float* out);
  // d *= f'(in), given out = f(in).
  void (*activate_backward)(KernelActivation kind, int rows, int n, std::ptrdiff_t ld, const float* in,
                            const float* out, float* d);

  // sum[j] += sum over rows of a[row][j], j < n rounded up to 8.
  void (*add_column_sums)(int rows, int n, const float* a, std::ptrdiff_t lda, float* sum);

  // Sum of squares in a fixed order.
  double (*sum_of_squares)(std::size_t n, const float* a);

  // One Adam step: g *= scale; m, v moments; p -= rate * m / (sqrt(v) + epsilon) + decay * decayed[i] * p. Where g is 0
  // from the first step on and decayed is 0, p does not change.
  void (*adam)(std::size_t n, float* p, const float* g, float* m, float* v, const float* decayed, float scale,
               float beta1, float beta2, float rate, float epsilon, float decay);
};

extern const Kernels kBaselineKernels;
#ifdef ALMANAC_KERNELS_V3
extern const Kernels kV3Kernels;
#endif

// The kernels of the level in force; see simd_level().
const Kernels& kernels();

}  // namespace almanac::nn

// Reductions and functions of contiguous rows, of whole vectors and with a rest: four partial sums or maxima in vectors hide
// the latency, functions are vector code, and what follows whole vectors is a masked vector and no loop.
// (AVX2's sixteen registers do not hold all constants of the exponential: one of them comes from the stack.)
//
// REQUIRES: tenon
// RUN: tenon compile %s --cost-model none --target x86-64-v4 --numerics fast -o %t.x86-64-v4.s
// RUN: %python %S/loops.py %t.x86-64-v4.s | FileCheck %s --check-prefix=AVX512 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'
// RUN: tenon compile %s --cost-model none --target x86-64-v3 --numerics fast -o %t.x86-64-v3.s
// RUN: %python %S/loops.py %t.x86-64-v3.s | FileCheck %s --check-prefix=AVX2 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'
// RUN: tenon compile %s --cost-model none --target aarch64 --numerics fast -o %t.aarch64.s
// RUN: %python %S/loops.py %t.aarch64.s | FileCheck %s --check-prefix=NEON --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'

// AVX512: m_softmax: 9 fma, 8 other, 1 loads, 0 broadcasts, 1 stores
// AVX512: m_softmax: 0 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// AVX512: m_softmax: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
// AVX512: m_softmax: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
// AVX512: m_layer_norm: 0 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// AVX512: m_layer_norm: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
// AVX512: m_layer_norm: 4 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// AVX512: m_layer_norm: 0 fma, 4 other, 1 loads, 0 broadcasts, 1 stores
// AVX512: m_layer_norm: 1 fma, 2 other, 2 loads, 0 broadcasts, 1 stores
// AVX512: m_softmax_0: 9 fma, 8 other, 1 loads, 0 broadcasts, 1 stores
// AVX512: m_softmax_0: 0 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// AVX512: m_softmax_0: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores

// AVX2: m_softmax: 9 fma, 8 other, 2 loads, 4 broadcasts, 1 stores
// AVX2: m_softmax: 0 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// AVX2: m_softmax: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
// AVX2: m_softmax: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
// AVX2: m_layer_norm: 0 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// AVX2: m_layer_norm: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
// AVX2: m_layer_norm: 4 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// AVX2: m_layer_norm: 0 fma, 4 other, 1 loads, 0 broadcasts, 1 stores
// AVX2: m_layer_norm: 1 fma, 2 other, 2 loads, 0 broadcasts, 1 stores
// AVX2: m_softmax_0: 9 fma, 8 other, 1 loads, 5 broadcasts, 1 stores
// AVX2: m_softmax_0: 0 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// AVX2: m_softmax_0: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores

// NEON: m_softmax: 9 fma, 6 other, 1 loads, 0 broadcasts, 1 stores
// NEON: m_softmax: 0 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// NEON: m_softmax: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
// NEON: m_softmax: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
// NEON: m_layer_norm: 0 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// NEON: m_layer_norm: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
// NEON: m_layer_norm: 4 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// NEON: m_layer_norm: 0 fma, 4 other, 1 loads, 0 broadcasts, 1 stores
// NEON: m_layer_norm: 1 fma, 2 other, 2 loads, 0 broadcasts, 1 stores
// NEON: m_softmax_0: 9 fma, 6 other, 1 loads, 0 broadcasts, 1 stores
// NEON: m_softmax_0: 0 fma, 4 other, 4 loads, 0 broadcasts, 0 stores
// NEON: m_softmax_0: 0 fma, 1 other, 1 loads, 0 broadcasts, 0 stores
// NEON: m_softmax_0: 0 fma, 1 other, 1 loads, 0 broadcasts, 1 stores
module @m {
func.func @main(%x: tensor<128x768xf32> {nn.name = "x"}, %o: tensor<5x777xf32> {nn.name = "o"})
    -> (tensor<128x768xf32> {nn.name = "y0"}, tensor<128x768xf32> {nn.name = "y1"}, tensor<5x777xf32> {nn.name = "y2"}) {
  %s = nn.constant dense<1.0> : tensor<768xf32> : tensor<768xf32>
  %0 = nn.softmax %x {axes = array<i64: 1>} : (tensor<128x768xf32>) -> tensor<128x768xf32>
  %1 = nn.layer_norm %x, %s, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<128x768xf32>, tensor<768xf32>, tensor<768xf32>) -> tensor<128x768xf32>
  %2 = nn.softmax %o {axes = array<i64: 1>} : (tensor<5x777xf32>) -> tensor<5x777xf32>
  return %0, %1, %2 : tensor<128x768xf32>, tensor<128x768xf32>, tensor<5x777xf32>
}
}

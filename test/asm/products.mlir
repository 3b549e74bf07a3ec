// Matrix products of a matrix, of one row, and of odd extents: the innermost loop is steps of the reduction, in each of which the
// register tile has one load per vector of columns and one broadcast per row. What is left at the ends of dimensions are
// further tiles, no scalar loops. No loop spills or calls.
//
// REQUIRES: tenon
// RUN: tenon compile %s --cost-model none --target x86-64-v4 --numerics strict -o %t.x86-64-v4.s
// RUN: %python %S/loops.py %t.x86-64-v4.s | FileCheck %s --check-prefix=AVX512 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'
// RUN: FileCheck %s --check-prefix=AHEAD < %t.x86-64-v4.s
// RUN: tenon compile %s --cost-model none --target x86-64-v3 --numerics strict -o %t.x86-64-v3.s
// RUN: %python %S/loops.py %t.x86-64-v3.s | FileCheck %s --check-prefix=AVX2 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'
// RUN: tenon compile %s --cost-model none --target aarch64 --numerics strict -o %t.aarch64.s
// RUN: %python %S/loops.py %t.aarch64.s | FileCheck %s --check-prefix=NEON --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'

// AVX512: m_matmul: 104 fma, 0 other, 8 loads, 52 broadcasts, 0 stores
// AVX512: m_matmul_0: 32 fma, 0 other, 32 loads, 8 broadcasts, 0 stores
// AVX512: m_matmul_1: 26 fma, 0 other, 2 loads, 13 broadcasts, 0 stores

// The product of one row asks for each cache line of the weights 1024 bytes before it reads it.
// AHEAD-LABEL: m_matmul_0:
// AHEAD: vfmadd231ps (%[[W:[a-z0-9]+]],%[[AT:[a-z0-9]+]],4)
// AHEAD: prefetcht0 1024(%[[W]],%[[AT]],4)
// AHEAD-COUNT-31: prefetcht0 {{[0-9]+}}(%[[W]],%[[AT]],4)

// AVX2: m_matmul: 96 fma, 0 other, 16 loads, 48 broadcasts, 0 stores
// AVX2: m_matmul_0: 32 fma, 0 other, 32 loads, 8 broadcasts, 0 stores
// AVX2: m_matmul_1: 13 fma, 0 other, 1 loads, 13 broadcasts, 0 stores

// NEON: m_matmul: 80 fma, 0 other, 16 loads, 20 broadcasts, 0 stores
// NEON: m_matmul_0: 32 fma, 0 other, 32 loads, 8 broadcasts, 0 stores
// NEON: m_matmul_1: 20 fma, 0 other, 4 loads, 5 broadcasts, 0 stores
module @m {
func.func @main(%x: tensor<128x768xf32> {nn.name = "x"}, %v: tensor<1x768xf32> {nn.name = "v"}, %o: tensor<13x77xf32> {nn.name = "o"})
    -> (tensor<128x768xf32> {nn.name = "y0"}, tensor<1x768xf32> {nn.name = "y1"}, tensor<13x37xf32> {nn.name = "y2"}) {
  %w = nn.constant dense<1.0> : tensor<768x768xf32> : tensor<768x768xf32>
  %p = nn.constant dense<1.0> : tensor<77x37xf32> : tensor<77x37xf32>
  %0 = nn.matmul %x, %w : (tensor<128x768xf32>, tensor<768x768xf32>) -> tensor<128x768xf32>
  %1 = nn.matmul %v, %w : (tensor<1x768xf32>, tensor<768x768xf32>) -> tensor<1x768xf32>
  %2 = nn.matmul %o, %p : (tensor<13x77xf32>, tensor<77x37xf32>) -> tensor<13x37xf32>
  return %0, %1, %2 : tensor<128x768xf32>, tensor<1x768xf32>, tensor<13x37xf32>
}
}

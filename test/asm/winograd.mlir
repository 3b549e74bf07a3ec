// Winograd's F(4x4, 3x3): the products do not spill. The transforms of 6x6 values have more values than a
// processor has registers, and no more than vectors.
//
// REQUIRES: tenon
// RUN: tenon compile %s --cost-model none --target x86-64-v4 --numerics fast -o %t.x86-64-v4.s
// RUN: %python %S/loops.py %t.x86-64-v4.s | FileCheck %s --check-prefix=AVX512 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'
// RUN: tenon compile %s --cost-model none --target x86-64-v3 --numerics fast -o %t.x86-64-v3.s
// RUN: %python %S/loops.py %t.x86-64-v3.s | FileCheck %s --check-prefix=AVX2 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'
// RUN: tenon compile %s --cost-model none --target aarch64 --numerics fast -o %t.aarch64.s
// RUN: %python %S/loops.py %t.aarch64.s | FileCheck %s --check-prefix=NEON --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'

// AVX512: m_conv: 96 fma, 48 other,
// AVX512: m_conv: 416 fma, 0 other, 32 loads, 208 broadcasts, 0 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
// AVX512: m_conv: 320 fma, 0 other, 32 loads, 160 broadcasts, 0 stores; 0 scalar, 0 gathers, 0 stack, 0 calls

// AVX2: m_conv: 80 fma, 0 other, 16 loads, 40 broadcasts, 0 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
// AVX2: m_conv: 64 fma, 0 other, 16 loads, 32 broadcasts, 0 stores; 0 scalar, 0 gathers, 0 stack, 0 calls

// NEON: m_conv: 80 fma, 0 other, 16 loads, 20 broadcasts, 0 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
// NEON: m_conv: 64 fma, 0 other, 16 loads, 16 broadcasts, 0 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
module @m {
func.func @main(%x: tensor<1x128x28x28xf32> {nn.name = "x"}) -> (tensor<1x128x28x28xf32> {nn.name = "y"}) {
  %w = nn.constant dense<1.0> : tensor<128x128x3x3xf32> : tensor<128x128x3x3xf32>
  %b = nn.constant dense<1.0> : tensor<128xf32> : tensor<128xf32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64}
    : (tensor<1x128x28x28xf32>, tensor<128x128x3x3xf32>, tensor<128xf32>) -> tensor<1x128x28x28xf32>
  return %0 : tensor<1x128x28x28xf32>
}
}

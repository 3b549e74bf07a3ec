// The transforms of F(4, 7) have registers enough, but on AVX2 for a few.
//
// REQUIRES: tenon
// RUN: tenon compile %s --cost-model none --target x86-64-v4 --numerics fast -o %t.x86-64-v4.s
// RUN: %python %S/loops.py %t.x86-64-v4.s | FileCheck %s --check-prefix=AVX512 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'
// RUN: tenon compile %s --cost-model none --target x86-64-v3 --numerics fast -o %t.x86-64-v3.s
// RUN: %python %S/loops.py %t.x86-64-v3.s | FileCheck %s --check-prefix=AVX2 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'
// RUN: tenon compile %s --cost-model none --target aarch64 --numerics fast -o %t.aarch64.s
// RUN: %python %S/loops.py %t.aarch64.s | FileCheck %s --check-prefix=NEON --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'

// AVX512: m_conv: 36 fma, 4 other, 10 loads, 0 broadcasts, 10 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
// AVX512: m_conv: 416 fma, 0 other, 32 loads, 208 broadcasts, 0 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
// AVX512: m_conv: 9 fma, 17 other, 10 loads, 0 broadcasts, 4 stores; 0 scalar, 0 gathers, 0 stack, 0 calls

// AVX2: m_conv: 36 fma, 4 other, {{.*}} 4 stack, 0 calls
// AVX2: m_conv: 96 fma, 0 other, 16 loads, 48 broadcasts, 0 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
// AVX2: m_conv: 9 fma, 17 other, {{.*}} 1 stack, 0 calls

// NEON: m_conv: 36 fma, 4 other, 10 loads, 0 broadcasts, 10 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
// NEON: m_conv: 80 fma, 0 other, 16 loads, 20 broadcasts, 0 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
// NEON: m_conv: 9 fma, 17 other, 10 loads, 0 broadcasts, 4 stores; 0 scalar, 0 gathers, 0 stack, 0 calls
module @m {
func.func @main(%x: tensor<1x128x17x17xf32> {nn.name = "x"}) -> (tensor<1x128x17x17xf32> {nn.name = "y"}) {
  %w = nn.constant dense<1.0> : tensor<128x128x1x7xf32> : tensor<128x128x1x7xf32>
  %b = nn.constant dense<1.0> : tensor<128xf32> : tensor<128xf32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 3, 0, 3>, dilations = array<i64: 1, 1>, group = 1 : i64}
    : (tensor<1x128x17x17xf32>, tensor<128x128x1x7xf32>, tensor<128xf32>) -> tensor<1x128x17x17xf32>
  return %0 : tensor<1x128x17x17xf32>
}
}

// Convolutions of 3x3 points, in steps of two and of one, of one point, and depthwise of 3x3 points: the innermost loop of all but
// the last is a block of input channels, that of the last a tile of pixels with the whole window. Accumulators stay in
// registers, and addresses are distances from few bases.
//
// REQUIRES: tenon
// RUN: tenon compile %s --target x86-64-v4 --numerics strict -o %t.x86-64-v4.s
// RUN: %python %S/loops.py %t.x86-64-v4.s | FileCheck %s --check-prefix=AVX512 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'
// RUN: tenon compile %s --target x86-64-v3 --numerics strict -o %t.x86-64-v3.s
// RUN: %python %S/loops.py %t.x86-64-v3.s | FileCheck %s --check-prefix=AVX2 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'
// RUN: tenon compile %s --target aarch64 --numerics strict -o %t.aarch64.s
// RUN: %python %S/loops.py %t.aarch64.s | FileCheck %s --check-prefix=NEON --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'

// AVX512: m_conv: 384 fma, 0 other, 32 loads, 192 broadcasts, 0 stores
// AVX512: m_conv_0: 384 fma, 0 other, 32 loads, 192 broadcasts, 0 stores
// AVX512: m_conv_1: 448 fma, 0 other, 32 loads, 224 broadcasts, 0 stores
// AVX512: m_conv_2: 135 fma, 15 other, 61 loads, 0 broadcasts, 15 stores

// AVX2: m_conv: 96 fma, 0 other, 16 loads, 48 broadcasts, 0 stores
// AVX2: m_conv_0: 96 fma, 0 other, 16 loads, 48 broadcasts, 0 stores
// AVX2: m_conv_1: 96 fma, 0 other, 16 loads, 48 broadcasts, 0 stores
// AVX2: m_conv_2: 8 fma, 0 other, 9 loads, 0 broadcasts, 0 stores

// NEON: m_conv: 64 fma, 0 other, 16 loads, 16 broadcasts, 0 stores
// NEON: m_conv_0: 64 fma, 0 other, 16 loads, 16 broadcasts, 0 stores
// NEON: m_conv_1: 64 fma, 0 other, 16 loads, 16 broadcasts, 0 stores
// NEON: m_conv_2: 126 fma, 14 other, 58 loads, 0 broadcasts, 14 stores
module @m {
func.func @main(%x: tensor<1x64x112x112xf32> {nn.name = "x"}) -> (tensor<1x256x56x56xf32> {nn.name = "y"}) {
  %w3 = nn.constant dense<1.0> : tensor<64x64x3x3xf32> : tensor<64x64x3x3xf32>
  %w1 = nn.constant dense<1.0> : tensor<256x64x1x1xf32> : tensor<256x64x1x1xf32>
  %wd = nn.constant dense<1.0> : tensor<256x1x3x3xf32> : tensor<256x1x3x3xf32>
  %b = nn.constant dense<1.0> : tensor<64xf32> : tensor<64xf32>
  %b1 = nn.constant dense<1.0> : tensor<256xf32> : tensor<256xf32>
  %0 = nn.conv %x, %w3, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64}
    : (tensor<1x64x112x112xf32>, tensor<64x64x3x3xf32>, tensor<64xf32>) -> tensor<1x64x56x56xf32>
  %1 = nn.conv %0, %w3, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64}
    : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>, tensor<64xf32>) -> tensor<1x64x56x56xf32>
  %2 = nn.conv %1, %w1, %b1 {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64}
    : (tensor<1x64x56x56xf32>, tensor<256x64x1x1xf32>, tensor<256xf32>) -> tensor<1x256x56x56xf32>
  %3 = nn.conv %2, %wd, %b1 {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 256 : i64}
    : (tensor<1x256x56x56xf32>, tensor<256x1x3x3xf32>, tensor<256xf32>) -> tensor<1x256x56x56xf32>
  return %3 : tensor<1x256x56x56xf32>
}
}

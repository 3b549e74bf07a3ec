// Convolutions of 3x3 points, in steps of two and of one, of one point, and depthwise of 3x3 points: the innermost loop of all but
// the last is a block of input channels, those of the last a row of the window at a tile of pixels: at the left edge of the image,
// where one product is left out, inside and at the right edge. What neighbours share of a row is loaded once. Accumulators stay in
// registers, and addresses are distances from few bases; between the rows of the image, some bases lie on the stack.
//
// REQUIRES: tenon
// RUN: tenon compile %s --cost-model none --target x86-64-v4 --numerics strict -o %t.x86-64-v4.s
// RUN: %python %S/loops.py %t.x86-64-v4.s | FileCheck %s --check-prefix=AVX512 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'
// RUN: tenon compile %s --cost-model none --target x86-64-v3 --numerics strict -o %t.x86-64-v3.s
// RUN: %python %S/loops.py %t.x86-64-v3.s | FileCheck %s --check-prefix=AVX2 --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'
// RUN: tenon compile %s --cost-model none --target aarch64 --numerics strict -o %t.aarch64.s
// RUN: %python %S/loops.py %t.aarch64.s | FileCheck %s --check-prefix=NEON --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls|stack)}}'

// AVX512: m_conv: 384 fma, 0 other, 32 loads, 192 broadcasts, 0 stores
// AVX512: m_conv_0: 384 fma, 0 other, 32 loads, 192 broadcasts, 0 stores
// AVX512: m_conv_1: 448 fma, 0 other, 32 loads, 224 broadcasts, 0 stores
// AVX512: m_conv_2: 0 fma, 14 other, 0 loads, 0 broadcasts, 14 stores{{.*}}
// AVX512: m_conv_2: 41 fma, 0 other, 18 loads, 0 broadcasts, 0 stores
// AVX512: m_conv_2: 42 fma, 0 other, 19 loads, 0 broadcasts, 0 stores
// AVX512: m_conv_2: 41 fma, 0 other, 18 loads, 0 broadcasts, 0 stores

// AVX2: m_conv: 96 fma, 0 other, 16 loads, 48 broadcasts, 0 stores
// AVX2: m_conv_0: 96 fma, 0 other, 16 loads, 48 broadcasts, 0 stores
// AVX2: m_conv_1: 96 fma, 0 other, 16 loads, 48 broadcasts, 0 stores
// AVX2: m_conv_2: 0 fma, 6 other, 0 loads, 0 broadcasts, 6 stores{{.*}}
// AVX2: m_conv_2: 29 fma, 0 other, 14 loads, 0 broadcasts, 0 stores
// AVX2: m_conv_2: 30 fma, 0 other, 15 loads, 0 broadcasts, 0 stores
// AVX2: m_conv_2: 17 fma, 0 other, 10 loads, 0 broadcasts, 0 stores

// NEON: m_conv: 64 fma, 0 other, 16 loads, 16 broadcasts, 0 stores
// NEON: m_conv_0: 64 fma, 0 other, 16 loads, 16 broadcasts, 0 stores
// NEON: m_conv_1: 80 fma, 0 other, 16 loads, 20 broadcasts, 0 stores
// NEON: m_conv_2: 0 fma, 16 other, 0 loads, 0 broadcasts, 16 stores{{.*}}
// NEON: m_conv_2: 59 fma, 0 other, 24 loads, 0 broadcasts, 0 stores
// NEON: m_conv_2: 60 fma, 0 other, 25 loads, 0 broadcasts, 0 stores
// NEON: m_conv_2: 47 fma, 0 other, 20 loads, 0 broadcasts, 0 stores
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

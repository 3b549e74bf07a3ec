// Blocks of channels are as wide as the target's vectors: zmm registers, and half as wide as AVX's on ARM, where the
// products take an element of a vector. In the loops of a convolution are neither calls nor gathers.
//
// REQUIRES: tenon
// RUN: tenon compile %s --cost-model none --target x86-64-v4 --numerics strict -o %t.v4.s
// RUN: FileCheck %s --check-prefix=V4 < %t.v4.s
// RUN: tenon compile %s --cost-model none --target x86-64-v3 --numerics strict -o %t.v3.s
// RUN: FileCheck %s --check-prefix=V3 < %t.v3.s
// RUN: tenon compile %s --cost-model none --target aarch64 --numerics strict -o %t.arm.s
// RUN: FileCheck %s --check-prefix=ARM < %t.arm.s

// V4-LABEL: m_conv_relu:
// V4-NOT: {{vgather|call|vmov.*%zmm[0-9]+, .*%rsp}}
// V4-COUNT-8: vfmadd{{[0-9]+}}ps {{.*}}%zmm{{[0-9]+}}
// V4-LABEL: m_conv:
// V4-NOT: {{vgather|call}}
// V4-COUNT-9: {{vfmadd[0-9]+|vmul}}ps {{.*}}%zmm{{[0-9]+}}

// V3-LABEL: m_conv_relu:
// V3-NOT: {{vgather|call|vmov.*%ymm[0-9]+, .*%rsp}}
// V3-COUNT-8: vfmadd{{[0-9]+}}ps {{.*}}%ymm{{[0-9]+}}
// V3-LABEL: m_conv:
// V3-NOT: {{vgather|call}}
// V3-COUNT-9: {{vfmadd[0-9]+|vmul}}ps {{.*}}%ymm{{[0-9]+}}

// ARM-LABEL: m_conv_relu:
// ARM-NOT: {{[[:space:]]bl[[:space:]]}}
// ARM-COUNT-8: fmla v{{[0-9]+}}.4s, v{{[0-9]+}}.4s, v{{[0-9]+}}
// ARM-LABEL: m_conv:
// ARM-NOT: {{[[:space:]]bl[[:space:]]}}
// ARM-COUNT-8: fmla v{{[0-9]+}}.4s, v{{[0-9]+}}.4s, v{{[0-9]+}}
module @m {
func.func @main(%x: tensor<1x64x28x28xf32> {nn.name = "x"}) -> (tensor<1x64x28x28xf32> {nn.name = "y"}) {
  %w = nn.constant dense<1.0> : tensor<64x64x3x3xf32> : tensor<64x64x3x3xf32>
  %d = nn.constant dense<1.0> : tensor<64x1x3x3xf32> : tensor<64x1x3x3xf32>
  %b = nn.constant dense<1.0> : tensor<64xf32> : tensor<64xf32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x64x28x28xf32>, tensor<64x64x3x3xf32>, tensor<64xf32>) -> tensor<1x64x28x28xf32>
  %1 = nn.relu %0 : (tensor<1x64x28x28xf32>) -> tensor<1x64x28x28xf32>
  %2 = nn.conv %1, %d, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 64 : i64} : (tensor<1x64x28x28xf32>, tensor<64x1x3x3xf32>, tensor<64xf32>) -> tensor<1x64x28x28xf32>
  return %2 : tensor<1x64x28x28xf32>
}
}

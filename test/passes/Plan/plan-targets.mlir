// RUN: tenon-opt %s --tenon-plan="vector-bytes=64 least-vector-bytes=32 winograd=false" | FileCheck %s
// RUN: tenon-opt %s --tenon-plan="vector-bytes=64 winograd=false" | FileCheck %s --check-prefix=WIDE

// For targets with vectors of sixteen and of eight elements, channels lie in blocks of sixteen, and so do the outputs
// of weights: that is one vector of the one and a register tile of two vectors of the other. For the first alone, weights
// lie in blocks of two vectors.
// CHECK: sched.layout<order = [0, 1, 2, 3] blocks = [1, 16]
// CHECK: nn.constant{{.*}} {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 16, 0, 16]>}
// CHECK: nn.constant{{.*}} {tenon.layout = #sched.layout<order = [1, 0] blocks = [1, 16]>}
// WIDE: sched.layout<order = [0, 1, 2, 3] blocks = [1, 16]
// WIDE: nn.constant{{.*}} {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 16, 0, 32]>}
// WIDE: nn.constant{{.*}} {tenon.layout = #sched.layout<order = [1, 0] blocks = [1, 32]>}
func.func @main(%x: tensor<1x32x7x7xf32>, %a: tensor<4x32xf32>) -> (tensor<1x64x7x7xf32>, tensor<4x64xf32>) {
  %w = nn.constant dense<1.0> : tensor<64x32x3x3xf32> : tensor<64x32x3x3xf32>
  %b = nn.constant dense<2.0> : tensor<32x64xf32> : tensor<32x64xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x32x7x7xf32>, tensor<64x32x3x3xf32>) -> tensor<1x64x7x7xf32>
  %1 = nn.matmul %a, %b : (tensor<4x32xf32>, tensor<32x64xf32>) -> tensor<4x64xf32>
  return %0, %1 : tensor<1x64x7x7xf32>, tensor<4x64xf32>
}

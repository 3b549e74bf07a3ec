// RUN: tenon-opt %s --tenon-plan --split-input-file | FileCheck %s
// RUN: tenon-opt %s --tenon-plan=winograd=false --split-input-file | FileCheck %s --check-prefix=DIRECT

// A convolution of 3x3 points with strides of one, of enough channels and points, has its weights transformed.
// CHECK: sched.task @conv layouts [
// CHECK-SAME: winograd = {{[24]}}>
// CHECK: nn.constant {{.*}}winograd = {{[24]}}>}
// DIRECT-NOT: winograd
func.func @main(%x: tensor<1x128x28x28xf32>) -> tensor<1x128x28x28xf32> {
  %w = nn.constant dense<1.0> : tensor<128x128x3x3xf32> : tensor<128x128x3x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x128x28x28xf32>, tensor<128x128x3x3xf32>) -> tensor<1x128x28x28xf32>
  return %0 : tensor<1x128x28x28xf32>
}

// -----

// Strides, dilations, groups and other windows have none.
// CHECK-NOT: winograd
// CHECK: return
func.func @main(%x: tensor<1x128x28x28xf32>) -> (tensor<1x128x14x14xf32>, tensor<1x128x28x28xf32>, tensor<1x128x28x28xf32>, tensor<1x128x28x28xf32>) {
  %w = nn.constant dense<1.0> : tensor<128x128x3x3xf32> : tensor<128x128x3x3xf32>
  %v = nn.constant dense<2.0> : tensor<128x64x3x3xf32> : tensor<128x64x3x3xf32>
  %u = nn.constant dense<3.0> : tensor<128x128x1x1xf32> : tensor<128x128x1x1xf32>
  %r = nn.relu %x : (tensor<1x128x28x28xf32>) -> tensor<1x128x28x28xf32>
  %0 = nn.conv %r, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x128x28x28xf32>, tensor<128x128x3x3xf32>) -> tensor<1x128x14x14xf32>
  %1 = nn.conv %r, %w {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 2, 2>, group = 1 : i64} : (tensor<1x128x28x28xf32>, tensor<128x128x3x3xf32>) -> tensor<1x128x28x28xf32>
  %2 = nn.conv %r, %v {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x128x28x28xf32>, tensor<128x64x3x3xf32>) -> tensor<1x128x28x28xf32>
  %3 = nn.conv %r, %u {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x128x28x28xf32>, tensor<128x128x1x1xf32>) -> tensor<1x128x28x28xf32>
  return %0, %1, %2, %3 : tensor<1x128x14x14xf32>, tensor<1x128x28x28xf32>, tensor<1x128x28x28xf32>, tensor<1x128x28x28xf32>
}

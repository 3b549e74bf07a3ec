// RUN: tenon-opt %s --tenon-plan --split-input-file | FileCheck %s
// RUN: tenon-opt %s --tenon-plan=winograd=false --split-input-file | FileCheck %s --check-prefix=DIRECT

// A convolution of 3x3 points with strides of one, of enough channels and points, has its weights transformed.
// CHECK: sched.task @conv layouts [
// CHECK-SAME: winograd = [4, 4]>
// CHECK: nn.constant {{.*}}winograd = [4, 4]>}
// DIRECT-NOT: winograd
func.func @main(%x: tensor<1x128x28x28xf32>) -> tensor<1x128x28x28xf32> {
  %w = nn.constant dense<1.0> : tensor<128x128x3x3xf32> : tensor<128x128x3x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x128x28x28xf32>, tensor<128x128x3x3xf32>) -> tensor<1x128x28x28xf32>
  return %0 : tensor<1x128x28x28xf32>
}

// -----

// Strides, dilations, groups and single points have none.
// CHECK: {{^}}//{{ -----$}}
// CHECK-NOT: winograd
// CHECK: {{^}}//{{ -----$}}
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

// -----

// Along one dimension, and 5x5 points. A tile of four that begins at the last of 17 pixels writes three behind the
// image and reads six behind it.
// CHECK: sched.task @conv layouts [
// CHECK-SAME: halo = [0, 0, 0, 6]>
// CHECK-SAME: winograd = [1, 4]>
// CHECK-SAME: halo = [0, 0, 6, 3]>
// CHECK: sched.task @conv_0 layouts [
// CHECK-SAME: halo = [0, 0, 6, 3]>
// CHECK-SAME: winograd = [4, 1]>
// CHECK: sched.task @conv_1 layouts [
// CHECK-SAME: winograd = [2, 2]>
func.func @main(%x: tensor<1x128x17x17xf32>) -> tensor<1x128x17x17xf32> {
  %w = nn.constant dense<1.0> : tensor<128x128x1x7xf32> : tensor<128x128x1x7xf32>
  %v = nn.constant dense<2.0> : tensor<128x128x7x1xf32> : tensor<128x128x7x1xf32>
  %u = nn.constant dense<3.0> : tensor<128x128x5x5xf32> : tensor<128x128x5x5xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 3, 0, 3>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x128x17x17xf32>, tensor<128x128x1x7xf32>) -> tensor<1x128x17x17xf32>
  %1 = nn.conv %0, %v {strides = array<i64: 1, 1>, pads = array<i64: 3, 0, 3, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x128x17x17xf32>, tensor<128x128x7x1xf32>) -> tensor<1x128x17x17xf32>
  %2 = nn.conv %1, %u {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x128x17x17xf32>, tensor<128x128x5x5xf32>) -> tensor<1x128x17x17xf32>
  return %2 : tensor<1x128x17x17xf32>
}

// -----

// Few pixels are not worth weights that are twice as many.
// CHECK: {{^}}//{{ -----$}}
// CHECK-NOT: winograd
// CHECK: return {{.*}}1x384x2x2
func.func @main(%x: tensor<1x384x2x2xf32>) -> tensor<1x384x2x2xf32> {
  %w = nn.constant dense<1.0> : tensor<384x384x1x3xf32> : tensor<384x384x1x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x384x2x2xf32>, tensor<384x384x1x3xf32>) -> tensor<1x384x2x2xf32>
  return %0 : tensor<1x384x2x2xf32>
}

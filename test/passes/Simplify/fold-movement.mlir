// RUN: tenon-opt %s --pass-pipeline='builtin.module(func.func(tenon-fold-movement))' --split-input-file | FileCheck %s

// Zeros around the image are pads of the convolution, added to its own; what else is around it is not, nor what lies
// around the channels.
// CHECK-LABEL: @conv
// CHECK: nn.conv %arg0, %arg1 {{.*}}pads = array<i64: 2, 1, 3, 2>
// CHECK: nn.conv %arg0, %arg1 {{.*}}pads = array<i64: 1, 0, 0, 0>
// CHECK: %[[ONES:.*]] = nn.pad
// CHECK: nn.conv %[[ONES]], %arg1 {{.*}}pads = array<i64: 1, 1, 1, 1>
// CHECK: %[[LESS:.*]] = nn.pad
// CHECK: nn.conv %[[LESS]], %arg1
// CHECK: %[[EDGE:.*]] = nn.pad
// CHECK: nn.conv %[[EDGE]], %arg1
func.func @conv(%x: tensor<1x2x6x6xf32>, %w: tensor<4x2x3x3xf32>) -> (tensor<1x4x9x7xf32>, tensor<1x4x5x4xf32>, tensor<1x4x7x6xf32>, tensor<1x4x5x6xf32>, tensor<1x4x5x4xf32>) {
  %zero = nn.constant dense<0.0> : tensor<f32> : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32> : tensor<f32>
  %0 = nn.pad %x, %zero {pads = array<i64: 0, 0, 1, 0, 0, 0, 2, 1>, mode = "constant"} : (tensor<1x2x6x6xf32>, tensor<f32>) -> tensor<1x2x9x7xf32>
  %1 = nn.conv %0, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x9x7xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x9x7xf32>
  %2 = nn.pad %x {pads = array<i64: 0, 0, 1, 0, 0, 0, 0, 0>, mode = "constant"} : (tensor<1x2x6x6xf32>) -> tensor<1x2x7x6xf32>
  %3 = nn.conv %2, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x7x6xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x5x4xf32>
  %4 = nn.pad %x, %one {pads = array<i64: 0, 0, 1, 0, 0, 0, 0, 0>, mode = "constant"} : (tensor<1x2x6x6xf32>, tensor<f32>) -> tensor<1x2x7x6xf32>
  %5 = nn.conv %4, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x7x6xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x7x6xf32>
  %6 = nn.pad %x {pads = array<i64: 0, 0, -1, 0, 0, 0, 0, 0>, mode = "constant"} : (tensor<1x2x6x6xf32>) -> tensor<1x2x5x6xf32>
  %7 = nn.conv %6, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x5x6xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x5x6xf32>
  %8 = nn.pad %x {pads = array<i64: 0, 0, 1, 0, 0, 0, 0, 0>, mode = "edge"} : (tensor<1x2x6x6xf32>) -> tensor<1x2x7x6xf32>
  %9 = nn.conv %8, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x7x6xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x5x4xf32>
  return %1, %3, %5, %7, %9 : tensor<1x4x9x7xf32>, tensor<1x4x5x4xf32>, tensor<1x4x7x6xf32>, tensor<1x4x5x6xf32>, tensor<1x4x5x4xf32>
}

// -----

// Of a maximum, what is smaller than every number; zeros are not. Not with ceil_mode, and no border as wide as a window.
// CHECK-LABEL: @max_pool
// CHECK: nn.max_pool %arg0 {{.*}}pads = array<i64: 1, 2, 0, 0>
// CHECK: %[[ZEROS:.*]] = nn.pad
// CHECK: nn.max_pool %[[ZEROS]]
// CHECK: %[[CEIL:.*]] = nn.pad
// CHECK: nn.max_pool %[[CEIL]]
// CHECK: %[[WIDE:.*]] = nn.pad
// CHECK: nn.max_pool %[[WIDE]]
func.func @max_pool(%x: tensor<1x2x6x6xf32>) -> (tensor<1x2x5x6xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x7x4xf32>) {
  %low = nn.constant dense<0xFF800000> : tensor<f32> : tensor<f32>
  %0 = nn.pad %x, %low {pads = array<i64: 0, 0, 1, 1, 0, 0, 0, 0>, mode = "constant"} : (tensor<1x2x6x6xf32>, tensor<f32>) -> tensor<1x2x7x7xf32>
  %1 = nn.max_pool %0 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false} : (tensor<1x2x7x7xf32>) -> tensor<1x2x5x6xf32>
  %2 = nn.pad %x {pads = array<i64: 0, 0, 1, 0, 0, 0, 0, 0>, mode = "constant"} : (tensor<1x2x6x6xf32>) -> tensor<1x2x7x6xf32>
  %3 = nn.max_pool %2 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false} : (tensor<1x2x7x6xf32>) -> tensor<1x2x5x4xf32>
  %4 = nn.pad %x, %low {pads = array<i64: 0, 0, 1, 0, 0, 0, 0, 0>, mode = "constant"} : (tensor<1x2x6x6xf32>, tensor<f32>) -> tensor<1x2x7x6xf32>
  %5 = nn.max_pool %4 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = true} : (tensor<1x2x7x6xf32>) -> tensor<1x2x5x4xf32>
  %6 = nn.pad %x, %low {pads = array<i64: 0, 0, 3, 0, 0, 0, 0, 0>, mode = "constant"} : (tensor<1x2x6x6xf32>, tensor<f32>) -> tensor<1x2x9x6xf32>
  %7 = nn.max_pool %6 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false} : (tensor<1x2x9x6xf32>) -> tensor<1x2x7x4xf32>
  return %1, %3, %5, %7 : tensor<1x2x5x6xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x7x4xf32>
}

// -----

// Zeros count in a mean, whether or not it would count pads; it may not have pads of its own that it does not count.
// CHECK-LABEL: @avg_pool
// CHECK: %[[PAD:.*]] = nn.pad
// CHECK: nn.avg_pool %arg0 {{.*}}count_include_pad = true{{.*}}pads = array<i64: 1, 0, 0, 0>
// CHECK: nn.avg_pool %arg0 {{.*}}count_include_pad = true{{.*}}pads = array<i64: 2, 0, 0, 0>
// CHECK: nn.avg_pool %[[PAD]] {{.*}}count_include_pad = false{{.*}}pads = array<i64: 1, 0, 0, 0>
func.func @avg_pool(%x: tensor<1x2x6x6xf32>) -> (tensor<1x2x5x4xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x4xf32>) {
  %0 = nn.pad %x {pads = array<i64: 0, 0, 1, 0, 0, 0, 0, 0>, mode = "constant"} : (tensor<1x2x6x6xf32>) -> tensor<1x2x7x6xf32>
  %1 = nn.avg_pool %0 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false, count_include_pad = false} : (tensor<1x2x7x6xf32>) -> tensor<1x2x5x4xf32>
  %2 = nn.avg_pool %0 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false, count_include_pad = true} : (tensor<1x2x7x6xf32>) -> tensor<1x2x6x4xf32>
  %3 = nn.avg_pool %0 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false, count_include_pad = false} : (tensor<1x2x7x6xf32>) -> tensor<1x2x6x4xf32>
  return %1, %2, %3 : tensor<1x2x5x4xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x4xf32>
}

// -----

// Every other point is a stride of the convolution of single points that reads them. Where the points begin one later,
// they are read from inside of the border; what is beyond the end becomes a pad.
// CHECK-LABEL: @points
// CHECK: nn.conv %arg0, %arg1 {{.*}}pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>
// CHECK: %[[S:.*]] = nn.slice %arg0 {sizes = #[[SIZES:.*]], starts = #[[STARTS:.*]], steps = array<i64: 1, 1, 2, 2>} : (tensor<1x2x7x7xf32>) -> tensor<1x2x3x3xf32>
// CHECK: nn.conv %[[S]], %arg1 {{.*}}pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 1, 1>
func.func @points(%x: tensor<1x2x7x7xf32>, %w: tensor<4x2x1x1xf32>) -> (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) {
  %0 = nn.max_pool %x {kernel = array<i64: 1, 1>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false} : (tensor<1x2x7x7xf32>) -> tensor<1x2x4x4xf32>
  %1 = nn.conv %0, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x4x4xf32>, tensor<4x2x1x1xf32>) -> tensor<1x4x4x4xf32>
  %2 = nn.pad %x {pads = array<i64: 0, 0, -1, -1, 0, 0, 1, 1>, mode = "constant"} : (tensor<1x2x7x7xf32>) -> tensor<1x2x7x7xf32>
  %3 = nn.avg_pool %2 {kernel = array<i64: 1, 1>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false, count_include_pad = false} : (tensor<1x2x7x7xf32>) -> tensor<1x2x4x4xf32>
  %4 = nn.conv %3, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x4x4xf32>, tensor<4x2x1x1xf32>) -> tensor<1x4x4x4xf32>
  return %1, %4 : tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>
}

// -----

// A slice takes no more of a border than it needs, of whatever border if it needs none; steps may go backwards.
// CHECK-LABEL: @slices
// CHECK: %[[M:.*]] = nn.pad %arg0
// CHECK: nn.slice %arg0 {sizes = #{{.*}}, starts = #{{.*}}, steps = array<i64: 2>} : (tensor<6xf32>) -> tensor<2xf32>
// CHECK: %[[B:.*]] = nn.slice %arg0 {{.*}}steps = array<i64: -2>} : (tensor<6xf32>) -> tensor<3xf32>
// CHECK: nn.pad %[[B]] {mode = "constant", pads = array<i64: 1, 1>}
// CHECK: nn.slice %[[M]]
func.func @slices(%x: tensor<6xf32>) -> (tensor<2xf32>, tensor<5xf32>, tensor<5xf32>) {
  %0 = nn.pad %x {pads = array<i64: 2, 2>, mode = "reflect"} : (tensor<6xf32>) -> tensor<10xf32>
  %1 = nn.slice %0 {starts = affine_map<() -> (3)>, sizes = affine_map<() -> (2)>, steps = array<i64: 2>} : (tensor<10xf32>) -> tensor<2xf32>
  %2 = nn.pad %x {pads = array<i64: 2, 2>, mode = "constant"} : (tensor<6xf32>) -> tensor<10xf32>
  %3 = nn.slice %2 {starts = affine_map<() -> (9)>, sizes = affine_map<() -> (5)>, steps = array<i64: -2>} : (tensor<10xf32>) -> tensor<5xf32>
  %4 = nn.slice %0 {starts = affine_map<() -> (9)>, sizes = affine_map<() -> (5)>, steps = array<i64: -2>} : (tensor<10xf32>) -> tensor<5xf32>
  return %1, %3, %4 : tensor<2xf32>, tensor<5xf32>, tensor<5xf32>
}

// -----

// One known index: a slice, also counted from the end; one beyond the end is the last.
// CHECK: #[[END:.*]] = affine_map<() -> (0, 3, 0)>
// CHECK-LABEL: @gather
// CHECK-COUNT-2: nn.slice %arg0 {sizes = #{{.*}}, starts = #[[END]], steps = array<i64: 1, 1, 1>} : (tensor<2x4x3xf32>) -> tensor<2x1x3xf32>
// CHECK: nn.gather
func.func @gather(%x: tensor<2x4x3xf32>, %i: tensor<i64>) -> (tensor<2x3xf32>, tensor<2x1x3xf32>, tensor<2x3xf32>) {
  %last = nn.constant dense<-1> : tensor<i64> : tensor<i64>
  %beyond = nn.constant dense<9> : tensor<1xi64> : tensor<1xi64>
  %0 = nn.gather %x, %last {axis = 1 : i64} : (tensor<2x4x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  %1 = nn.gather %x, %beyond {axis = 1 : i64} : (tensor<2x4x3xf32>, tensor<1xi64>) -> tensor<2x1x3xf32>
  %2 = nn.gather %x, %i {axis = 1 : i64} : (tensor<2x4x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  return %0, %1, %2 : tensor<2x3xf32>, tensor<2x1x3xf32>, tensor<2x3xf32>
}

// -----

// Channels of two tensors by turns: concatenated along a dimension of their own. Where the parts are no operands, nothing
// is gained.
// CHECK-LABEL: @shuffle
// CHECK: %[[A:.*]] = nn.reshape %arg0 {{.*}} -> tensor<1x3x1x5xf32>
// CHECK: %[[B:.*]] = nn.reshape %arg1 {{.*}} -> tensor<1x3x1x5xf32>
// CHECK: nn.concat %[[A]], %[[B]] {axis = 2 : i64} : {{.*}} -> tensor<1x3x2x5xf32>
// CHECK: nn.transpose
func.func @shuffle(%x: tensor<1x3x5xf32>, %y: tensor<1x3x5xf32>) -> (tensor<1x6x5xf32>, tensor<1x6x5xf32>) {
  %0 = nn.concat %x, %y {axis = 1 : i64} : (tensor<1x3x5xf32>, tensor<1x3x5xf32>) -> tensor<1x6x5xf32>
  %1 = nn.reshape %0 {shape = affine_map<() -> (1, 2, 3, 5)>} : (tensor<1x6x5xf32>) -> tensor<1x2x3x5xf32>
  %2 = nn.transpose %1 {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x2x3x5xf32>) -> tensor<1x3x2x5xf32>
  %3 = nn.reshape %2 {shape = affine_map<() -> (1, 6, 5)>} : (tensor<1x3x2x5xf32>) -> tensor<1x6x5xf32>
  %4 = nn.concat %x, %y {axis = 1 : i64} : (tensor<1x3x5xf32>, tensor<1x3x5xf32>) -> tensor<1x6x5xf32>
  %5 = nn.reshape %4 {shape = affine_map<() -> (1, 3, 2, 5)>} : (tensor<1x6x5xf32>) -> tensor<1x3x2x5xf32>
  %6 = nn.transpose %5 {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x3x2x5xf32>) -> tensor<1x2x3x5xf32>
  %7 = nn.reshape %6 {shape = affine_map<() -> (1, 6, 5)>} : (tensor<1x2x3x5xf32>) -> tensor<1x6x5xf32>
  return %3, %7 : tensor<1x6x5xf32>, tensor<1x6x5xf32>
}

// -----

// A dense block: each concatenation is the one before and more. Not so along another axis, or in another order.
// CHECK-LABEL: @dense
// CHECK: %[[A:.*]] = nn.concat %arg0, %arg1 {axis = 0 : i64}
// CHECK: %[[B:.*]] = nn.concat %[[A]], %arg2 {axis = 0 : i64}
// CHECK: nn.concat %[[B]], %arg0 {axis = 0 : i64}
// CHECK: nn.concat %arg0, %arg1, %arg2 {axis = 1 : i64}
// CHECK: nn.concat %arg1, %arg0, %arg2 {axis = 0 : i64}
func.func @dense(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>, %z: tensor<2x3xf32>) -> (tensor<4x3xf32>, tensor<6x3xf32>, tensor<8x3xf32>, tensor<2x9xf32>, tensor<6x3xf32>) {
  %0 = nn.concat %x, %y {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %1 = nn.concat %x, %y, %z {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<6x3xf32>
  %2 = nn.concat %x, %y, %z, %x {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<8x3xf32>
  %3 = nn.concat %x, %y, %z {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x9xf32>
  %4 = nn.concat %y, %x, %z {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<6x3xf32>
  return %0, %1, %2, %3, %4 : tensor<4x3xf32>, tensor<6x3xf32>, tensor<8x3xf32>, tensor<2x9xf32>, tensor<6x3xf32>
}

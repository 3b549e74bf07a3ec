// RUN: tenon-opt %s --tenon-plan=winograd=false --split-input-file | FileCheck %s
// RUN: tenon-opt %s --tenon-plan=winograd=false --tenon-schedule --split-input-file > /dev/null

// Channels of one image lie one after the other, in blocks too: no task concatenates them. Both parts have the border that
// the reader of the whole needs, and their tasks write it; the whole has the border that the reader of a part needs.
// CHECK-NOT: sched.task @concat
// CHECK: sched.task @conv layouts [unit, {{.*}}, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 2, 2]>] {
// CHECK: func.func @main
// CHECK: %[[A:.*]] = sched.run @conv
// CHECK: %[[B:.*]] = sched.run @relu
// CHECK: %[[C:.*]] = nn.concat %[[A]], %[[B]] {axis = 1 : i64, tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 2, 2]>}
// CHECK: sched.run @conv{{.*}}(%[[C]],
// CHECK: sched.run @conv{{.*}}(%[[A]],
func.func @main(%x: tensor<1x3x8x8xf32>) -> (tensor<1x8x8x8xf32>, tensor<1x8x8x8xf32>) {
  %w = nn.constant dense<1.0> : tensor<16x3x3x3xf32> : tensor<16x3x3x3xf32>
  %v = nn.constant dense<2.0> : tensor<8x32x3x3xf32> : tensor<8x32x3x3xf32>
  %u = nn.constant dense<2.0> : tensor<8x16x5x5xf32> : tensor<8x16x5x5xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x8x8xf32>
  %1 = nn.relu %0 : (tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  %2 = nn.concat %0, %1 {axis = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x32x8x8xf32>
  %3 = nn.conv %2, %v {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x32x8x8xf32>, tensor<8x32x3x3xf32>) -> tensor<1x8x8x8xf32>
  %4 = nn.conv %0, %u {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<8x16x5x5xf32>) -> tensor<1x8x8x8xf32>
  return %3, %4 : tensor<1x8x8x8xf32>, tensor<1x8x8x8xf32>
}

// -----

// Not so the channels of two images, and not columns of several rows.
// CHECK: sched.task @concat {
// CHECK: sched.task @concat_{{[0-9]}} {
// CHECK: func.func @main
// CHECK-NOT: nn.concat
func.func @main(%x: tensor<2x3x4xf32>) -> (tensor<2x6x4xf32>, tensor<2x3x8xf32>) {
  %0 = nn.relu %x : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %1 = nn.exp %x : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %2 = nn.concat %0, %1 {axis = 1 : i64} : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x6x4xf32>
  %3 = nn.concat %0, %1 {axis = 2 : i64} : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x8xf32>
  return %2, %3 : tensor<2x6x4xf32>, tensor<2x3x8xf32>
}

// -----

// What no task computes for the whole alone is copied into it: an argument, a value that is there already, one that is
// returned. The whole may be returned, and may be a part itself; a part may be reshaped on the way.
// CHECK: func.func @main(%[[X:.*]]: tensor<2x3xf32>)
// CHECK: %[[A:.*]] = sched.run @relu(%[[X]])
// CHECK: %[[B:.*]] = sched.run @exp(%[[X]])
// CHECK: %[[V:.*]] = nn.reshape %[[B]]
// CHECK: %[[I:.*]] = nn.concat %[[A]], %[[V]]
// CHECK-NEXT: %[[C:.*]] = sched.run @reshape(%[[X]])
// CHECK-NEXT: %[[D:.*]] = sched.run @reshape(%[[A]])
// CHECK-NEXT: nn.concat %[[I]], %[[C]], %[[D]] {axis = 0 : i64} : (tensor<4x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
// CHECK: %[[E:.*]] = sched.run @tanh_{{.}}(%[[X]])
// CHECK: %[[F:.*]] = sched.run @sigmoid
// CHECK: %[[G:.*]] = sched.run @reshape(%[[E]])
// CHECK: nn.concat %[[F]], %[[G]]
func.func @main(%x: tensor<2x3xf32>) -> (tensor<8x3xf32>, tensor<2x3xf32>, tensor<4x3xf32>) {
  %0 = nn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.exp %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = nn.reshape %1 {shape = affine_map<() -> (2, 3)>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.concat %0, %2 {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %4 = nn.concat %3, %x, %0 {axis = 0 : i64} : (tensor<4x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<8x3xf32>
  %5 = nn.tanh %3 : (tensor<4x3xf32>) -> tensor<4x3xf32>
  %6 = nn.tanh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %7 = nn.sigmoid %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %8 = nn.concat %7, %6 {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return %4, %6, %8 : tensor<8x3xf32>, tensor<2x3xf32>, tensor<4x3xf32>
}

// -----

// Where most would have to be copied, one task does it all.
// CHECK: sched.task @concat {
// CHECK: func.func @main
// CHECK-NOT: nn.concat
func.func @main(%x: tensor<2x3xf32>) -> tensor<6x3xf32> {
  %0 = nn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.concat %x, %0, %x {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<6x3xf32>
  return %1 : tensor<6x3xf32>
}

// -----

// Slices that are one piece are views of whatever they are taken from, also of single elements of the outer dimensions.
// What is returned, what has gaps and what has steps is copied.
// CHECK: func.func @main
// CHECK: %[[P:.*]] = nn.slice %arg0
// CHECK: sched.run @relu(%[[P]])
// CHECK: %[[E:.*]] = nn.slice %arg0
// CHECK: sched.run @exp(%[[E]])
// CHECK: sched.run @slice
// CHECK: sched.run @tanh
// CHECK: sched.run @slice
// CHECK: sched.run @sigmoid
// CHECK: sched.run @slice
func.func @main(%x: tensor<4x3x8xf32>) -> (tensor<2x3x8xf32>, tensor<1x2x8xf32>, tensor<4x2x8xf32>, tensor<2x3x8xf32>, tensor<1x3x8xf32>) {
  %0 = nn.slice %x {starts = affine_map<() -> (1, 0, 0)>, sizes = affine_map<() -> (2, 3, 8)>, steps = array<i64: 1, 1, 1>} : (tensor<4x3x8xf32>) -> tensor<2x3x8xf32>
  %1 = nn.relu %0 : (tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  %2 = nn.slice %x {starts = affine_map<() -> (3, 1, 0)>, sizes = affine_map<() -> (1, 2, 8)>, steps = array<i64: 1, 1, 1>} : (tensor<4x3x8xf32>) -> tensor<1x2x8xf32>
  %3 = nn.exp %2 : (tensor<1x2x8xf32>) -> tensor<1x2x8xf32>
  %4 = nn.slice %x {starts = affine_map<() -> (0, 1, 0)>, sizes = affine_map<() -> (4, 2, 8)>, steps = array<i64: 1, 1, 1>} : (tensor<4x3x8xf32>) -> tensor<4x2x8xf32>
  %5 = nn.tanh %4 : (tensor<4x2x8xf32>) -> tensor<4x2x8xf32>
  %6 = nn.slice %x {starts = affine_map<() -> (0, 0, 0)>, sizes = affine_map<() -> (2, 3, 8)>, steps = array<i64: 2, 1, 1>} : (tensor<4x3x8xf32>) -> tensor<2x3x8xf32>
  %7 = nn.sigmoid %6 : (tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  %8 = nn.slice %x {starts = affine_map<() -> (1, 0, 0)>, sizes = affine_map<() -> (1, 3, 8)>, steps = array<i64: 1, 1, 1>} : (tensor<4x3x8xf32>) -> tensor<1x3x8xf32>
  return %1, %3, %5, %7, %8 : tensor<2x3x8xf32>, tensor<1x2x8xf32>, tensor<4x2x8xf32>, tensor<2x3x8xf32>, tensor<1x3x8xf32>
}

// -----

// Whole blocks of channels are a view; in the midst of one begins none.
// CHECK: func.func @main
// CHECK: %[[ROWS:.*]] = sched.run @reshape
// CHECK: %[[S:.*]] = nn.slice {{.*}} {{.*}}tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>}
// CHECK: sched.run @conv{{.*}}(%[[S]],
// CHECK: nn.slice %[[ROWS]] {
// CHECK-NOT: tenon.layout
// CHECK: return
func.func @main(%x: tensor<1x3x8x8xf32>) -> (tensor<1x8x8x8xf32>, tensor<1x16x8x8xf32>) {
  %w = nn.constant dense<1.0> : tensor<32x3x3x3xf32> : tensor<32x3x3x3xf32>
  %v = nn.constant dense<2.0> : tensor<8x16x3x3xf32> : tensor<8x16x3x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x3x8x8xf32>, tensor<32x3x3x3xf32>) -> tensor<1x32x8x8xf32>
  %1 = nn.slice %0 {starts = affine_map<() -> (0, 8, 0, 0)>, sizes = affine_map<() -> (1, 16, 8, 8)>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x32x8x8xf32>) -> tensor<1x16x8x8xf32>
  %2 = nn.conv %1, %v {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<8x16x3x3xf32>) -> tensor<1x8x8x8xf32>
  %3 = nn.slice %0 {starts = affine_map<() -> (0, 12, 0, 0)>, sizes = affine_map<() -> (1, 16, 8, 8)>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x32x8x8xf32>) -> tensor<1x16x8x8xf32>
  %4 = nn.relu %3 : (tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  return %2, %4 : tensor<1x8x8x8xf32>, tensor<1x16x8x8xf32>
}

// RUN: tenon-opt %s --tenon-plan --split-input-file | FileCheck %s

// A copy stands before all that read it, wherever they are: the graph's input, which two convolutions read, of which the
// first is computed together with the addition, after the second.
// CHECK: func.func @main(%[[X:.*]]: tensor<1x16x7x7xf32>)
// CHECK: %[[COPY:.*]] = sched.run @reshape{{[_0-9]*}}(%[[X]])
// CHECK: %[[B:.*]] = sched.run @conv{{[_0-9]*}}(%[[COPY]],
// CHECK: sched.run @conv_add{{[_0-9]*}}(%[[COPY]], %{{.*}}, %[[B]])
func.func @main(%x: tensor<1x16x7x7xf32>) -> tensor<1x16x7x7xf32> {
  %w = nn.constant dense<1.0> : tensor<16x16x3x3xf32> : tensor<16x16x3x3xf32>
  %v = nn.constant dense<2.0> : tensor<16x16x3x3xf32> : tensor<16x16x3x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x7x7xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x7x7xf32>
  %1 = nn.conv %x, %v {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x7x7xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x7x7xf32>
  %2 = nn.add %0, %1 : (tensor<1x16x7x7xf32>, tensor<1x16x7x7xf32>) -> tensor<1x16x7x7xf32>
  return %2 : tensor<1x16x7x7xf32>
}

// -----

// A value in blocks that an operator on rows reads, a view shows, and the function returns: one copy serves all.
// CHECK: func.func @main
// CHECK: %[[A:.*]] = sched.run @conv(
// CHECK: %[[ROWS:.*]] = sched.run @reshape{{[_0-9]*}}(%[[A]])
// CHECK-NOT: sched.run @reshape
// CHECK-DAG: sched.run @transpose(%[[ROWS]])
// CHECK-DAG: nn.reshape %[[ROWS]]
// CHECK: return %[[ROWS]],
func.func @main(%x: tensor<1x3x8x8xf32>) -> (tensor<1x16x8x8xf32>, tensor<1x8x8x16xf32>, tensor<1024xf32>) {
  %w = nn.constant dense<1.0> : tensor<16x3x5x5xf32> : tensor<16x3x5x5xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x3x8x8xf32>, tensor<16x3x5x5xf32>) -> tensor<1x16x8x8xf32>
  %1 = nn.reshape %0 {shape = affine_map<() -> (1024)>} : (tensor<1x16x8x8xf32>) -> tensor<1024xf32>
  %2 = nn.transpose %0 {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x16x8x8xf32>) -> tensor<1x8x8x16xf32>
  %3 = nn.relu %1 : (tensor<1024xf32>) -> tensor<1024xf32>
  return %0, %2, %3 : tensor<1x16x8x8xf32>, tensor<1x8x8x16xf32>, tensor<1024xf32>
}

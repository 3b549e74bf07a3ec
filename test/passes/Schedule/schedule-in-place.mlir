// RUN: tenon-opt %s --tenon-schedule --split-input-file | FileCheck %s

// A sum is written where its operand lies that nobody reads any more, be it the first (run 3) or the second (run 4). While
// somebody does (run 2), or where the caller keeps the operand (run 1), it has a place of its own: the same task runs so and so.
// CHECK: module attributes {tenon.arena = 512 : i64
// CHECK: sched.task @add in_place [0, 1] {
// CHECK: sched.task @last {
// CHECK: sched.run @add(%{{.*}}) places [#sched.place<input, 0>, #sched.place<input, 1>, #sched.place<arena, [[A:0|256]]>]
// CHECK: sched.run @add(%{{.*}}) places [#sched.place<arena, [[A]]>, #sched.place<input, 1>, #sched.place<arena, [[B:0|256]]>]
// CHECK: sched.run @add(%{{.*}}) places [#sched.place<arena, [[A]]>, #sched.place<arena, [[B]]>, #sched.place<arena, [[A]]>]
// CHECK: sched.run @add(%{{.*}}) places [#sched.place<input, 0>, #sched.place<arena, [[B]]>, #sched.place<arena, [[B]]>]
// CHECK: sched.run @last(%{{.*}}) places [#sched.place<arena, [[B]]>, #sched.place<arena, [[A]]>, #sched.place<output, 0>]
sched.task @add {
^bb0(%x: tensor<64xf32>, %y: tensor<64xf32>):
  %z = nn.add %x, %y : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  sched.yield %z : tensor<64xf32>
}
sched.task @last {
^bb0(%x: tensor<64xf32>, %y: tensor<64xf32>):
  %z = nn.sub %x, %y : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  sched.yield %z : tensor<64xf32>
}
func.func @main(%x: tensor<64xf32>, %y: tensor<64xf32>) -> tensor<64xf32> {
  %0 = sched.run @add(%x, %y) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %1 = sched.run @add(%0, %y) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %2 = sched.run @add(%0, %1) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %3 = sched.run @add(%x, %1) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %4 = sched.run @last(%3, %2) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %4 : tensor<64xf32>
}

// -----

// Only the operand that the same element of the result is computed from, and nothing else: not the window of a
// convolution, not what is broadcast, not elements of another size, not what a softmax needs as a whole.
// CHECK: sched.task @conv in_place [2] {
// CHECK: sched.task @broadcast {
// CHECK: sched.task @cast {
// CHECK: sched.task @softmax {
// CHECK: sched.task @twice {
sched.task @conv {
^bb0(%x: tensor<1x1x5x5xf32>, %w: tensor<1x1x3x3xf32>, %r: tensor<1x1x5x5xf32>):
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x5x5xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x5x5xf32>
  %1 = nn.add %0, %r : (tensor<1x1x5x5xf32>, tensor<1x1x5x5xf32>) -> tensor<1x1x5x5xf32>
  sched.yield %1 : tensor<1x1x5x5xf32>
}
sched.task @broadcast {
^bb0(%x: tensor<1x1x5x5xf32>):
  %w = nn.constant dense<2.0> : tensor<1x1x1x1xf32> : tensor<1x1x1x1xf32>
  %0 = nn.reduce %x {axes = array<i64: 2>, kind = #nn.reduce_kind<sum>} : (tensor<1x1x5x5xf32>) -> tensor<1x1x5xf32>
  %1 = nn.add %x, %0 : (tensor<1x1x5x5xf32>, tensor<1x1x5xf32>) -> tensor<1x1x5x5xf32>
  sched.yield %1 : tensor<1x1x5x5xf32>
}
sched.task @cast {
^bb0(%x: tensor<1x1x5x5xf32>):
  %0 = nn.cast %x {to = f64} : (tensor<1x1x5x5xf32>) -> tensor<1x1x5x5xf64>
  sched.yield %0 : tensor<1x1x5x5xf64>
}
sched.task @softmax {
^bb0(%x: tensor<1x1x5x5xf64>):
  %0 = nn.softmax %x {axes = array<i64: 3>} : (tensor<1x1x5x5xf64>) -> tensor<1x1x5x5xf64>
  sched.yield %0 : tensor<1x1x5x5xf64>
}
sched.task @twice {
^bb0(%x: tensor<1x1x5x5xf64>, %y: tensor<1x1x5x5xf64>):
  %0 = nn.add %x, %y : (tensor<1x1x5x5xf64>, tensor<1x1x5x5xf64>) -> tensor<1x1x5x5xf64>
  sched.yield %0 : tensor<1x1x5x5xf64>
}
func.func @main(%x: tensor<1x1x5x5xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<1x1x5x5xf64> {
  %0 = sched.run @conv(%x, %w, %x) : (tensor<1x1x5x5xf32>, tensor<1x1x3x3xf32>, tensor<1x1x5x5xf32>) -> tensor<1x1x5x5xf32>
  %1 = sched.run @conv(%0, %w, %x) : (tensor<1x1x5x5xf32>, tensor<1x1x3x3xf32>, tensor<1x1x5x5xf32>) -> tensor<1x1x5x5xf32>
  %2 = sched.run @conv(%x, %w, %1) : (tensor<1x1x5x5xf32>, tensor<1x1x3x3xf32>, tensor<1x1x5x5xf32>) -> tensor<1x1x5x5xf32>
  %3 = sched.run @broadcast(%2) : (tensor<1x1x5x5xf32>) -> tensor<1x1x5x5xf32>
  %4 = sched.run @cast(%3) : (tensor<1x1x5x5xf32>) -> tensor<1x1x5x5xf64>
  %5 = sched.run @softmax(%4) : (tensor<1x1x5x5xf64>) -> tensor<1x1x5x5xf64>
  // One value under two names is read at two places.
  %6 = nn.reshape %5 {shape = affine_map<() -> (1, 1, 5, 5)>} : (tensor<1x1x5x5xf64>) -> tensor<1x1x5x5xf64>
  %7 = sched.run @twice(%5, %6) : (tensor<1x1x5x5xf64>, tensor<1x1x5x5xf64>) -> tensor<1x1x5x5xf64>
  %8 = sched.run @softmax(%7) : (tensor<1x1x5x5xf64>) -> tensor<1x1x5x5xf64>
  return %8 : tensor<1x1x5x5xf64>
}

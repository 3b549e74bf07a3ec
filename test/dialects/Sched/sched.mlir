// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s --mlir-print-op-generic | tenon-opt | FileCheck %s

// CHECK: sched.task @relu {
// CHECK-NEXT: ^bb0(%[[X:.*]]: tensor<4xf32>):
// CHECK-NEXT: %[[Y:.*]] = nn.relu %[[X]]
// CHECK-NEXT: sched.yield %[[Y]] : tensor<4xf32>
sched.task @relu {
^bb0(%x: tensor<4xf32>):
  %y = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  sched.yield %y : tensor<4xf32>
}

// CHECK: sched.run @relu(%{{.*}}) : (tensor<4xf32>) -> tensor<4xf32>
// CHECK: sched.run @relu(%{{.*}}) places [#sched.place<arena, 64>, #sched.place<output, 0>] : (tensor<4xf32>) -> tensor<4xf32>
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = sched.run @relu(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = sched.run @relu(%0) places [#sched.place<arena, 64>, #sched.place<output, 0>] : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Layouts of arguments and results: blocked channels with a border, a permutation, rows.
// CHECK: sched.task @blocked layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>,
// CHECK-SAME: #sched.layout<order = [1, 0]>, unit, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] {
sched.task @blocked layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>,
                             #sched.layout<order = [1, 0]>, unit,
                             #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] {
^bb0(%x: tensor<1x16x4x4xf32>, %w: tensor<3x5xf32>, %v: tensor<f32>):
  %y = nn.relu %x : (tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
  sched.yield %y : tensor<1x16x4x4xf32>
}

// Weights in blocks of both dimensions, the inner one first.
// CHECK: test.layout = #sched.layout<order = [1, 0] blocks = [1, 8, 0, 16]>
module attributes {test.layout = #sched.layout<order = [1, 0] blocks = [1, 8, 0, 16]>} {}

// A part of an output begins 64 bytes from where that does.
// CHECK: test.places = [#sched.place<input, 0>, #sched.place<weights, 128>, #sched.place<output, 1, 64>]
module attributes {test.places = [#sched.place<input, 0>, #sched.place<weights, 128>, #sched.place<output, 1, 64>]} {}

// CHECK: sched.task @sum in_place [1] {
sched.task @sum in_place [1] {
^bb0(%x: tensor<4xf32>, %y: tensor<4xf32>):
  %z = nn.add %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  sched.yield %z : tensor<4xf32>
}

// CHECK: sched.task @scheduled schedule <rows = [4] strips = [2, 7] phases = [1, 0, 2, -1] nests = [<vector_dim = 0, lanes = 8, tile = [1], order = [0]>]> {
// CHECK: sched.task @split schedule <phases = [1, 0] > {
sched.task @scheduled schedule <rows = [4] strips = [2, 7] phases = [1, 0, 2, -1] nests = [<vector_dim = 0, lanes = 8, tile = [1], order = [0]>]> {
^bb0(%x: tensor<4xf32>):
  sched.yield %x : tensor<4xf32>
}
sched.task @split schedule <phases = [1, 0]> {
^bb0(%x: tensor<4xf32>):
  sched.yield %x : tensor<4xf32>
}

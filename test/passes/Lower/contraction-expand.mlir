// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-lower-tasks,builtin.module(tenon-expand))' --split-input-file | FileCheck %s
// From an operator to vector code: sums stay in registers, and nothing but the operands and the result is in memory.

// Vectors along the width of the image; the weights are broadcast.
// CHECK-LABEL: module @conv_code
// CHECK-SAME: tenon.scratch = 0 : i64
// CHECK-NOT: memref.alloc
// CHECK-NOT: vector.gather
// CHECK-NOT: vector.store
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>
// CHECK:   scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>
// CHECK:     scf.for {{.*}} iter_args(%[[ACC:[^ ]*]] = {{.*}}) -> (vector<8xf32>
// CHECK:       %[[X:.*]] = vector.load
// CHECK:       %[[W:.*]] = vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK:       %[[SUM:.*]] = math.fma %[[X]], %[[W]], %[[ACC]] : vector<8xf32>
// CHECK-NOT:   vector.store
// CHECK:       scf.yield %[[SUM]]
// CHECK: arith.addf {{.*}} : vector<8xf32>
// CHECK: vector.store
// CHECK-NOT: memref.alloc
// CHECK-NOT: arith.addf {{.*}} : f32
// CHECK-NOT: kernel.generic
sched.task @conv {
^bb0(%x: tensor<1x4x10x18xf32>, %w: tensor<8x4x3x3xf32>, %b: tensor<8xf32>):
  %y = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x4x10x18xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>) -> tensor<1x8x8x16xf32>
  sched.yield %y : tensor<1x8x8x16xf32>
}

// -----

// Vectors along the columns of the second operand; elements of the first are broadcast, and used with every vector
// that was loaded.
// CHECK-LABEL: module @matmul_code
// CHECK-SAME: tenon.scratch = 0 : i64
// CHECK-NOT: memref.alloc
// CHECK: scf.for {{.*}} iter_args(%[[ACC:[^ ]*]] = {{.*}}) -> (vector<8xf32>, vector<8xf32>
// CHECK:   memref.load
// CHECK:   %[[A:.*]] = vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK:   %[[B:.*]] = vector.load
// CHECK:   math.fma %[[A]], %[[B]], %[[ACC]] : vector<8xf32>
// CHECK:   %[[B2:.*]] = vector.load
// CHECK:   math.fma %[[A]], %[[B2]], %{{.*}} : vector<8xf32>
// CHECK:   scf.yield
// CHECK: vector.store
// CHECK-NOT: memref.alloc
// CHECK-NOT: arith.mulf
// CHECK-NOT: kernel.generic
sched.task @matmul {
^bb0(%a: tensor<2x12x64xf32>, %b: tensor<64x32xf32>):
  %y = nn.matmul %a, %b : (tensor<2x12x64xf32>, tensor<64x32xf32>) -> tensor<2x12x32xf32>
  sched.yield %y : tensor<2x12x32xf32>
}

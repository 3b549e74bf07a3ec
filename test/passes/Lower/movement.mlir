// RUN: tenon-opt %s --tenon-lower-tasks --canonicalize --cse --split-input-file | FileCheck %s

// The result is written in its order.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2) -> (d1, d2, d0)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: module @transpose_code
// CHECK-NOT: memref.alloc
// CHECK: kernel.generic extents [4, 2, 3] reductions = 0 {{.*}} maps [#[[X]], #[[Y]]]
// CHECK: ^bb0(%[[V:[^ :]*]]: f32):
// CHECK-NEXT: kernel.yield %[[V]]
sched.task @transpose {
^bb0(%x: tensor<2x3x4xf32>):
  %y = nn.transpose %x {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  sched.yield %y : tensor<4x2x3xf32>
}

// -----

// One copy per operand, each at its offset.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[AFTER:.*]] = affine_map<(d0, d1) -> (d0, d1 + 3)>
// CHECK-LABEL: module @concat_code
// CHECK: kernel.generic extents [2, 3] {{.*}} outs(%[[Y:.*]] : memref<2x7xf32>) maps [#[[X]], #[[X]]]
// CHECK: kernel.generic extents [2, 4] {{.*}} outs(%[[Y]] : memref<2x7xf32>) maps [#[[X]], #[[AFTER]]]
// CHECK-NOT: kernel.generic
sched.task @concat {
^bb0(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>):
  %y = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  sched.yield %y : tensor<2x7xf32>
}

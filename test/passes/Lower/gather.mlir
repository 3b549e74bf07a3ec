// RUN: tenon-opt %s --tenon-lower-tasks --canonicalize --cse --split-input-file | FileCheck %s

// A negative index counts from the end; every index is clamped to the axis, whatever its value.
// CHECK: #[[I:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-LABEL: module @gather_code
// CHECK-DAG: %[[LAST:.*]] = arith.constant 9 : index
// CHECK-DAG: %[[EXTENT:.*]] = arith.constant 10 : index
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK: kernel.generic extents [4, 3, 6] reductions = 0 ins(%{{.*}} : memref<3xi64>) outs(%{{.*}} : memref<4x3x6xf32>) maps [#[[I]],
// CHECK: ^bb0(%[[V:[^ :]*]]: i64):
// CHECK: %[[INDEX:.*]] = arith.index_cast %[[V]] : i64 to index
// CHECK: %[[NEGATIVE:.*]] = arith.cmpi slt, %[[INDEX]], %[[ZERO]]
// CHECK: %[[FROM_END:.*]] = arith.addi %[[INDEX]], %[[EXTENT]]
// CHECK: %[[WRAPPED:.*]] = arith.select %[[NEGATIVE]], %[[FROM_END]], %[[INDEX]]
// CHECK: %[[BELOW:.*]] = arith.minsi %[[WRAPPED]], %[[LAST]]
// CHECK: %[[INSIDE:.*]] = arith.maxsi %[[BELOW]], %[[ZERO]]
// CHECK: %[[R:.*]] = memref.load %{{.*}}[%{{.*}}, %[[INSIDE]], %{{.*}}] : memref<4x10x6xf32>
// CHECK: kernel.yield %[[R]]
sched.task @gather {
^bb0(%x: tensor<4x10x6xf32>, %i: tensor<3xi64>):
  %y = nn.gather %x, %i {axis = 1 : i64} : (tensor<4x10x6xf32>, tensor<3xi64>) -> tensor<4x3x6xf32>
  sched.yield %y : tensor<4x3x6xf32>
}

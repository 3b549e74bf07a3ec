// RUN: tenon-opt %s --tenon-lower-tasks --canonicalize --cse --split-input-file | FileCheck %s

// A linear resize of one axis: two taps per row of the result, with clamped indices.
// CHECK-DAG: #[[FIRST:.*]] = affine_map<(d0, d1, d2) -> (d1, 0)>
// CHECK-DAG: #[[SECOND:.*]] = affine_map<(d0, d1, d2) -> (d1, 1)>
// CHECK-LABEL: module @interpolate_code
// CHECK-DAG: %[[LAST:.*]] = arith.constant 3 : {{i32|index}}
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : {{i32|index}}
// CHECK: kernel.generic extents [2, 8, 6] reductions = 0 {{.*}} maps [#[[FIRST]], #[[FIRST]], #[[SECOND]], #[[SECOND]],
// CHECK: ^bb0(%{{[^ :]*}}: i32, %[[W0:[^ :]*]]: f32, %{{[^ :]*}}: i32, %[[W1:[^ :]*]]: f32):
// CHECK: %[[BELOW:.*]] = arith.minsi %{{.*}}, %[[LAST]]
// CHECK: arith.maxsi %[[BELOW]], %[[ZERO]]
// CHECK: %[[X0:.*]] = memref.load %{{.*}} : memref<2x4x6xf32>
// CHECK: %[[P:.*]] = arith.mulf %[[W0]], %[[X0]] : f32
// CHECK: %[[BELOW1:.*]] = arith.minsi %{{.*}}, %[[LAST]]
// CHECK: arith.maxsi %[[BELOW1]], %[[ZERO]]
// CHECK: %[[X1:.*]] = memref.load %{{.*}} : memref<2x4x6xf32>
// CHECK: %[[R:.*]] = math.fma %[[W1]], %[[X1]], %[[P]] : f32
// CHECK: kernel.yield %[[R]]
sched.task @interpolate {
^bb0(%x: tensor<2x4x6xf32>, %i: tensor<8x2xi32>, %w: tensor<8x2xf32>):
  %y = nn.interpolate %x, %i, %w {axis = 1 : i64} : (tensor<2x4x6xf32>, tensor<8x2xi32>, tensor<8x2xf32>) -> tensor<2x8x6xf32>
  sched.yield %y : tensor<2x8x6xf32>
}

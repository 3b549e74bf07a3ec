// RUN: tenon-opt %s --tenon-lower-tasks --canonicalize --cse --split-input-file | FileCheck %s
// Softmax and the normalizations: reductions of rows, then passes over the elements.

// The maximum, the exponentials, their sum, one division per row, and a product per element.
// CHECK-LABEL: module @softmax_code
// CHECK-DAG: %[[LEAST:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK: kernel.generic extents [4, 16] reductions = 1 {{.*}} outs(%[[MAX:.*]] : memref<4xf32>) inits(%[[LEAST]] : f32)
// CHECK:   arith.maximumf
// CHECK: kernel.generic extents [4, 16] reductions = 0 ins(%{{.*}}, %[[MAX]] : memref<4x16xf32>, memref<4xf32>)
// CHECK:   ^bb0(%[[X:[^ :]*]]: f32, %[[M:[^ :]*]]: f32):
// CHECK:   %[[D:.*]] = arith.subf %[[X]], %[[M]] : f32
// CHECK:   math.exp %[[D]] : f32
// CHECK: kernel.generic extents [4, 16] reductions = 1 {{.*}} inits(%[[ZERO]] : f32)
// CHECK:   arith.addf
// CHECK: kernel.generic extents [4] reductions = 0
// CHECK:   arith.divf %[[ONE]], %{{.*}} : f32
// CHECK: kernel.generic extents [4, 16] reductions = 0
// CHECK:   arith.mulf
// CHECK-NOT: kernel.generic
sched.task @softmax {
^bb0(%x: tensor<4x16xf32>):
  %y = nn.softmax %x {axes = array<i64: 1>} : (tensor<4x16xf32>) -> tensor<4x16xf32>
  sched.yield %y : tensor<4x16xf32>
}

// -----

// The variance is the mean square of the differences from the mean, which keeps its digits.
// CHECK-LABEL: module @layer_norm_code
// CHECK-DAG: %[[EPSILON:.*]] = arith.constant 9.99999974E-6 : f32
// CHECK-DAG: %[[COUNT:.*]] = arith.constant 1.600000e+01 : f32
// CHECK: kernel.generic extents [4, 16] reductions = 1 {{.*}} outs(%[[MEAN:.*]] : memref<4xf32>)
// CHECK:   arith.addf
// CHECK: kernel.generic extents [4] reductions = 0 ins(%[[MEAN]] : memref<4xf32>) outs(%[[MEAN]] : memref<4xf32>)
// CHECK:   arith.divf %{{.*}}, %[[COUNT]] : f32
// CHECK: kernel.generic extents [4, 16] reductions = 1 ins(%{{.*}}, %[[MEAN]] : {{.*}}) outs(%[[SCALE:.*]] : memref<4xf32>)
// CHECK:   %[[D:.*]] = arith.subf
// CHECK:   math.fma %[[D]], %[[D]], %{{.*}} : f32
// CHECK: kernel.generic extents [4] reductions = 0 ins(%[[SCALE]] : memref<4xf32>) outs(%[[SCALE]] : memref<4xf32>)
// CHECK:   %[[V:.*]] = arith.divf %{{.*}}, %[[COUNT]] : f32
// CHECK:   %[[W:.*]] = arith.addf %[[V]], %[[EPSILON]] : f32
// CHECK:   math.sqrt %[[W]] : f32
// CHECK: kernel.generic extents [4, 16] reductions = 0
// CHECK:   %[[C:.*]] = arith.subf
// CHECK:   %[[N:.*]] = arith.mulf %[[C]], %{{.*}} : f32
// CHECK:   math.fma %[[N]], %{{.*}}, %{{.*}} : f32
// CHECK-NOT: kernel.generic
sched.task @layer_norm {
^bb0(%x: tensor<4x16xf32>, %s: tensor<16xf32>, %b: tensor<16xf32>):
  %y = nn.layer_norm %x, %s, %b {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<4x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
  sched.yield %y : tensor<4x16xf32>
}

// -----

// The reduced dimension is the nest's last, so that vectors run along the contiguous one.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: module @sum_code
// CHECK-NOT: memref.alloc
// CHECK: kernel.generic extents [4, 16, 6] reductions = 1 {{.*}} maps [#[[X]], #[[Y]]]
// CHECK: arith.addf
sched.task @sum {
^bb0(%x: tensor<4x6x16xf32>):
  %y = nn.reduce %x {kind = #nn.reduce_kind<sum>, axes = array<i64: 1>} : (tensor<4x6x16xf32>) -> tensor<4x16xf32>
  sched.yield %y : tensor<4x16xf32>
}

// -----

// One root and one division per channel; a difference and two products per element.
// CHECK-LABEL: module @batch_norm_code
// CHECK: kernel.generic extents [6] reductions = 0
// CHECK:   math.sqrt
// CHECK:   arith.divf
// CHECK: kernel.generic extents [6, 2, 32] reductions = 0
// CHECK-NOT: math.sqrt
// CHECK-NOT: arith.divf
// CHECK:   arith.subf
// CHECK:   arith.mulf
// CHECK:   math.fma
sched.task @batch_norm {
^bb0(%x: tensor<2x6x32xf32>, %s: tensor<6xf32>, %b: tensor<6xf32>, %m: tensor<6xf32>, %v: tensor<6xf32>):
  %y = nn.batch_norm %x, %s, %b, %m, %v {epsilon = 1.0e-5 : f64} : (tensor<2x6x32xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x32xf32>
  sched.yield %y : tensor<2x6x32xf32>
}

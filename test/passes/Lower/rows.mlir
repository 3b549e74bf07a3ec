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

// RUN: tenon-opt %s --tenon-lower-tasks --canonicalize --cse --split-input-file | FileCheck %s

// A float to an integer truncates, saturates, and NaN is 0: never a conversion of what does not fit.
// CHECK-LABEL: module @cast_code
// CHECK-DAG: %[[LEAST:.*]] = arith.constant -128 : i8
// CHECK-DAG: %[[GREATEST:.*]] = arith.constant 127 : i8
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG: %[[LOW:.*]] = arith.constant -1.280000e+02 : f32
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 1.280000e+02 : f32
// CHECK: kernel.generic extents [2, 8] reductions = 0
// CHECK: ^bb0(%[[X:[^ :]*]]: f32):
// CHECK: %[[ABOVE:.*]] = arith.cmpf oge, %[[X]], %[[HIGH]]
// CHECK: %[[BELOW:.*]] = arith.cmpf olt, %[[X]], %[[LOW]]
// CHECK: %[[OUT:.*]] = arith.ori %[[ABOVE]], %[[BELOW]]
// CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]]
// CHECK: %[[BAD:.*]] = arith.ori %[[OUT]], %[[NAN]]
// CHECK: %[[SAFE:.*]] = arith.select %[[BAD]], %[[ZERO]], %[[X]]
// CHECK: %[[WIDE:.*]] = arith.fptosi %[[SAFE]] : f32 to i32
// CHECK: %[[BYTE:.*]] = arith.trunci %[[WIDE]] : i32 to i8
// CHECK: %[[R:.*]] = arith.select %[[ABOVE]], %[[GREATEST]], %[[BYTE]]
// CHECK: %[[S:.*]] = arith.select %[[BELOW]], %[[LEAST]], %[[R]]
// CHECK: kernel.yield %[[S]]
sched.task @cast {
^bb0(%x: tensor<2x8xf32>):
  %y = nn.cast %x {to = i8} : (tensor<2x8xf32>) -> tensor<2x8xi8>
  sched.yield %y : tensor<2x8xi8>
}

// -----

// CHECK-LABEL: module @widen_code
// CHECK: kernel.generic extents [2, 8] reductions = 0
// CHECK: ^bb0(%[[X:[^ :]*]]: f16):
// CHECK-NEXT: %[[R:.*]] = arith.extf %[[X]] : f16 to f32
// CHECK-NEXT: kernel.yield %[[R]]
sched.task @widen {
^bb0(%x: tensor<2x8xf16>):
  %y = nn.cast %x {to = f32} : (tensor<2x8xf16>) -> tensor<2x8xf32>
  sched.yield %y : tensor<2x8xf32>
}

// -----

// Divided by the column's scale, rounded, moved by its zero point, then converted as above to an unsigned byte.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[COLUMN:.*]] = affine_map<(d0, d1) -> (0, d1)>
// CHECK-LABEL: module @quantize_code
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 2.560000e+02 : f32
// CHECK-DAG: %[[ALL:.*]] = arith.constant -1 : i8
// CHECK: kernel.generic extents [2, 8] reductions = 0 {{.*}} maps [#[[X]], #[[COLUMN]], #[[COLUMN]], #[[X]]]
// CHECK: ^bb0(%[[V:[^ :]*]]: f32, %[[S:[^ :]*]]: f32, %[[Z:[^ :]*]]: i8):
// CHECK-DAG: %[[Q:.*]] = arith.divf %[[V]], %[[S]] : f32
// CHECK-DAG: %[[OFFSET:.*]] = arith.uitofp %[[Z]] : i8 to f32
// CHECK-DAG: %[[ROUND:.*]] = math.roundeven %[[Q]] : f32
// CHECK: %[[SUM:.*]] = arith.addf %[[ROUND]], %[[OFFSET]] : f32
// CHECK: %[[ABOVE:.*]] = arith.cmpf oge, %[[SUM]], %[[HIGH]]
// CHECK: arith.select %[[ABOVE]], %[[ALL]], %{{.*}} : i8
sched.task @quantize {
^bb0(%x: tensor<2x8xf32>, %s: tensor<8xf32>, %z: tensor<8xui8>):
  %y = nn.quantize_linear %x, %s, %z {axis = 1 : i64, block_size = 0 : i64, precision = f32, to = ui8} : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xui8>) -> tensor<2x8xui8>
  sched.yield %y : tensor<2x8xui8>
}

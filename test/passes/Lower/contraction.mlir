// RUN: tenon-opt %s --tenon-lower-tasks --canonicalize --cse --split-input-file | FileCheck %s

// Without pads: one nest of batch, group, output, row and column, summed over input channel and kernel. The bias is
// added to the finished sum.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d5, d3 + d6, d4 + d7)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d2, d5, d6, d7)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2, d3, d4)>
// CHECK-LABEL: module @conv_code
// CHECK-SAME: tenon.scratch = 0 : i64
// CHECK-NOT: memref.alloc
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[B:.*]] = memref.reinterpret_cast {{.*}} to memref<1x8xf32>
// CHECK: kernel.generic extents [1, 1, 8, 8, 16, 4, 3, 3] reductions = 3
// CHECK-SAME: inits(%[[ZERO]] : f32) maps [#[[X]], #[[W]], #[[Y]]]
// CHECK: ^bb0(%[[A:[^ :]*]]: f32, %[[C:[^ :]*]]: f32, %[[ACC:[^ :]*]]: f32):
// CHECK:   %[[SUM:.*]] = math.fma %[[A]], %[[C]], %[[ACC]] : f32
// CHECK:   kernel.yield %[[SUM]]
// CHECK: ^bb0(%[[DONE:[^ :]*]]: f32):
// CHECK:   %[[O:.*]] = memref.load %[[B]]
// CHECK:   %[[R:.*]] = arith.addf %[[DONE]], %[[O]]
// CHECK:   kernel.yield %[[R]]
// CHECK-NOT: kernel.generic
sched.task @conv {
^bb0(%x: tensor<1x4x10x18xf32>, %w: tensor<8x4x3x3xf32>, %b: tensor<8xf32>):
  %y = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x4x10x18xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>) -> tensor<1x8x8x16xf32>
  sched.yield %y : tensor<1x8x8x16xf32>
}

// -----

// Strides and dilations are factors of the maps; two groups are a dimension, their channels follow each other.
// CHECK: affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d4, d3 * 2 + d5 * 3)>
// CHECK-LABEL: module @strided_code
// CHECK: kernel.generic extents [3, 2, 4, 5, 2, 3] reductions = 2
sched.task @strided {
^bb0(%x: tensor<3x4x15xf32>, %w: tensor<8x2x3xf32>):
  %y = nn.conv %x, %w {strides = array<i64: 2>, pads = array<i64: 0, 0>, dilations = array<i64: 3>, group = 2 : i64} : (tensor<3x4x15xf32>, tensor<8x2x3xf32>) -> tensor<3x8x5xf32>
  sched.yield %y : tensor<3x8x5xf32>
}

// -----

// The second operand is shared by all batches.
// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-LABEL: module @matmul_code
// CHECK-NOT: memref.alloc
// CHECK: kernel.generic extents [2, 12, 32, 64] reductions = 1
// CHECK-SAME: maps [#[[A]], #[[B]], #[[Y]]]
// CHECK: math.fma
// CHECK-NOT: kernel.generic
sched.task @matmul {
^bb0(%a: tensor<2x12x64xf32>, %b: tensor<64x32xf32>):
  %y = nn.matmul %a, %b : (tensor<2x12x64xf32>, tensor<64x32xf32>) -> tensor<2x12x32xf32>
  sched.yield %y : tensor<2x12x32xf32>
}

// -----

// Halves are multiplied and summed as floats, and rounded once.
// CHECK-LABEL: module @half_code
// CHECK: kernel.generic extents [12, 32, 64] reductions = 1 {{.*}} inits(%{{.*}} : f32)
// CHECK: ^bb0(%[[A:[^ :]*]]: f16, %[[B:[^ :]*]]: f16, %[[ACC:[^ :]*]]: f32):
// CHECK-DAG: %[[WA:.*]] = arith.extf %[[A]] : f16 to f32
// CHECK-DAG: %[[WB:.*]] = arith.extf %[[B]] : f16 to f32
// CHECK: math.fma %[[WA]], %[[WB]], %[[ACC]] : f32
// CHECK: ^bb0(%[[SUM:[^ :]*]]: f32):
// CHECK: %[[R:.*]] = arith.truncf %[[SUM]] {{.*}}f32 to f16
// CHECK: kernel.yield %[[R]] : f16
sched.task @half {
^bb0(%a: tensor<12x64xf16>, %b: tensor<64x32xf16>):
  %y = nn.matmul %a, %b : (tensor<12x64xf16>, tensor<64x32xf16>) -> tensor<12x32xf16>
  sched.yield %y : tensor<12x32xf16>
}

// -----

// Transposed operands are read as they lie; the factors apply to the finished sum and to `c`.
// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: module @gemm_code
// CHECK-DAG: %[[BETA:.*]] = arith.constant 2.000000e+00 : f32
// CHECK-DAG: %[[ALPHA:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: kernel.generic extents [12, 32, 64] reductions = 1
// CHECK-SAME: maps [#[[A]], #[[B]], #[[Y]]]
// CHECK: ^bb0(%[[SUM:[^ :]*]]: f32):
// CHECK: %[[P:.*]] = arith.mulf %[[SUM]], %[[ALPHA]] : f32
// CHECK: %[[C:.*]] = memref.load %{{.*}} : memref<32xf32>
// CHECK: %[[Q:.*]] = arith.mulf %[[C]], %[[BETA]] : f32
// CHECK: arith.addf %[[P]], %[[Q]] : f32
sched.task @gemm {
^bb0(%a: tensor<64x12xf32>, %b: tensor<32x64xf32>, %c: tensor<32xf32>):
  %y = nn.gemm %a, %b, %c {alpha = 0.5 : f64, beta = 2.0 : f64, trans_a = true, trans_b = true} : (tensor<64x12xf32>, tensor<32x64xf32>, tensor<32xf32>) -> tensor<12x32xf32>
  sched.yield %y : tensor<12x32xf32>
}

// -----

// A symbolic number of rows is read at run time, and is in the count of operations.
#a = affine_map<()[s0] -> (s0, 64)>
#y = affine_map<()[s0] -> (s0, 32)>
// CHECK: affine_map<()[s0] -> (s0 * 4096)>
// CHECK-LABEL: module @rows_code
// CHECK: %[[LOADED:.*]] = memref.load
// CHECK: %[[N:.*]] = arith.index_cast %[[LOADED]] : i64 to index
// CHECK: kernel.generic extents [%[[N]], 32, 64] reductions = 1
module attributes {nn.symbols = [#nn.symbol<"N", 1, 8>]} {
sched.task @rows {
^bb0(%a: tensor<?x64xf32, #a>, %b: tensor<64x32xf32>):
  %y = nn.matmul %a, %b : (tensor<?x64xf32, #a>, tensor<64x32xf32>) -> tensor<?x32xf32, #y>
  sched.yield %y : tensor<?x32xf32, #y>
}
}

// -----

// Padding is a copy with a border of zeros, so that the sum needs no conditions.
// CHECK: #[[INNER:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 + 1, d3 + 1)>
// CHECK-LABEL: module @padded_code
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[COPY:.*]] = memref.alloc() {{.*}} : memref<1x4x10x18xf32>
// CHECK: kernel.yield %[[ZERO]]
// CHECK: kernel.generic extents [1, 4, 8, 16] {{.*}} outs(%[[COPY]] : memref<1x4x10x18xf32>) maps [#{{.*}}, #[[INNER]]]
// CHECK: kernel.generic extents [1, 1, 8, 8, 16, 4, 3, 3] reductions = 3 ins(%[[COPY]],
// CHECK-NOT: scf.if
// CHECK-NOT: arith.select
sched.task @padded {
^bb0(%x: tensor<1x4x8x16xf32>, %w: tensor<8x4x3x3xf32>):
  %y = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x4x8x16xf32>, tensor<8x4x3x3xf32>) -> tensor<1x8x8x16xf32>
  sched.yield %y : tensor<1x8x8x16xf32>
}

// -----

// Bytes, unsigned and signed, widen to i32, less the zero point.
// CHECK-LABEL: module @matmul_integer_code
// CHECK: kernel.generic extents [12, 32, 64] reductions = 1 {{.*}} inits(%{{.*}} : i32)
// CHECK: ^bb0(%[[A:[^ :]*]]: i8, %[[B:[^ :]*]]: i8, %[[ACC:[^ :]*]]: i32):
// CHECK-DAG: %[[WA:.*]] = arith.extui %[[A]] : i8 to i32
// CHECK-DAG: %[[WB:.*]] = arith.extsi %[[B]] : i8 to i32
// CHECK-DAG: %[[Z:.*]] = memref.load %{{.*}}[] : memref<i8>
// CHECK-DAG: %[[WZ:.*]] = arith.extui %[[Z]] : i8 to i32
// CHECK-DAG: %[[D:.*]] = arith.subi %[[WA]], %[[WZ]] : i32
// CHECK: %[[P:.*]] = arith.muli %[[D]], %[[WB]] : i32
// CHECK: arith.addi %[[ACC]], %[[P]] : i32
sched.task @matmul_integer {
^bb0(%a: tensor<12x64xui8>, %b: tensor<64x32xi8>, %z: tensor<ui8>):
  %y = nn.matmul_integer %a, %b, %z {operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<12x64xui8>, tensor<64x32xi8>, tensor<ui8>) -> tensor<12x32xi32>
  sched.yield %y : tensor<12x32xi32>
}

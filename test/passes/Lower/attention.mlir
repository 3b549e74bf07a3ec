// RUN: tenon-opt %s --pass-pipeline="builtin.module(tenon-lower-tasks,builtin.module(tenon-assign-range),canonicalize,cse)" --split-input-file | FileCheck %s
// Attention: blocks of queries go through all nests while their scores are in a near cache.

// One loop over the heads is the range; a block has 32 of 128 queries, and no buffer has the scores of all of them.
// CHECK: #[[RANGE:.*]] = affine_map<() -> (12)>
// CHECK: module @masked_code {{.*}}tenon.range = #[[RANGE]],
// CHECK-NOT: memref.alloc
// CHECK: scf.for
// CHECK:   memref.alloc() {{.*}} : memref<64x128xf32>
// CHECK:   kernel.generic extents [8, 64, 16] reductions = 0
// CHECK-NOT: memref.alloc
// CHECK:   scf.for
// CHECK:     memref.alloc() {{.*}} : memref<1x64x128xf32>
// CHECK-NOT: memref.alloc() {{.*}} : memref<{{.*}}128x128xf32>
// CHECK:     kernel.generic extents [1, 64, 128, 64] reductions = 1
// The mask is added when a score is complete.
// CHECK:       math.fma
// CHECK:       arith.mulf
// CHECK:       memref.load %{{.*}} : memref<1x1x1x128x128xf32>
// CHECK:       arith.addf
// CHECK:     kernel.generic extents [1, 64, 128] reductions = 1
// CHECK:       arith.maximumf
// CHECK:     kernel.generic extents [1, 64, 128] reductions = 0
// CHECK:       math.exp
// CHECK:     kernel.generic extents [1, 64, 128] reductions = 1
// CHECK:       arith.addf
// CHECK:     kernel.generic extents [1, 64] reductions = 0
// CHECK:       arith.divf
// The result is divided, not the scores.
// CHECK:     kernel.generic extents [1, 64, 64, 128] reductions = 1
// CHECK-NEXT:  ^bb0(%[[P:.*]]: f32, %[[V:.*]]: f32, %[[ACC:.*]]: f32):
// CHECK-NEXT:  math.fma %[[P]], %[[V]], %[[ACC]]
// CHECK:       arith.mulf
// CHECK-NOT: kernel.generic
sched.task @masked {
^bb0(%q: tensor<1x128x768xf32>, %k: tensor<1x128x768xf32>, %v: tensor<1x128x768xf32>, %m: tensor<1x1x128x128xf32>):
  %y = nn.attention %q, %k, %v, %m {kv_heads = 12 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, plain = true, q_heads = 12 : i64, scale = 1.250000e-01 : f64} : (tensor<1x128x768xf32>, tensor<1x128x768xf32>, tensor<1x128x768xf32>, tensor<1x1x128x128xf32>) -> tensor<1x128x768xf32>
  sched.yield %y : tensor<1x128x768xf32>
}

// -----

// A quarter of the queries sees a quarter of the keys, and so on.
// CHECK-LABEL: module @causal_code
// CHECK-NOT: memref.load
// CHECK: kernel.generic extents [1, 32, 32, 64] reductions = 1
// CHECK: arith.cmpi sle
// CHECK: arith.select
// CHECK: kernel.generic extents [1, 32, 64, 32] reductions = 1
// CHECK: kernel.generic extents [1, 32, 64, 64] reductions = 1
// CHECK: kernel.generic extents [1, 32, 96, 64] reductions = 1
// CHECK: kernel.generic extents [1, 32, 64, 96] reductions = 1
// CHECK: kernel.generic extents [1, 32, 128, 64] reductions = 1
// CHECK: kernel.generic extents [1, 32, 64, 128] reductions = 1
sched.task @causal {
^bb0(%q: tensor<1x128x768xf32>, %k: tensor<1x128x768xf32>, %v: tensor<1x128x768xf32>):
  %y = nn.attention %q, %k, %v {causal = true, kv_heads = 12 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, plain = true, q_heads = 12 : i64, scale = 1.250000e-01 : f64} : (tensor<1x128x768xf32>, tensor<1x128x768xf32>, tensor<1x128x768xf32>) -> tensor<1x128x768xf32>
  sched.yield %y : tensor<1x128x768xf32>
}

// -----

// Batches known at run time are a range known at run time. One query reads the keys as they lie.
// CHECK: #[[RANGE:.*]] = affine_map<()[s0] -> (s0 * 2)>
// CHECK: module @step_code {{.*}}tenon.range = #[[RANGE]],
// CHECK: scf.for
// CHECK: kernel.generic extents [1, 1, 16, 8] reductions = 1
// CHECK: kernel.generic extents [1, 1, 8, 16] reductions = 1
module attributes {nn.symbols = [#nn.symbol<"N", 1, 64>]} {
  sched.task @step {
  ^bb0(%q: tensor<?x2x1x8xf32, affine_map<()[s0] -> (s0, 2, 1, 8)>>, %k: tensor<?x2x16x8xf32, affine_map<()[s0] -> (s0, 2, 16, 8)>>, %v: tensor<?x2x16x8xf32, affine_map<()[s0] -> (s0, 2, 16, 8)>>):
    %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, plain = true, scale = 1.0 : f64} : (tensor<?x2x1x8xf32, affine_map<()[s0] -> (s0, 2, 1, 8)>>, tensor<?x2x16x8xf32, affine_map<()[s0] -> (s0, 2, 16, 8)>>, tensor<?x2x16x8xf32, affine_map<()[s0] -> (s0, 2, 16, 8)>>) -> tensor<?x2x1x8xf32, affine_map<()[s0] -> (s0, 2, 1, 8)>>
    sched.yield %y : tensor<?x2x1x8xf32, affine_map<()[s0] -> (s0, 2, 1, 8)>>
  }
}

// -----

// Past and new keys are read where they lie; what the new values give is added to what the past gave.
// CHECK-LABEL: module @past_code
// CHECK: scf.for
// CHECK-NOT: memref<{{.*}}256x64xf32>
// CHECK: kernel.generic extents [1, 1, 255, 64] reductions = 1
// CHECK: kernel.generic extents [1, 1, 1, 64] reductions = 1
// CHECK: kernel.generic extents [1, 1, 256] reductions = 1
// CHECK: kernel.generic extents [1, 1, 64, 255] reductions = 1
// CHECK: kernel.generic extents [1, 1, 64, 1] reductions = 1
// CHECK: math.fma
// CHECK: memref.load
// CHECK: arith.addf
// CHECK: arith.mulf
sched.task @past {
^bb0(%q: tensor<1x12x1x64xf32>, %k: tensor<1x12x1x64xf32>, %v: tensor<1x12x1x64xf32>, %pk: tensor<1x12x255x64xf32>, %pv: tensor<1x12x255x64xf32>):
  %y = nn.attention %q, %k, %v, %pk, %pv {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, plain = true, scale = 1.250000e-01 : f64} : (tensor<1x12x1x64xf32>, tensor<1x12x1x64xf32>, tensor<1x12x1x64xf32>, tensor<1x12x255x64xf32>, tensor<1x12x255x64xf32>) -> tensor<1x12x1x64xf32>
  sched.yield %y : tensor<1x12x1x64xf32>
}

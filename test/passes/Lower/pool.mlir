// RUN: tenon-opt %s --tenon-lower-tasks --canonicalize --cse --split-input-file | FileCheck %s

// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2 + d4, d3 + d5)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3)>
// CHECK-LABEL: module @max_pool_code
// CHECK-SAME: tenon.scratch = 0 : i64
// CHECK-NOT: memref.alloc
// CHECK: %[[LEAST:.*]] = arith.constant 0xFF800000 : f32
// CHECK: kernel.generic extents [1, 8, 6, 30, 3, 3] reductions = 2
// CHECK-SAME: inits(%[[LEAST]] : f32) maps [#[[X]], #[[Y]]]
// CHECK: ^bb0(%[[V:[^ :]*]]: f32, %[[ACC:[^ :]*]]: f32):
// CHECK: %[[R:.*]] = arith.maximumf %[[ACC]], %[[V]] : f32
// CHECK: kernel.yield %[[R]]
sched.task @max_pool {
^bb0(%x: tensor<1x8x8x32xf32>):
  %y = nn.max_pool %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false} : (tensor<1x8x8x32xf32>) -> tensor<1x8x6x30xf32>
  sched.yield %y : tensor<1x8x6x30xf32>
}

// -----

// Unsigned integers compare as such, from their least value.
// CHECK-LABEL: module @max_pool_bytes_code
// CHECK: %[[LEAST:.*]] = arith.constant 0 : i8
// CHECK: kernel.generic {{.*}} inits(%[[LEAST]] : i8)
// CHECK: arith.maxui
sched.task @max_pool_bytes {
^bb0(%x: tensor<1x8x32xui8>):
  %y = nn.max_pool %x {kernel = array<i64: 2>, strides = array<i64: 2>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, ceil_mode = false} : (tensor<1x8x32xui8>) -> tensor<1x8x16xui8>
  sched.yield %y : tensor<1x8x16xui8>
}

// -----

// The sum is divided by the size of the window, once.
// CHECK: affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2 * 2 + d4, d3 * 2 + d5)>
// CHECK-LABEL: module @avg_pool_code
// CHECK: %[[SIZE:.*]] = arith.constant 4.000000e+00 : f32
// CHECK: kernel.generic extents [1, 8, 4, 16, 2, 2] reductions = 2
// CHECK: ^bb0(%[[V:[^ :]*]]: f32, %[[ACC:[^ :]*]]: f32):
// CHECK: arith.addf %[[ACC]], %[[V]] : f32
// CHECK: ^bb0(%[[SUM:[^ :]*]]: f32):
// CHECK: %[[R:.*]] = arith.divf %[[SUM]], %[[SIZE]] : f32
// CHECK: kernel.yield %[[R]]
sched.task @avg_pool {
^bb0(%x: tensor<1x8x8x32xf32>):
  %y = nn.avg_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = false, count_include_pad = true} : (tensor<1x8x8x32xf32>) -> tensor<1x8x4x16xf32>
  sched.yield %y : tensor<1x8x4x16xf32>
}

// -----

// Windows that reach into the pads are loops of their own over what they hold: nothing is copied, and an
// average divides by what is there.
// CHECK-LABEL: module @avg_pool_edges_code
// CHECK-NOT: memref.alloc
// CHECK-DAG: %[[ALL:.*]] = arith.constant 9.000000e+00 : f32
// CHECK-DAG: %[[SIDE:.*]] = arith.constant 6.000000e+00 : f32
// CHECK-DAG: %[[CORNER:.*]] = arith.constant 4.000000e+00 : f32
// CHECK: kernel.generic extents [1, 8, 1, 1, 2, 2] reductions = 2
// CHECK: arith.divf %{{.*}}, %[[CORNER]]
// CHECK: kernel.generic extents [1, 8, 6, 1, 3, 2] reductions = 2
// CHECK: arith.divf %{{.*}}, %[[SIDE]]
// CHECK: kernel.generic extents [1, 8, 6, 14, 3, 3] reductions = 2
// CHECK: arith.divf %{{.*}}, %[[ALL]]
// CHECK-COUNT-4: kernel.generic
// CHECK-NOT: kernel.generic
sched.task @avg_pool_edges {
^bb0(%x: tensor<1x8x8x16xf32>):
  %y = nn.avg_pool %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, ceil_mode = false, count_include_pad = false} : (tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  sched.yield %y : tensor<1x8x8x16xf32>
}

// -----

// Where the extents are not known, or there would be many parts, the pads are written.
// CHECK-LABEL: module @max_pool_parts_code
// CHECK: memref.alloc
// CHECK: kernel.generic extents [1, 8, 16, 16, 7, 7] reductions = 2
sched.task @max_pool_parts {
^bb0(%x: tensor<1x8x16x16xf32>):
  %y = nn.max_pool %x {kernel = array<i64: 7, 7>, strides = array<i64: 1, 1>, pads = array<i64: 3, 3, 3, 3>, dilations = array<i64: 1, 1>, ceil_mode = false} : (tensor<1x8x16x16xf32>) -> tensor<1x8x16x16xf32>
  sched.yield %y : tensor<1x8x16x16xf32>
}

// RUN: tenon-opt %s --tenon-lower-tasks --split-input-file | FileCheck %s

// F(4x4, 3x3): 36 values of a tile of the input become 36, one product per point and block of tiles, and 36 sums become
// 4x4 outputs. All walk along rows of tiles; there are odd numbers of
// them in memory, so that points do not lie in the same sets of a cache.
#x = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>
#u = #sched.layout<order = [0, 1, 2] blocks = [1, 16] winograd = [4, 4]>
#y = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>
// CHECK-LABEL: module @square_code
// CHECK: memref.alloc() {{.*}}#sched.layout<order = [0, 1, 2] blocks = [1, 8]>{{.*}} : memref<36x16x5xf32>
// CHECK: memref.alloc() {{.*}}#sched.layout<order = [0, 1, 2] blocks = [1, 8]>{{.*}} : memref<36x32x5xf32>
// CHECK: kernel.generic extents [16, 2, 2] reductions = 0
// CHECK: kernel.generic extents [36, 32, 4, 16] reductions = 1
// CHECK: kernel.generic extents [32, 2, 2] reductions = 0
sched.task @square layouts [#x, #u, #y] {
^bb0(%x: tensor<1x16x8x8xf32>, %w: tensor<32x16x3x3xf32>):
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<32x16x3x3xf32>) -> tensor<1x32x8x8xf32>
  sched.yield %0 : tensor<1x32x8x8xf32>
}

// -----

// F(4, 7) of columns: ten points, tiles of one row. The three zeros before the image are at subscripts from -3 on.
#x = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 0, 3]>
#u = #sched.layout<order = [0, 1, 2] blocks = [1, 16] winograd = [1, 4]>
#y = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>
// CHECK-DAG: #[[FIRST:.*]] = affine_map<(d0, d1, d2) -> (0, d0, d1, d2 * 4 - 3)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1, d2) -> (0, d0, d1, d2 * 4 + 6)>
// CHECK-DAG: #[[OUT:.*]] = affine_map<(d0, d1, d2) -> (0, d0, d1, d2 * 4 + 3)>
// CHECK-LABEL: module @row_code
// CHECK: kernel.generic extents [16, 8, 2] reductions = 0
// CHECK-SAME: maps [#[[FIRST]], {{.*}}#[[LAST]],
// CHECK: kernel.generic extents [10, 32, 16, 16] reductions = 1
// CHECK: kernel.generic extents [32, 8, 2] reductions = 0
// CHECK-SAME: #[[OUT]]]
sched.task @row layouts [#x, #u, #y] {
^bb0(%x: tensor<1x16x8x8xf32>, %w: tensor<32x16x1x7xf32>):
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 3, 0, 3>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<32x16x1x7xf32>) -> tensor<1x32x8x8xf32>
  sched.yield %0 : tensor<1x32x8x8xf32>
}

// -----

// F(4, 3) of rows. What a transform of six values costs: eight fused multiply-adds and four others, as rows that differ
// in signs share their parts.
#x = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 0]>
#u = #sched.layout<order = [0, 1, 2] blocks = [1, 16] winograd = [4, 1]>
#y = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>
// CHECK-LABEL: module @column_code
// CHECK: kernel.generic extents [16, 2, 8] reductions = 0
// CHECK-COUNT-8: math.fma
// CHECK-NOT: math.fma
// CHECK: kernel.yield
// CHECK: kernel.generic extents [6, 32, 16, 16] reductions = 1
// CHECK: kernel.generic extents [32, 2, 8] reductions = 0
sched.task @column layouts [#x, #u, #y] {
^bb0(%x: tensor<1x16x8x8xf32>, %w: tensor<32x16x3x1xf32>):
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 1, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<32x16x3x1xf32>) -> tensor<1x32x8x8xf32>
  sched.yield %0 : tensor<1x32x8x8xf32>
}

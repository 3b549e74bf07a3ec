// RUN: tenon-opt %s --tenon-apply-layouts --split-input-file --verify-diagnostics | FileCheck %s

// Sixteen channels in blocks of eight, and one row and column of zeros around the image: every subscript of the image is
// that of its buffer.
#blocked = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>
#id = affine_map<(n, c, h, w) -> (n, c, h, w)>
#next = affine_map<(n, c, h, w) -> (n, c, h - 1, w)>
// CHECK-DAG: #[[PLAIN:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1 floordiv 8, d2 + 1, d3 + 1, d1 mod 8)>
// CHECK-DAG: #[[ABOVE:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1 floordiv 8, d2, d3 + 1, d1 mod 8)>
// CHECK-DAG: #[[ROWS:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-LABEL: func.func @kernel
// CHECK-SAME: (%[[P:[a-z0-9]*]]: memref<f32>, %[[Y:[a-z0-9]*]]: memref<1x16x4x6xf32>)
// CHECK: %[[X:.*]] = memref.reinterpret_cast %[[P]] to offset: [0], sizes: [1, 2, 6, 8, 8], strides: [768, 384, 64, 8, 1]
// CHECK: kernel.generic extents [1, 16, 4, 6] reductions = 0 ins(%[[X]], %[[X]] : memref<1x2x6x8x8xf32>, memref<1x2x6x8x8xf32>)
// CHECK-SAME: maps [#[[PLAIN]], #[[ABOVE]], #[[ROWS]]]
module {
func.func @kernel(%p: memref<f32> {tenon.layout = #blocked}, %y: memref<1x16x4x6xf32>) {
  %x = memref.reinterpret_cast %p to offset: [0], sizes: [1, 16, 4, 6], strides: [384, 24, 6, 1] : memref<f32> to memref<1x16x4x6xf32>
  kernel.generic extents [1, 16, 4, 6] reductions = 0 ins(%x, %x : memref<1x16x4x6xf32>, memref<1x16x4x6xf32>)
    outs(%y : memref<1x16x4x6xf32>) maps [#id, #next, #id] {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    kernel.yield %s : f32
  } {}
  return
}
}

// -----

// A temporary buffer that is not a multiple of its block wide is padded, and written and read in blocks; of a map
// that walks groups of one block each, the group is the block.
#blocked = #sched.layout<order = [1, 0] blocks = [0, 4]>
// CHECK-DAG: #[[WRITTEN:.*]] = affine_map<(d0, d1) -> (d1, d0 floordiv 4, d0 mod 4)>
// CHECK-DAG: #[[GROUPED:.*]] = affine_map<(d0, d1, d2) -> (d2, d0 + d1 floordiv 4, d1 mod 4)>
// CHECK-LABEL: func.func @kernel
// CHECK: %[[T:.*]] = memref.alloc() : memref<3x3x4xf32>
// CHECK: kernel.generic extents [10, 3] reductions = 0 outs(%[[T]] : memref<3x3x4xf32>) maps [#[[WRITTEN]]]
// CHECK: kernel.generic extents [2, 4, 3] reductions = 0 ins(%[[T]] : memref<3x3x4xf32>) {{.*}} maps [#[[GROUPED]],
module {
func.func @kernel(%y: memref<2x4x3xf32>) {
  %z = arith.constant 0.0 : f32
  %t = memref.alloc() {tenon.layout = #blocked} : memref<10x3xf32>
  kernel.generic extents [10, 3] reductions = 0 outs(%t : memref<10x3xf32>) maps [affine_map<(i, j) -> (i, j)>] {
    kernel.yield %z : f32
  } {}
  kernel.generic extents [2, 4, 3] reductions = 0 ins(%t : memref<10x3xf32>) outs(%y : memref<2x4x3xf32>)
    maps [affine_map<(g, i, j) -> (g * 4 + i, j)>, affine_map<(g, i, j) -> (g, i, j)>] {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  } {}
  return
}
}

// -----

// Only nests know maps: nothing else may see the buffer.
#blocked = #sched.layout<order = [0] blocks = [0, 8]>
module {
func.func @kernel(%p: memref<f32> {tenon.layout = #blocked}) {
  %x = memref.reinterpret_cast %p to offset: [0], sizes: [16], strides: [1] : memref<f32> to memref<16xf32>
  // expected-error @+1 {{expected only loop nests to use a buffer in #sched.layout<order = [0] blocks = [0, 8]>}}
  %v = memref.reinterpret_cast %x to offset: [0], sizes: [4, 4], strides: [4, 1] : memref<16xf32> to memref<4x4xf32>
  return
}
}

// -----

#blocked = #sched.layout<order = [0] blocks = [0, 8]>
module {
func.func @kernel() {
  %c0 = arith.constant 0 : index
  %t = memref.alloc() {tenon.layout = #blocked} : memref<16xf32>
  // expected-error @+1 {{expected only loop nests to use a buffer in #sched.layout<order = [0] blocks = [0, 8]>}}
  %v = memref.load %t[%c0] : memref<16xf32>
  return
}
}

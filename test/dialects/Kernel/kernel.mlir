// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s --mlir-print-op-generic | tenon-opt | FileCheck %s

// CHECK-LABEL: @elementwise
// CHECK: kernel.generic extents [4, 8] reductions = 0 ins(%{{[a-z0-9]+}} : memref<4x8xf32>) outs(%{{[a-z0-9]+}} : memref<4x8xf32>)
// CHECK-SAME: schedule <vector_dim = 1, lanes = 8, tile = [1, 2], order = [1, 0]>
// CHECK: kernel.index 1
func.func @elementwise(%x: memref<4x8xf32>, %y: memref<4x8xf32>) {
  kernel.generic extents [4, 8] reductions = 0 ins(%x : memref<4x8xf32>) outs(%y : memref<4x8xf32>)
    maps [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
    schedule <vector_dim = 1, lanes = 8, tile = [1, 2], order = [1, 0]> {
  ^bb0(%v: f32):
    %j = kernel.index 1
    %n = arith.index_cast %j : index to i32
    %f = arith.sitofp %n : i32 to f32
    %r = arith.addf %v, %f : f32
    kernel.yield %r : f32
  } {}
  return
}

// CHECK-LABEL: @everything
// CHECK: kernel.generic extents [%{{[a-z0-9]+}}, 16, %{{[a-z0-9]+}}] reductions = 1 range(%{{[a-z0-9]+}}, %{{[a-z0-9]+}})
// CHECK-SAME: ins(%{{[a-z0-9]+}}, %{{[a-z0-9]+}} : memref<?x?xf32>, memref<?x16xf32>) outs(%{{[a-z0-9]+}}, %{{[a-z0-9]+}} : memref<?x16xf32>, memref<?x16xf32>)
// CHECK-SAME: inits(%{{[a-z0-9]+}}, %{{[a-z0-9]+}} : f32, f32)
func.func @everything(%m: index, %k: index, %begin: index, %end: index, %a: memref<?x?xf32>, %b: memref<?x16xf32>,
                      %sum: memref<?x16xf32>, %most: memref<?x16xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [%m, 16, %k] reductions = 1 range(%begin, %end) ins(%a, %b : memref<?x?xf32>, memref<?x16xf32>)
    outs(%sum, %most : memref<?x16xf32>, memref<?x16xf32>) inits(%z, %z : f32, f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>,
          affine_map<(m, n, k) -> (m, n)>] {
  ^bb0(%x: f32, %y: f32, %s: f32, %t: f32):
    %r = math.fma %x, %y, %s : f32
    %u = arith.maximumf %x, %t : f32
    kernel.yield %r, %u : f32, f32
  } {
  ^bb0(%s: f32, %t: f32):
    %r = arith.mulf %s, %t : f32
    kernel.yield %s, %r : f32, f32
  }
  return
}

// Without a parallel dimension, the nest is one point.
// CHECK-LABEL: @scalar
// CHECK: kernel.generic extents [] reductions = 0 outs(%{{[a-z0-9]+}} : memref<f32>)
func.func @scalar(%y: memref<f32>, %s: f32) {
  kernel.generic extents [] reductions = 0 outs(%y : memref<f32>) maps [affine_map<() -> ()>] {
    kernel.yield %s : f32
  } {}
  return
}

// An epilogue reads other buffers at the point's coordinates; subscripts may be blocked.
// CHECK-LABEL: @load
// CHECK: kernel.load %{{[a-z0-9]+}}{{.*}} #{{[a-z0-9]+}} : memref<2x4x8xf32>
func.func @load(%x: memref<4x64xf32>, %r: memref<2x4x8xf32>, %y: memref<2x4x8xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [4, 16, 64] reductions = 1 ins(%x : memref<4x64xf32>) outs(%y : memref<2x4x8xf32>) inits(%z : f32)
    maps [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (j floordiv 8, i, j mod 8)>] {
  ^bb0(%v: f32, %acc: f32):
    %s = arith.addf %v, %acc : f32
    kernel.yield %s : f32
  } {
  ^bb0(%acc: f32):
    %v = "kernel.load"(%r) <{map = affine_map<(i, j, k) -> (j floordiv 8, i, j mod 8)>}> : (memref<2x4x8xf32>) -> f32
    %s = arith.addf %v, %acc : f32
    kernel.yield %s : f32
  }
  return
}

// A domain leaves out points of the reductions.
// CHECK-LABEL: @domain
// CHECK: domain #{{set[0-9]*}}
func.func @domain(%x: memref<4x6x8xf32>, %w: memref<3x3x8xf32>, %y: memref<4x6x8xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [8, 4, 6, 3, 3] reductions = 2 ins(%x, %w : memref<4x6x8xf32>, memref<3x3x8xf32>)
    outs(%y : memref<4x6x8xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (h + kh - 1, w + kw - 1, c)>, affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>,
          affine_map<(c, h, w, kh, kw) -> (h, w, c)>]
    domain affine_set<(c, h, w, kh, kw) : (h + kh - 1 >= 0, 4 - h - kh >= 0, w + kw - 1 >= 0, 6 - w - kw >= 0)> {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// CHECK: test.schedule = #kernel.schedule<vector_dim = 1, lanes = 16, tile = [6, 4, 1], order = [1, 0, 1, 0] prefetch = 1 ahead = 512 blocks = [1, 256, 0, 48]>
module attributes {test.schedule = #kernel.schedule<vector_dim = 1, lanes = 16, tile = [6, 4, 1], order = [1, 0, 1, 0] prefetch = 1 ahead = 512 blocks = [1, 256, 0, 48]>} {}
